package supervise

import (
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// progress is what the program told of how far it is. Each is of the time it came here.
type progress struct {
	newest *wire.Progress
	from   int // the Worker it came from; Nowhere: the Launcher, or none came

	shown *wire.Progress // in the last report
	at    time.Time      // when it was first shown
}

// take takes what came last. What tells nothing new is no new progress.
func (p *progress) take(now time.Time, told wire.Progress, from int) {
	told.At = now.UTC()
	p.from = from
	if told.Tells(p.newest) {
		p.newest = &told
	}
}

// due is what the next report shows: the newest, but not another one too soon after a change.
func (p *progress) due(now time.Time, last bool) *wire.Progress {
	if p.newest != p.shown && (last || p.shown == nil || now.Sub(p.at) >= limits.ProgressEvery) {
		p.shown, p.at = p.newest, now
	}
	return p.shown
}

// progressOf takes what a Worker tells, unless a new session repeats it. What was told before the run began
// is of an earlier one: Workers stay where a Launcher is tried again.
func (s *State) progressOf(now time.Time, i int, told *wire.Progress) {
	w := &s.workers[i]
	if told == nil || told.Check() != nil || told.At.Equal(w.progress) {
		return
	}
	w.progress = told.At
	if s.stage != wire.StageWaiting {
		s.progress.take(now, *told, i)
	}
}
