package service

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// logPlace is how far a stream has come in each of its logs. As an event's id it has any replica go on behind
// those lines: lines of several logs come merged, and the newest time alone wouldn't tell which of the others'
// lines were still on their way.
type logPlace struct {
	// since is what was left out at the start: of a log that has said nothing yet, older lines aren't wanted
	// either. Zero is nothing.
	since time.Time
	of    []logPoint // by index
}

type logPoint struct {
	index int // -1 is the Launcher
	training.LogPoint
}

// Bounds of an id: one of more logs than fit has no lines to resume from, and begins again as it was asked for.
const (
	maxLogID = 8 << 10
	maxPlace = maxLogID / 4 * 3
)

// reach notes a line, where there is anything to note. One that was stored late doesn't lead back: what is before
// the newest is known.
func (p *logPlace) reach(l training.LogLine) {
	if l.Note || !numbered(l.At) {
		return
	}
	i, found := slices.BinarySearchFunc(p.of, l.Index, func(o logPoint, index int) int { return cmp.Compare(o.index, index) })
	switch {
	case !found:
		p.of = slices.Insert(p.of, i, logPoint{l.Index, l.Point()})
	case !l.At.Before(p.of[i].At):
		p.of[i].LogPoint = l.Point()
	}
}

// numbered says whether a time can be written as nanoseconds since 1970.
func numbered(at time.Time) bool { return at.Year() >= 1970 && at.Year() < 2262 }

// points are where to resume each log.
func (p *logPlace) points() map[int]training.LogPoint {
	out := make(map[int]training.LogPoint, len(p.of))
	for _, o := range p.of {
		out[o.index] = o.LogPoint
	}
	return out
}

// id is the place as an event's id; empty where there is none. It has the newest time, and of each log how much
// older its own is: a few bytes a log.
func (p *logPlace) id() string {
	if len(p.of) == 0 {
		return ""
	}
	newest := p.of[0].At
	for _, o := range p.of {
		if o.At.After(newest) {
			newest = o.At
		}
	}
	since := uint64(0)
	if numbered(p.since) {
		since = uint64(p.since.Unix()) //nolint:gosec // numbered
	}
	b := make([]byte, 0, 64+8*len(p.of))
	b = binary.AppendUvarint(b, since)
	b = binary.AppendUvarint(b, uint64(newest.UnixNano())) //nolint:gosec // numbered
	before := -2
	for _, o := range p.of {
		b = binary.AppendUvarint(b, uint64(o.index-before)) //nolint:gosec // they are in order
		before = o.index
		older := uint64(newest.Sub(o.At)) << 1 //nolint:gosec // it is the newest
		if o.Nth == 1 {
			b = binary.AppendUvarint(b, older)
			continue
		}
		b = binary.AppendUvarint(b, older|1)
		b = binary.AppendUvarint(b, uint64(max(0, o.Nth))) //nolint:gosec // not negative
	}
	if len(b) > maxPlace {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// Bounds of what an id may say, whoever wrote it.
const (
	maxLogIndex = 1_000_000
	maxNth      = 1_000_000_000
)

// parseLogID reads what id wrote; ok is false for anything else.
func parseLogID(s string) (p logPlace, ok bool) {
	if s == "" || len(s) > maxLogID {
		return p, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return p, false
	}
	ok = true
	next := func(most uint64) uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > most {
			ok, b = false, nil
			return 0
		}
		b = b[n:]
		return v
	}
	if since := next(1 << 33); since > 0 {
		p.since = time.Unix(int64(since), 0).UTC() //nolint:gosec // bounded
	}
	newest := next(1<<63 - 1)
	index := -2
	for ok && len(b) > 0 {
		gap := next(maxLogIndex)
		older := next(1<<63 - 1)
		nth := uint64(1)
		if older&1 == 1 {
			nth = next(maxNth)
		}
		if index += int(gap); gap == 0 || index > maxLogIndex || older>>1 > newest { //nolint:gosec // bounded
			return logPlace{}, false
		}
		at := time.Unix(0, int64(newest-older>>1)).UTC()                               //nolint:gosec // bounded
		p.of = append(p.of, logPoint{index, training.LogPoint{At: at, Nth: int(nth)}}) //nolint:gosec // bounded
	}
	if !ok || len(p.of) == 0 {
		return logPlace{}, false
	}
	return p, true
}
