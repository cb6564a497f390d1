package live

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The foot is erased before a line is printed above it, and drawn again below.
func TestFootStaysBelow(t *testing.T) {
	var b bytes.Buffer
	s := New(&b)
	s.Foot("one", "two")
	s.Print("log")
	s.Foot("three")
	s.Close()
	s.Print("last")
	const on, off, end = "\x1b[?7h", "\x1b[?7l", "\x1b[0m\n"
	want := off + "one" + end + "two" + end + on +
		"\r\x1b[2A\x1b[J" + "log" + end + off + "one" + end + "two" + end + on +
		"\r\x1b[2A\x1b[J" + off + "three" + end + on +
		"\r\x1b[1A\x1b[J" +
		"last" + end
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
