package controller

import "testing"

func TestHeapReturns(t *testing.T) {
	const mb = 1 << 20
	for name, c := range map[string]struct {
		since uint64 // allocated since the look before
		heap  heap
		want  bool
	}{
		"small":                      {mb, heap{live: 5 * mb, objects: 8 * mb, free: 2 * mb}, false},
		"a burst, not yet swept":     {mb, heap{live: 15 * mb, objects: 24 * mb}, true},
		"a burst that was swept":     {mb, heap{live: 15 * mb, objects: 15 * mb, free: 20 * mb}, true},
		"little beside what is live": {mb, heap{live: 100 * mb, objects: 110 * mb, free: 5 * mb}, false},
		"just collected":             {mb, heap{live: 15 * mb, objects: 9 * mb, free: mb}, false},
		"a controller at work":       {50 * mb, heap{live: 15 * mb, objects: 15 * mb, free: 20 * mb}, false},
	} {
		c.heap.allocated = c.since
		if got := c.heap.returns(heap{}); got != c.want {
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
