package index

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// change is one change of one job.
type change struct {
	source   int
	key      Key
	at       time.Time     // when it was taken in
	version  uint64        // resource version; of one found missing, the latest it can have been
	old, new *training.Job // nil: it wasn't there, it is no more
	id       string        // the position after it
	outdated bool          // a later change of the same job is in the ring

	once sync.Once
	text []byte
}

// body is the new state as JSON, made once for all subscribers.
func (c *change) body() []byte {
	c.once.Do(func() { c.text = encode(c.new) })
	return c.text
}

// encode is a value in one line of JSON. A Job can always be written.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte("{}")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// ring holds the last changes, numbered from 1: so many, none that is older than a while, and not more than fit.
type ring struct {
	changes []*change
	bytes   int    // what they take, roughly
	first   uint64 // number of the oldest it holds, or of the next to come
	last    uint64 // number of the newest; 0 is none
	// floor is what is known no more: of each type, the version up to which changes have left the ring.
	floor Position
	gaps  []gap
}

// keptFor is how long a change is remembered: who was away for longer begins again with everything.
const keptFor = 15 * time.Minute

// maxBytes is what the changes may take in memory. Jobs are small, but labels have no bound of their own: somebody
// who changed a job with a megabyte of them again and again would fill the memory.
const maxBytes = 128 << 20

// bytes is what a change takes, roughly: the job, and its text.
func (c *change) bytes() int {
	n := 4 << 10
	if c.new != nil {
		for k, v := range c.new.Labels {
			n += 2*(len(k)+len(v)) + 48
		}
	}
	return n
}

// gap is a stretch of versions in which changes were missed, because a watch broke off for long: what
// came and went within it is not known. From its ends one can resume, not from in between.
type gap struct {
	source   int
	from, to uint64
}

// maxGaps bounds how many gaps are remembered.
const maxGaps = 64

func (r *ring) gap(source int, from, to uint64) {
	if to <= from {
		return
	}
	if len(r.gaps) == maxGaps {
		old := r.gaps[0]
		r.floor[old.source] = max(r.floor[old.source], old.to)
		r.gaps = r.gaps[1:]
	}
	r.gaps = append(r.gaps, gap{source, from, to})
}

func newRing(size, types int) ring {
	return ring{changes: make([]*change, size), first: 1, floor: make(Position, types)}
}

func (r *ring) size() uint64 { return uint64(len(r.changes)) }

func (r *ring) append(c *change) (number uint64) {
	for held := r.last - r.first + 1; held > 0 && (held == r.size() || r.bytes+c.bytes() > maxBytes); held-- {
		r.drop()
	}
	r.last++
	r.bytes += c.bytes()
	r.changes[r.last%r.size()] = c
	return r.last
}

// forget drops the changes from before a time.
func (r *ring) forget(before time.Time) {
	for r.first <= r.last && r.at(r.first).at.Before(before) {
		r.drop()
	}
}

// drop drops the oldest change.
func (r *ring) drop() {
	slot := r.first % r.size()
	gone := r.changes[slot]
	r.floor[gone.source] = max(r.floor[gone.source], gone.version)
	r.changes[slot] = nil
	r.bytes -= gone.bytes()
	r.first++
}

// at is the change of a number; nil where it has left the ring.
func (r *ring) at(number uint64) *change {
	if number < r.first || number > r.last {
		return nil
	}
	return r.changes[number%r.size()]
}

func (r *ring) supersede(number uint64) {
	if c := r.at(number); c != nil {
		c.outdated = true
	}
}

// oldest is the number of the oldest change it holds, or of the next one to come.
func (r *ring) oldest() uint64 { return r.first }

// reaches says whether every change after a position is in the ring, and the position isn't one of
// the future, as that of another cluster may be.
func (r *ring) reaches(p, now Position) bool {
	for i, v := range p {
		if v < r.floor[i] || v > now[i] {
			return false
		}
	}
	for _, g := range r.gaps {
		if g.from < p[g.source] && p[g.source] < g.to {
			return false
		}
	}
	return true
}
