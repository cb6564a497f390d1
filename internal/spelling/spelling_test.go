package spelling

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{"comand": "command", "imgae": "image", "slotPerWorker": "slotsPerWorker", "zzz": ""} {
		if got := Nearest(word, []string{"command", "image", "args", "slotsPerWorker"}); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// A word of any length costs nothing, and is none that was meant.
func TestLongWordsAreNoneOfOurs(t *testing.T) {
	if got := Nearest(strings.Repeat("x", 80), []string{strings.Repeat("x", 79)}); got != "" {
		t.Error(got)
	}
}
