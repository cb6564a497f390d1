package service

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestShares(t *testing.T) {
	now := time.Unix(0, 0)
	s := newShares[string, int](6, 3, func() time.Time { return now })
	has := func(keys ...string) {
		t.Helper()
		for _, k := range keys {
			if _, ok := s.get(k); !ok {
				t.Errorf("%s is forgotten", k)
			}
		}
	}
	hasNot := func(key string) {
		t.Helper()
		if _, ok := s.get(key); ok {
			t.Errorf("%s is still there", key)
		}
	}
	s.add("bob", "b1", 1, time.Minute)
	for i, k := range []string{"a1", "a2", "a3", "a4", "a5"} {
		s.add("ann", k, i, time.Minute)
	}
	// Ann has driven out what was hers alone.
	has("b1", "a3", "a4", "a5")
	hasNot("a1")
	hasNot("a2")
	// What was used last stays.
	has("a3")
	s.add("ann", "a6", 6, time.Minute)
	has("a3")
	hasNot("a4")
	s.add("ann", "a6", 7, time.Minute)
	if v, _ := s.get("a6"); v != 7 {
		t.Errorf("a6 is %d", v)
	}
	now = now.Add(time.Minute)
	hasNot("a6")
	s.add("cat", "c1", 1, time.Second)
	if s.all.Len() != 1 || len(s.of) != 1 {
		t.Errorf("%d entries of %d owners are kept whose time is over", s.all.Len(), len(s.of))
	}
	s.remove("c1")
	hasNot("c1")
}

// Whatever is done: nobody has more than their share, all no more than there is room for, and nothing is left over.
func TestSharesStayBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // any numbers do
	now := time.Unix(0, 0)
	s := newShares[int, int](50, 20, func() time.Time { return now })
	for range 20_000 {
		now = now.Add(time.Duration(r.IntN(100)) * time.Millisecond)
		switch key := r.IntN(200); r.IntN(8) {
		case 0:
			s.remove(key)
		case 1, 2, 3:
			s.get(key)
		default: // most are the first owner's
			s.add(string(rune('a'+min(r.IntN(10), r.IntN(10), r.IntN(10)))), key, key, time.Duration(r.IntN(5000))*time.Millisecond)
		}
		own := 0
		for owner, l := range s.of {
			if own += l.Len(); l.Len() == 0 || l.Len() > 20 {
				t.Fatalf("%s has %d entries", owner, l.Len())
			}
		}
		if s.all.Len() > 50 || own != s.all.Len() || len(s.entries) != own {
			t.Fatalf("%d entries, %d by owner, %d by key", s.all.Len(), own, len(s.entries))
		}
	}
}
