package supervise

import (
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// progress is what the program told of how far it is.
type progress struct {
	newest *wire.Progress
	from   int // the Worker it came from; Nowhere: the Launcher, or none came

	shown *wire.Progress // in the last report
	at    time.Time      // when it was first shown
}

// take takes a progress, unless a later one is known: a new session repeats the last one.
func (p *progress) take(told wire.Progress, from int) {
	if p.newest == nil || !told.At.Before(p.newest.At) {
		p.newest, p.from = &told, from
	}
}

// due is what the next report shows: the newest, but not another one too soon after a change.
func (p *progress) due(now time.Time, last bool) *wire.Progress {
	if p.newest != p.shown && (last || p.shown == nil || now.Sub(p.at) >= limits.ProgressEvery) {
		p.shown, p.at = p.newest, now
	}
	return p.shown
}
