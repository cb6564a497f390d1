package training

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func TestLinesAreCutWhereTheyAreTooLong(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	in := "short\n" + long + "\n\n" + long + "yy\n" + "half"
	r := newLineReader(strings.NewReader(in), 1<<20)
	for i, want := range []struct {
		length int
		left   int64
		whole  bool
	}{{5, 0, true}, {1 << 20, 0, true}, {0, 0, true}, {1 << 20, 2, true}, {4, 0, false}} {
		line, left, whole, err := r.next()
		if len(line) != want.length || left != want.left || whole != want.whole {
			t.Errorf("line %d: %d bytes, %d left, whole %v", i, len(line), left, whole)
		}
		if last := i == 4; last != errors.Is(err, io.EOF) {
			t.Errorf("line %d: %v", i, err)
		}
	}
}

func TestCutText(t *testing.T) {
	for in, want := range map[string]string{"abc": "abc", "abcdef": "abcd", "abcé": "abc", "abéd": "abé", "ab\xff\xff\xff": "ab\xff\xff", "a日本": "a日"} {
		if got := string(cutText([]byte(in), 4)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestSplitRank(t *testing.T) {
	for line, want := range map[string]string{
		"[1,3]<stdout>:hello":                    "3 hello",
		"[1,12]<stderr>: oops":                   "12 oops",
		"[prterun-pi-launcher-7@1,3]<stdout>: x": "3 x",
		"[1,3] plain":                            "- [1,3] plain",
		"[a b,3]<stdout>: x":                     "- [a b,3]<stdout>: x",
		"[1,-3]<stdout>: x":                      "- [1,-3]<stdout>: x",
		"[notes]":                                "- [notes]",
		"plain":                                  "- plain",
	} {
		rank, text := splitRank(line)
		got := "- " + text
		if rank != nil {
			got = fmt.Sprint(*rank, " ", text)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

// Whatever a kubelet sends: no line is longer than asked for, and none of a good line is lost.
func FuzzLogLines(f *testing.F) {
	f.Add([]byte("2026-01-02T12:00:00Z a\n2026-01-02T12:00:00.5Z b\r\nno time\n\n2026-01-02T12:00:01Z cut"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := newLineReader(bytes.NewReader(in), 32)
		total := int64(0)
		for {
			line, left, whole, err := r.next()
			if len(line) > 32 {
				t.Fatalf("a line of %d bytes", len(line))
			}
			total += int64(len(line)) + left
			if whole {
				total++
			}
			if at, text, ok := splitTime(line); ok && (len(text) > len(line) || at.IsZero() && !strings.HasPrefix(string(line), "0001")) {
				t.Fatalf("%q: %s %q", line, at, text)
			}
			_, _ = splitRank(string(line))
			if err != nil {
				break
			}
		}
		if total != int64(len(in)) {
			t.Fatalf("%d bytes of %d", total, len(in))
		}
	})
}

func TestRecallForgetsWhatIsOld(t *testing.T) {
	var s recall
	for i := range 100_000 {
		s.add(noon.Add(time.Duration(i)*time.Microsecond), uint64(i))
	}
	if n := len(s.lines) - s.first; n > recallMost || cap(s.lines) > 4*recallMost {
		t.Errorf("%d lines are remembered in room for %d", n, cap(s.lines))
	}
	k := s.again()
	for i := 50_000; i < 100_000; i++ {
		if !k.known(noon.Add(time.Duration(i)*time.Microsecond), uint64(i)) {
			t.Fatalf("line %d is taken twice", i)
		}
	}
	if k.known(noon.Add(99_999*time.Microsecond), 99_999) {
		t.Error("a line that came twice is taken once")
	}
}
