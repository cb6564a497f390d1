package service

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Bounds of what is measured: how long after the last look, how many jobs in all and by one caller, and how
// many Launchers and Workers, which take 80 MB together.
const (
	maxMeasured    = 2500
	lookedFor      = 5 * time.Minute
	maxLooked      = 200
	maxLookedByOne = 50
)

// curves measures the jobs that somebody looks at, with the rights of who looked last.
type curves struct {
	s       *Service
	sampler *training.Sampler
	idle    time.Duration
	mu      sync.Mutex
	looked  map[jobName]*look
}

type jobName struct {
	of              training.Type
	namespace, name string
}

// look is a job that is being measured.
type look struct {
	user string         // who looked last
	jobs *training.Jobs // as them
	at   time.Time
}

func newCurves(s *Service, sampler *training.Sampler) *curves {
	return &curves{s: s, sampler: sampler, idle: lookedFor, looked: map[jobName]*look{}}
}

// GetTrainingJobCurves reads what was measured with the rights of any caller; whether this one may see it
// is asked each time.
func (s *operations) GetTrainingJobCurves(ctx context.Context, r api.GetTrainingJobCurvesRequestObject) (api.GetTrainingJobCurvesResponseObject, error) {
	j, err := s.get(ctx, r.Namespace, r.Name, deref(r.Params.Type))
	if err != nil {
		return nil, err
	}
	if err := s.may(ctx, Right{Verb: "list", Group: "metrics.k8s.io", Resource: "pods", Namespace: r.Namespace}); err != nil {
		return nil, err
	}
	of := jobName{j.Type, r.Namespace, r.Name}
	if j.Phase.Finished() {
		s.curves.leave(of, nil)
	} else if err := s.curves.look(ctx, of, callerOf(ctx).User, s.jobs(ctx, r.Namespace, j.Type)); err != nil {
		return nil, err
	}
	since := j.Created
	if n := deref(r.Params.SinceSeconds); n > 0 {
		if at := s.now().Add(-time.Duration(n) * time.Second); at.After(since) {
			since = at
		}
	}
	return api.GetTrainingJobCurves200JSONResponse(*s.curves.sampler.Curve(j.Type, r.Namespace, r.Name, since)), nil
}

// GetTrainingJobProgress reads what the index has heard; whoever may get the job may see it, for the newest is in the job.
func (s *operations) GetTrainingJobProgress(ctx context.Context, r api.GetTrainingJobProgressRequestObject) (api.GetTrainingJobProgressResponseObject, error) {
	j, err := s.get(ctx, r.Namespace, r.Name, deref(r.Params.Type))
	if err != nil {
		return nil, err
	}
	x, err := s.Indexes.Of(ctx, callerOf(ctx), r.Namespace)
	if err != nil {
		return nil, notReadyYet(err)
	}
	return api.GetTrainingJobProgress200JSONResponse(*x.Progress(j)), nil
}

// look keeps a job measured. The first one waits for the first sample, so that it learns why there is none.
func (c *curves) look(ctx context.Context, of jobName, user string, jobs *training.Jobs) error {
	l, begins, err := c.enter(of, user, jobs)
	if err != nil || !begins {
		return err
	}
	if err := c.sampler.Sample(ctx, jobs, of.name); err != nil {
		c.leave(of, l)
		if errors.Is(err, training.ErrSamplerFull) {
			return full()
		}
		return err
	}
	go c.run(of, l)
	return nil
}

func full() error {
	return later(problem(http.StatusServiceUnavailable, "Busy", "The service is busy", training.ErrSamplerFull.Error(), "look again in a few minutes; what is used now is in `usage`"), 60)
}

// enter notes a look; begins says that it is the first.
func (c *curves) enter(of jobName, user string, jobs *training.Jobs) (l *look, begins bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.looked[of]; l != nil {
		l.user, l.jobs, l.at = user, jobs, c.s.now()
		return l, false, nil
	}
	var oldest jobName
	own := 0
	for name, l := range c.looked {
		if l.user != user {
			continue
		}
		if own++; own == 1 || l.at.Before(c.looked[oldest].at) {
			oldest = name
		}
	}
	switch {
	case own >= maxLookedByOne: // nobody looks at so many at once
		delete(c.looked, oldest)
	case len(c.looked) >= maxLooked:
		return nil, false, full()
	}
	l = &look{user: user, jobs: jobs, at: c.s.now()}
	c.looked[of] = l
	return l, true, nil
}

// leave ends the measuring of a job; of that look, unless it is nil.
func (c *curves) leave(of jobName, l *look) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l == nil || c.looked[of] == l {
		delete(c.looked, of)
	}
}

// due is who to measure a job as; nil when it is time to stop.
func (c *curves) due(of jobName, l *look) *training.Jobs {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.looked[of] != l || c.s.now().Sub(l.at) > c.idle {
		return nil
	}
	return l.jobs
}

// run measures a job until nobody has looked for a while, or whoever looked last has lost the right.
func (c *curves) run(of jobName, l *look) {
	defer c.leave(of, l)
	defer func() {
		// This isn't a request's goroutine, whose panics are caught.
		if p := recover(); p != nil {
			c.s.panicked(p)
		}
	}()
	tick := time.NewTicker(c.sampler.Every())
	defer tick.Stop()
	for {
		select {
		case <-c.s.draining:
			return
		case <-tick.C:
		}
		jobs := c.due(of, l)
		if jobs == nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), c.sampler.Every())
		err := c.sampler.Sample(ctx, jobs, of.name)
		cancel()
		if isDenied(err) {
			return // the next look is somebody else's, or theirs with a token that is valid
		}
	}
}
