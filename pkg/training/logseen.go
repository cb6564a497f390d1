package training

import "time"

// recall remembers the newest lines of a log, so that it can be read again from a little earlier
// without taking one twice. Time alone doesn't tell lines apart: runtimes give one time to all that
// came in one piece, and of a program's two outputs a line may be stored behind a later one.
type recall struct {
	lines []seenLine // in the order they came
	first int        // where they begin in lines
	done  time.Time  // what is not after this has been seen, and isn't in lines
	base  LogPoint   // what comes up to here was read by somebody else
	last  time.Time  // the newest time
	nth   int        // how many lines had it
}

type seenLine struct {
	at   time.Time
	hash uint64
}

// How long and how many lines are remembered. The longest that a line is stored behind a later one is
// milliseconds; the most lines a runtime reads in one piece is 8,192.
const (
	recallFor  = time.Second
	recallMost = 10_000
)

// resumeAt begins behind a place that somebody else has read up to.
func (s *recall) resumeAt(p LogPoint) { s.base, s.last, s.nth = p, p.At, p.Nth }

// add remembers a line and returns which one it is of its time.
func (s *recall) add(at time.Time, hash uint64) int {
	switch {
	case at.Equal(s.last):
		s.nth++
	case at.After(s.last):
		s.last, s.nth = at, 1
	default: // stored late: it has the number of the last time, which is as good as any
	}
	s.lines = append(s.lines, seenLine{at, hash})
	for len(s.lines)-s.first > recallMost || s.lines[s.first].at.Before(s.last.Add(-recallFor)) {
		if d := s.lines[s.first].at; d.After(s.done) {
			s.done = d
		}
		s.first++
	}
	if s.first > 512 && s.first > len(s.lines)/2 {
		s.lines = append(s.lines[:0], s.lines[s.first:]...)
		s.first = 0
	}
	return s.nth
}

// empty says whether nothing was ever seen.
func (s *recall) empty() bool { return s.last.IsZero() }

// from is the time to read a log again from. The API takes whole seconds. Twice of what is remembered,
// so that a line's first piece is there when a later one is.
func (s *recall) from() time.Time { return s.last.Add(-2 * recallFor).Truncate(time.Second) }

// again is a copy to strike off what comes a second time; nil where nothing was seen.
func (s *recall) again() *strikes {
	if s.empty() {
		return nil
	}
	k := &strikes{left: map[seenKey]int{}, base: s.base, done: s.done, last: s.last}
	for _, l := range s.lines[s.first:] {
		k.left[seenKey{l.at.UnixNano(), l.hash}]++
	}
	return k
}

type seenKey struct {
	at   int64
	hash uint64
}

// strikes is what is still expected to come a second time.
type strikes struct {
	left       map[seenKey]int
	base       LogPoint
	done, last time.Time
	overlap    bool // something came a second time
	any        bool // something came
}

// known says whether a line has been seen, and forgets it. The first line that comes may be the end of
// one that began before the time asked for.
func (k *strikes) known(at time.Time, hash uint64) bool {
	first := !k.any
	k.any = true
	key := seenKey{at.UnixNano(), hash}
	switch {
	case at.Equal(k.base.At) && k.base.Nth > 0:
		k.base.Nth--
	case k.left[key] > 0:
		k.left[key]--
	case at.After(k.done) && !at.Before(k.base.At):
		return first && at.Before(k.last)
	}
	k.overlap = true
	return true
}

// past says whether nothing more can come a second time.
func (k *strikes) past(at time.Time) bool { return at.After(k.last.Add(recallFor)) }
