package service

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/internal/service/index"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// jobStream is an open stream of jobs.
type jobStream struct {
	s      *Service
	ctx    context.Context
	x      *index.Index
	rights []Right
	// namespace is "" for all; sees is what the caller may know of, keeps what they selected of it.
	namespace string
	sees      func(index.Key) bool
	keeps     func(*training.Job) bool
	from      index.Position
}

// StreamTrainingJobs streams what ListTrainingJobs lists.
func (s *operations) StreamTrainingJobs(ctx context.Context, r api.StreamTrainingJobsRequestObject) (api.StreamTrainingJobsResponseObject, error) {
	return s.stream(ctx, r.Namespace, r.Params)
}

// StreamAllTrainingJobs streams what ListAllTrainingJobs lists.
func (s *operations) StreamAllTrainingJobs(ctx context.Context, r api.StreamAllTrainingJobsRequestObject) (api.StreamAllTrainingJobsResponseObject, error) {
	return s.stream(ctx, "", api.StreamTrainingJobsParams(r.Params))
}

func (s *operations) stream(ctx context.Context, namespace string, p api.StreamTrainingJobsParams) (*jobStream, error) {
	o := training.ListOptions{Types: deref(p.Type), Phases: deref(p.Phase), Creator: deref(p.Creator), LabelSelector: deref(p.LabelSelector), Search: deref(p.Search)}
	x, types, _, err := s.reads(ctx, "watch", namespace, o.Types)
	if err != nil {
		return nil, err
	}
	// The rights that the stream rests on; what the caller may not see isn't in it.
	st := &jobStream{s: s.Service, ctx: ctx, x: x, namespace: namespace, from: resumeFrom(x, p.LastEventID, p.From)}
	for _, t := range types {
		st.rights = append(st.rights, rightOn(t, "watch", namespace, ""))
	}
	st.sees = func(k index.Key) bool { return slices.Contains(types, k.Type) }
	st.keeps, err = o.Selector()
	return st, err
}

// StreamTrainingJob streams one job, now or to come.
func (s *operations) StreamTrainingJob(ctx context.Context, r api.StreamTrainingJobRequestObject) (api.StreamTrainingJobResponseObject, error) {
	t := orMPIJob(deref(r.Params.Type))
	right := rightOn(t, "watch", r.Namespace, r.Name)
	if err := s.may(ctx, right); err != nil {
		return nil, err
	}
	x, err := s.Indexes.Of(ctx, callerOf(ctx), r.Namespace)
	if err == nil {
		err = s.Reachable()
	}
	if err != nil {
		return nil, notReadyYet(err)
	}
	return &jobStream{
		s: s.Service, ctx: ctx, x: x, rights: []Right{right}, namespace: r.Namespace, from: resumeFrom(x, r.Params.LastEventID, r.Params.From),
		sees:  func(k index.Key) bool { return k.Type == t && k.Name == r.Name },
		keeps: func(*training.Job) bool { return true },
	}, nil
}

// resumeFrom is the position to go on from; nil for none, or one that makes no sense.
func resumeFrom(x *index.Index, lastEventID, from *string) index.Position {
	for _, s := range []*string{lastEventID, from} {
		if s != nil && *s != "" {
			p, _ := index.ParsePosition(*s, len(x.Types()))
			return p
		}
	}
	return nil
}

// VisitStreamTrainingJobsResponse answers the request with the stream.
func (st *jobStream) VisitStreamTrainingJobsResponse(w http.ResponseWriter) error { return st.serve(w) }

// VisitStreamAllTrainingJobsResponse answers the request with the stream.
func (st *jobStream) VisitStreamAllTrainingJobsResponse(w http.ResponseWriter) error {
	return st.serve(w)
}

// VisitStreamTrainingJobResponse answers the request with the stream.
func (st *jobStream) VisitStreamTrainingJobResponse(w http.ResponseWriter) error { return st.serve(w) }

// serve streams until the caller goes, loses the right, is too slow, or the service ends.
func (st *jobStream) serve(w http.ResponseWriter) error {
	done, err := st.s.streams.open(callerOf(st.ctx).User)
	if err != nil {
		return err
	}
	defer done()
	sub, resumed := st.x.Subscribe(st.namespace, st.sees, st.keeps, st.from)
	defer sub.End()
	out, err := startSSE(w)
	if err != nil {
		return nil // the caller has gone
	}
	if !resumed {
		if st.snapshot(out, sub) != nil {
			return nil
		}
	}
	watch := st.s.watchdog(st.ctx, st.rights)
	defer watch.stop()
	for {
		select {
		case <-st.ctx.Done():
			return nil
		case <-sub.Wake():
			if st.tell(out, sub) != nil {
				return nil
			}
		case <-watch.tick():
			end, beat := watch.look()
			if end != nil {
				st.s.endStream(out, end)
				return nil
			}
			if beat && st.beat(out, sub) != nil {
				return nil
			}
		case <-st.s.draining:
			st.s.endStream(out, draining())
			return nil
		}
	}
}

func (st *jobStream) snapshot(out *sse, sub *index.Subscription) error {
	defer out.within(snapshotFor)()
	jobs, id := sub.Snapshot()
	st.s.metrics.resets.Inc()
	if err := out.event("reset", "", []byte("{}")); err != nil {
		return err
	}
	for _, j := range jobs {
		text, err := json.Marshal(j)
		if err != nil {
			return err
		}
		if err := out.event("job", "", text); err != nil {
			return err
		}
	}
	st.s.metrics.events.Add(float64(len(jobs)))
	if err := out.event("synced", id, []byte("{}")); err != nil {
		return err
	}
	return out.flush()
}

// tell writes what has changed.
func (st *jobStream) tell(out *sse, sub *index.Subscription) error {
	events, more, behind := sub.Read()
	if behind {
		return st.snapshot(out, sub)
	}
	for _, e := range events {
		kind, body := "job", e.Body
		if body == nil {
			var err error
			kind = "removed"
			if body, err = json.Marshal(api.Removed{Name: e.Key.Name, Namespace: e.Key.Namespace, Type: e.Key.Type, UID: &e.UID}); err != nil {
				return err
			}
		}
		if err := out.event(kind, e.ID, body); err != nil {
			return err
		}
	}
	st.s.metrics.events.Add(float64(len(events)))
	if more {
		sub.Again() // after a look at the caller's rights
	}
	if len(events) == 0 {
		return nil
	}
	return out.flush()
}

// beat shows that the stream is alive, and how far it is: an event without data, which moves a client's
// Last-Event-ID and is not told to anybody.
func (st *jobStream) beat(out *sse, sub *index.Subscription) error {
	if id, ok := sub.Position(); ok {
		if err := out.event("", id, nil); err != nil {
			return err
		}
	}
	return out.comment("alive")
}

func (s *Service) endStream(out *sse, why error) {
	p := asProblem(why)
	s.metrics.ended.WithLabelValues(p.Code).Inc()
	if text, err := json.Marshal(p.Problem); err == nil && out.event("end", "", text) == nil {
		_ = out.flush()
	}
}

func draining() error {
	return later(problem(http.StatusServiceUnavailable, "Draining", "The service is restarting", "this replica of the service ends", "connect again: another one goes on from the last event"), 1)
}

// watchdog looks after an open stream: is the caller still who they were, may they still see it.
type watchdog struct {
	s         *Service
	ctx       context.Context
	rights    []Right
	timer     *time.Timer
	nextCheck time.Time
	nextBeat  time.Time
}

func (s *Service) watchdog(ctx context.Context, rights []Right) *watchdog {
	now := s.now()
	d := &watchdog{s: s, ctx: ctx, rights: rights, nextCheck: now.Add(s.Recheck), nextBeat: now.Add(s.Heartbeat)}
	d.timer = time.NewTimer(d.wait(now))
	return d
}

// wait is how long until there is something to look after.
func (d *watchdog) wait(now time.Time) time.Duration {
	next := d.nextCheck
	if d.nextBeat.Before(next) {
		next = d.nextBeat
	}
	if end := callerOf(d.ctx).Expires; !end.IsZero() && end.Before(next) {
		next = end
	}
	return max(time.Millisecond, next.Sub(now))
}

func (d *watchdog) tick() <-chan time.Time { return d.timer.C }

func (d *watchdog) stop() { d.timer.Stop() }

// look returns why the stream must end, and whether it is time for a sign of life.
func (d *watchdog) look() (end error, beat bool) {
	now := d.s.now()
	defer func() { d.timer.Reset(d.wait(now)) }()
	c := callerOf(d.ctx)
	if !c.Expires.IsZero() && !now.Before(c.Expires) {
		return unauthenticated("the token has expired"), false
	}
	if !now.Before(d.nextCheck) {
		d.nextCheck = now.Add(d.s.Recheck)
		if err := d.s.still(d.ctx, c, d.rights); err != nil {
			return err, false
		}
	}
	if !now.Before(d.nextBeat) {
		d.nextBeat = now.Add(d.s.Heartbeat)
		return nil, true
	}
	return nil, false
}

// still says whether the caller is who they were and may still do all of it. A cluster that doesn't answer
// says neither: the stream ends, and its client tries again.
func (s *Service) still(ctx context.Context, c *Caller, rights []Right) error {
	ctx, cancel := context.WithTimeout(ctx, reviewLimit)
	defer cancel()
	now, err := s.gate.Authenticate(ctx, c.token)
	if err != nil {
		return err
	}
	ctx = withCaller(ctx, now) // with the groups they have by now
	for _, r := range rights {
		if err := s.may(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
