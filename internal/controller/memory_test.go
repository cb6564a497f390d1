package controller

import "testing"

func TestHeapReturns(t *testing.T) {
	const mb = 1 << 20
	for name, c := range map[string]struct {
		heap heap
		want bool
	}{
		"small":                      {heap{live: 5 * mb, objects: 8 * mb, free: 2 * mb}, false},
		"a burst, not yet swept":     {heap{live: 15 * mb, objects: 24 * mb}, true},
		"a burst that was swept":     {heap{live: 15 * mb, objects: 15 * mb, free: 20 * mb}, true},
		"little beside what is live": {heap{live: 100 * mb, objects: 110 * mb, free: 5 * mb}, false},
		"just collected":             {heap{live: 15 * mb, objects: 9 * mb, free: mb}, false},
	} {
		if got := c.heap.returns(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// The names of the runtime's figures are right: what isn't known would read as nothing, or panic.
func TestReadHeap(t *testing.T) {
	if h := readHeap(); h.objects == 0 {
		t.Errorf("nothing was read: %+v", h)
	}
}
