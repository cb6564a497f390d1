package feed

import (
	"reflect"
	"time"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// progressEvery spaces looks at a job for progress alone: it is written no more often.
const progressEvery = 10 * time.Second

// progress is what a session knows of its program's progress.
type progress struct {
	said  *wire.Progress // the last one, as it came
	taken *wire.Progress // the same, at a time that has come
	shown time.Time      // when the job was last looked at for it
	due   bool           // it will be
}

// take is a progress with a time that isn't ahead of now. One that tells nothing new is the one before:
// a Launcher whose clock is ahead, or that forges, tells once.
func (p *progress) take(said *wire.Progress, now time.Time) *wire.Progress {
	if said == nil {
		return nil
	}
	if !said.Tells(p.said) {
		return p.taken
	}
	p.said, p.taken = said, said
	if said.At.After(now) {
		at := *said
		at.At = now.UTC()
		p.taken = &at
	}
	return p.taken
}

// wait is how long a report may wait to be looked at; less than zero where a look at it is due anyway.
func (p *progress) wait(old, r *wire.Report, now time.Time) time.Duration {
	if !progressAlone(old, r) {
		if r.Progress != nil {
			p.shown = now
		}
		return 0
	}
	switch left := p.shown.Add(progressEvery).Sub(now); {
	case p.due:
		return -1
	case left <= 0:
		p.shown = now
		return 0
	default:
		p.due = true
		return left
	}
}

// progressAlone says whether a report tells nothing new but another progress.
func progressAlone(old, r *wire.Report) bool {
	if old == nil || old.Progress == nil || r.Progress == nil {
		return false
	}
	a, b := *old, *r
	a.Progress, b.Progress = nil, nil
	a.At, b.At = time.Time{}, time.Time{}
	return reflect.DeepEqual(a, b)
}
