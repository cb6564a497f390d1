package service

import (
	linked "container/list"
	"sync"
	"time"
)

// shares is a cache in which nobody has more than a share: what one adds beyond it takes the place of what is their
// own. Without that a single caller could have everybody else's entries forgotten.
type shares[K comparable, V any] struct {
	most, each int // entries in all, and of one owner
	now        func() time.Time

	mu      sync.Mutex
	entries map[K]*shared[K, V]
	all     *linked.List            // of *shared, used last first
	of      map[string]*linked.List // by owner, the same
}

type shared[K comparable, V any] struct {
	owner      string
	key        K
	value      V
	until      time.Time
	inAll, own *linked.Element
}

func newShares[K comparable, V any](most, each int, now func() time.Time) *shares[K, V] {
	return &shares[K, V]{most: most, each: each, now: now, entries: map[K]*shared[K, V]{}, all: linked.New(), of: map[string]*linked.List{}}
}

// get is the value of a key, unless its time is over.
func (s *shares[K, V]) get(key K) (value V, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[key]
	if e == nil {
		return value, false
	}
	if !s.now().Before(e.until) {
		s.drop(e)
		return value, false
	}
	s.all.MoveToFront(e.inAll)
	s.of[e.owner].MoveToFront(e.own)
	return e.value, true
}

// add keeps a value for a while, in its owner's share.
func (s *shares[K, V]) add(owner string, key K, value V, keep time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.entries[key]; old != nil {
		s.drop(old)
	}
	now := s.now()
	for back := s.all.Back(); back != nil; back = s.all.Back() {
		if e := back.Value.(*shared[K, V]); s.all.Len() < s.most && now.Before(e.until) {
			break
		}
		s.drop(back.Value.(*shared[K, V]))
	}
	own := s.of[owner]
	if own == nil {
		own = linked.New()
		s.of[owner] = own
	} else if own.Len() >= s.each {
		s.drop(own.Back().Value.(*shared[K, V]))
		s.of[owner] = own // where it was the only one
	}
	e := &shared[K, V]{owner: owner, key: key, value: value, until: now.Add(keep)}
	e.inAll, e.own = s.all.PushFront(e), own.PushFront(e)
	s.entries[key] = e
}

// remove forgets a key.
func (s *shares[K, V]) remove(key K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[key]; e != nil {
		s.drop(e)
	}
}

func (s *shares[K, V]) drop(e *shared[K, V]) {
	own := s.of[e.owner]
	s.all.Remove(e.inAll)
	own.Remove(e.own)
	delete(s.entries, e.key)
	if own.Len() == 0 {
		delete(s.of, e.owner)
	}
}
