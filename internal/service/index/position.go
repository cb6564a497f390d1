package index

import (
	"strconv"
	"strings"
)

// Position is how far a stream has come: a resource version for each type of job, in the order of the
// index's sources. One number would not do: the types are watched separately, and a change of one may
// arrive before an earlier change of another.
type Position []uint64

// String is the position as an event's id.
func (p Position) String() string {
	var b strings.Builder
	for i, v := range p {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(strconv.FormatUint(v, 10))
	}
	return b.String()
}

// ParsePosition reads what String wrote; ok is false for anything else.
func ParsePosition(s string, types int) (p Position, ok bool) {
	if len(s) > 21*types {
		return nil, false
	}
	parts := strings.Split(s, ".")
	if len(parts) != types {
		return nil, false
	}
	for _, part := range parts {
		v, err := strconv.ParseUint(part, 10, 64)
		if err != nil || part != strconv.FormatUint(v, 10) {
			return nil, false
		}
		p = append(p, v)
	}
	return p, true
}

func (p Position) clone() Position { return append(Position(nil), p...) }
