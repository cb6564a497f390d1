package index

import (
	"bytes"
	"encoding/json"
	"sync"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// change is one change of one job.
type change struct {
	source   int
	key      Key
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

// ring holds the last changes, numbered from 1.
type ring struct {
	changes []*change
	last    uint64 // number of the newest; 0 is none
	// floor is what is known no more: of each type, the version up to which changes have left the ring.
	floor Position
	gaps  []gap
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
	return ring{changes: make([]*change, size), floor: make(Position, types)}
}

func (r *ring) size() uint64 { return uint64(len(r.changes)) }

func (r *ring) append(c *change) (number uint64) {
	r.last++
	at := r.last % r.size()
	if gone := r.changes[at]; gone != nil {
		r.floor[gone.source] = max(r.floor[gone.source], gone.version)
	}
	r.changes[at] = c
	return r.last
}

// at is the change of a number; nil where it has left the ring.
func (r *ring) at(number uint64) *change {
	if number == 0 || number > r.last || r.last-number >= r.size() {
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
func (r *ring) oldest() uint64 {
	if r.last < r.size() {
		return 1
	}
	return r.last - r.size() + 1
}

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
