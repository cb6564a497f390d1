package index

import (
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Subscription is one reader of the changes. It is used by one goroutine.
type Subscription struct {
	x         *Index
	namespace string
	sees      func(Key) bool
	keeps     func(*training.Job) bool
	wake      chan struct{}
	next      uint64 // number of the next change to read
	// seen is what the reader knew already when it resumed; changes up to there are not told again.
	seen      Position
	seenUntil uint64       // number of the change from which on everything is new
	told      map[Key]bool // jobs it may have been told of, whose outdated states were skipped
	// resumed: the reader may know states that this replica has never seen, or skipped as out of date.
	resumed bool
	behind  bool // it must begin again with everything
}

// Event is what a subscriber is told.
type Event struct {
	// ID is the position after it; empty where there is none to resume from.
	ID string
	// Body is the job, as JSON; nil where it is gone or no longer selected.
	Body []byte
	Key  Key
	UID  string
}

// Subscribe begins with the changes after a position; ok is false where they are no longer known, or
// from is nil: then the subscription begins with a Snapshot. Of jobs that it doesn't see nothing is told;
// of those that it doesn't keep, that they are no longer selected. End must be called.
func (x *Index) Subscribe(namespace string, sees func(Key) bool, keeps func(*training.Job) bool, from Position) (s *Subscription, ok bool) {
	s = &Subscription{x: x, namespace: namespace, sees: sees, keeps: keeps, wake: make(chan struct{}, 1)}
	x.mu.Lock()
	defer x.mu.Unlock()
	ok = from != nil && x.synced() && x.ring.reaches(from, x.position)
	s.next, s.behind = x.ring.oldest(), !ok
	if ok {
		s.seen, s.seenUntil, s.resumed = from, x.ring.last, true
		s.notify()
	}
	x.subs[s] = struct{}{}
	return s, ok
}

// End ends the subscription.
func (s *Subscription) End() {
	s.x.mu.Lock()
	defer s.x.mu.Unlock()
	delete(s.x.subs, s)
}

// Wake is ready when there may be something to read.
func (s *Subscription) Wake() <-chan struct{} { return s.wake }

// Again makes Wake ready once more, for a reader that hasn't read everything.
func (s *Subscription) Again() { s.notify() }

func (s *Subscription) notify() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Position is where the subscription is when it has read everything; ok is false where it hasn't.
func (s *Subscription) Position() (id string, ok bool) {
	s.x.mu.RLock()
	defer s.x.mu.RUnlock()
	if s.behind || s.next != s.x.ring.last+1 {
		return "", false
	}
	return s.x.position.String(), true
}

// Snapshot is everything that is selected, as it is now, and the position it is of. Reading goes on
// after it.
func (s *Subscription) Snapshot() (jobs []*training.Job, id string) {
	s.x.mu.RLock()
	defer s.x.mu.RUnlock()
	all, _ := s.x.list(s.namespace)
	for _, j := range all {
		if s.sees(Key{j.Type, j.Namespace, j.Name}) && s.keeps(j) {
			jobs = append(jobs, j)
		}
	}
	s.next, s.seen, s.told, s.resumed, s.behind = s.x.ring.last+1, nil, nil, false, false
	return jobs, s.x.position.String()
}

// maxRead bounds how many changes are looked at in one go.
const maxRead = 256

// Read returns what has changed, a part of it if it is much: then more is true. behind says that
// changes were lost to a slow reader, and that it must begin again with a Snapshot.
func (s *Subscription) Read() (events []Event, more, behind bool) {
	s.x.mu.RLock()
	defer s.x.mu.RUnlock()
	r := &s.x.ring
	if s.behind || s.next < r.oldest() {
		s.behind = true
		return nil, false, true
	}
	for n := 0; s.next <= r.last && n < maxRead; n++ {
		if s.next > s.seenUntil {
			s.seen = nil
		}
		c := r.at(s.next)
		s.next++
		if s.namespace != "" && s.namespace != c.key.Namespace || !s.sees(c.key) || s.knows(c) {
			continue
		}
		was := s.resumed || s.told[c.key] || c.old != nil && s.keeps(c.old)
		if c.outdated {
			if was {
				if s.told == nil {
					s.told = map[Key]bool{}
				}
				s.told[c.key] = true
			}
			s.x.merged.Add(1)
			continue
		}
		delete(s.told, c.key)
		switch {
		case c.new != nil && s.keeps(c.new):
			events = append(events, Event{ID: c.id, Body: c.body(), Key: c.key})
		case was:
			e := Event{ID: c.id, Key: c.key}
			if c.old != nil {
				e.UID = c.old.UID
			}
			events = append(events, e)
		}
	}
	return events, s.next <= r.last, false
}

// knows says whether the reader was told of a change before it resumed.
func (s *Subscription) knows(c *change) bool {
	return s.seen != nil && c.version <= s.seen[c.source]
}
