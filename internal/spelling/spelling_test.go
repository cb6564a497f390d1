package spelling

import "testing"

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{"comand": "command", "imgae": "image", "slotPerWorker": "slotsPerWorker", "zzz": ""} {
		if got := Nearest(word, []string{"command", "image", "args", "slotsPerWorker"}); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
