package service

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"

	"github.com/opendatahub-io/mpijob/internal/service/api"
	"github.com/opendatahub-io/mpijob/internal/service/index"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// jobStream is an open stream of jobs.
type jobStream struct {
	s   *Service
	ctx context.Context
	x   *index.Index
	// types are those the caller may see, readable asks which they are now; an error ends the stream.
	types    []training.Type
	mark     string // of types
	changed  bool   // the types have, since what there is was told
	readable func(context.Context) ([]training.Type, error)
	// namespace is "" for all; name is of one job, or ""; keeps is what the caller selected.
	namespace, name string
	keeps           func(*training.Job) bool
	from            index.Position
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
	readable := func(ctx context.Context) ([]training.Type, error) {
		types, _, err := s.readable(ctx, "watch", namespace, o.Types, x.Present())
		return types, err
	}
	st := &jobStream{s: s.Service, ctx: ctx, x: x, types: types, readable: readable, namespace: namespace, from: resumeFrom(x, types, false, p.LastEventID, p.From)}
	st.keeps, err = o.Selector()
	return st, err
}

// StreamTrainingJob streams one job, now or to come.
func (s *operations) StreamTrainingJob(ctx context.Context, r api.StreamTrainingJobRequestObject) (api.StreamTrainingJobResponseObject, error) {
	types := []training.Type{orMPIJob(deref(r.Params.Type))}
	readable := func(ctx context.Context) ([]training.Type, error) {
		return types, s.may(ctx, rightOn(types[0], "watch", r.Namespace, r.Name))
	}
	if _, err := readable(ctx); err != nil {
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
		s: s.Service, ctx: ctx, x: x, types: types, readable: readable, namespace: r.Namespace, name: r.Name,
		from: resumeFrom(x, types, true, r.Params.LastEventID, r.Params.From), keeps: func(*training.Job) bool { return true },
	}, nil
}

func (st *jobStream) sees(k index.Key) bool {
	return slices.Contains(st.types, k.Type) && (st.name == "" || k.Name == st.name)
}

// VisitStreamTrainingJobsResponse answers the request with the stream.
func (st *jobStream) VisitStreamTrainingJobsResponse(http.ResponseWriter) error {
	return stream(st.ctx, st.serve)
}

// VisitStreamAllTrainingJobsResponse answers the request with the stream.
func (st *jobStream) VisitStreamAllTrainingJobsResponse(http.ResponseWriter) error {
	return stream(st.ctx, st.serve)
}

// VisitStreamTrainingJobResponse answers the request with the stream.
func (st *jobStream) VisitStreamTrainingJobResponse(http.ResponseWriter) error {
	return stream(st.ctx, st.serve)
}

// serve streams until the caller goes, loses the right, is too slow, or the service ends. Where they may see more
// types of job, or fewer, it begins again with those.
func (st *jobStream) serve(w http.ResponseWriter) error {
	done, err := st.s.streams.open(callerOf(st.ctx).User)
	if err != nil {
		return err
	}
	defer done()
	st.mark = typesMark(st.x, st.types)
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
	watch := st.s.watchdog(st.ctx, func(ctx context.Context) error {
		types, err := st.readable(ctx)
		if err == nil && !slices.Equal(types, st.types) {
			st.types, st.mark, st.changed = types, typesMark(st.x, types), true
		}
		return err
	})
	defer watch.stop()
	for st.wait(out, sub, watch) {
	}
	return nil
}

// wait waits for something to be told, and tells it; ok is false where the stream has ended.
func (st *jobStream) wait(out *sse, sub *index.Subscription, watch *watchdog) (ok bool) {
	select {
	case <-st.ctx.Done():
		return false
	case <-sub.Wake():
		return st.tell(out, sub) == nil
	case <-watch.tick():
		return st.look(out, sub, watch)
	case <-st.s.draining:
		st.s.endStream(out, draining())
		return false
	}
}

// look looks after the stream, from time to time.
func (st *jobStream) look(out *sse, sub *index.Subscription, watch *watchdog) (ok bool) {
	end, beat := watch.look()
	if end != nil {
		st.s.endStream(out, end)
		return false
	}
	if st.changed {
		st.changed = false
		if st.snapshot(out, sub) != nil {
			return false
		}
	}
	return !beat || st.beat(out, sub) == nil
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
	if err := out.event("synced", placeOf(id, st.mark), []byte("{}")); err != nil {
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
		if err := out.event(kind, placeOf(e.ID, st.mark), body); err != nil {
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

// beat shows that the stream is alive, and how far it is. It is an event, for a browser's page isn't told of comments: one
// that hears nothing for long knows that nothing comes any more.
func (st *jobStream) beat(out *sse, sub *index.Subscription) error {
	// What has changed elsewhere wakes nobody here; who never passed it would fall behind.
	if err := st.tell(out, sub); err != nil {
		return err
	}
	place := ""
	if id, ok := sub.Position(); ok {
		place = placeOf(id, st.mark)
	}
	if err := out.event("beat", place, []byte("{}")); err != nil {
		return err
	}
	return out.flush()
}

func (s *Service) endStream(out *sse, why error) {
	s.tellPanic(why)
	p := asProblem(why)
	s.metrics.ended.WithLabelValues(p.Code).Inc()
	if p.Code == codeDraining {
		if out.retry(comeBack(int(s.streams.count()), rand.Float64())) != nil { //nolint:gosec // no secret
			return
		}
	}
	if text, err := json.Marshal(p.Problem); err == nil && out.event("end", "", text) == nil {
		_ = out.flush()
	}
}

const codeDraining = "Draining"

func draining() error {
	return later(problem(http.StatusServiceUnavailable, codeDraining, "The service is restarting", "this replica of the service ends", "connect again: another one goes on from the last event"), 1)
}
