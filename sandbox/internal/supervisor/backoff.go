package supervisor

import "time"

// How long a component that died is left alone before it starts again.
const (
	backoffFirst = 200 * time.Millisecond
	backoffMax   = 10 * time.Second
	// backoffReset: who ran this long is no repeat offender.
	backoffReset = 30 * time.Second
)

// backoff grows with each death in a row.
type backoff struct{ last time.Duration }

// next is the pause after a run of the given length.
func (b *backoff) next(ran time.Duration) time.Duration {
	switch {
	case ran >= backoffReset || b.last == 0:
		b.last = backoffFirst
	default:
		b.last = min(2*b.last, backoffMax)
	}
	return b.last
}
