package supervisor

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/component"
)

// Supervisor runs components.
type Supervisor struct {
	dir Dir
	pid int
	log *slog.Logger

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when a state changes
	plan    string
	order   []string // of the plan
	runners map[string]*runner
}

// runner is one component's place in the supervisor.
type runner struct {
	spec   component.Component
	status ComponentStatus
	cancel context.CancelFunc
	done   chan struct{}
}

// New makes a supervisor of the process with the given id.
func New(dir Dir, pid int, log *slog.Logger) *Supervisor {
	return &Supervisor{dir: dir, pid: pid, log: log, changed: make(chan struct{}), runners: map[string]*runner{}}
}

// Apply makes the running components those of list: it stops what is gone or has changed, in reverse
// order, and starts what is new. Components that are the same go on undisturbed.
func (s *Supervisor) Apply(list []component.Component) {
	want := map[string]string{}
	for _, c := range list {
		want[c.Name] = c.Identity()
	}
	s.mu.Lock()
	var stale []*runner
	for name, r := range s.runners {
		if want[name] != r.status.Identity {
			stale = append(stale, r)
		}
	}
	s.mu.Unlock()
	s.stop(stale)

	s.mu.Lock()
	for _, r := range stale {
		delete(s.runners, r.spec.Name)
	}
	s.plan = PlanIdentity(list)
	s.order = component.Names(list)
	var fresh []*runner
	for _, c := range list {
		if s.runners[c.Name] == nil {
			r := &runner{
				spec:   c,
				status: ComponentStatus{Name: c.Name, Identity: c.Identity(), State: Waiting, Since: time.Now()},
				done:   make(chan struct{}),
			}
			s.runners[c.Name] = r
			fresh = append(fresh, r)
		}
	}
	s.publish()
	s.mu.Unlock()

	for _, r := range fresh {
		ctx, cancel := context.WithCancel(context.Background())
		r.cancel = cancel
		go s.run(ctx, r)
	}
}

// Stop stops everything in reverse order.
func (s *Supervisor) Stop() {
	s.mu.Lock()
	all := make([]*runner, 0, len(s.runners))
	for _, r := range s.runners {
		all = append(all, r)
	}
	s.mu.Unlock()
	s.stop(all)
}

// stop ends the given runners, each after those of them that need it.
func (s *Supervisor) stop(list []*runner) {
	var all sync.WaitGroup
	for _, r := range list {
		all.Go(func() {
			for _, other := range list {
				if slices.Contains(other.spec.Needs, r.spec.Name) {
					<-other.done
				}
			}
			r.cancel()
			<-r.done
		})
	}
	all.Wait()
}

// run is the life of one component.
func (s *Supervisor) run(ctx context.Context, r *runner) {
	defer close(r.done)
	defer s.set(r, func(st *ComponentStatus) { st.State, st.PID = Stopped, 0 })
	var pause backoff
	for {
		if !s.awaitNeeds(ctx, r) {
			return
		}
		started := time.Now()
		why, finished := s.once(ctx, r, started)
		if finished {
			return
		}
		wait := pause.next(time.Since(started))
		s.log.Warn("component ended; starting it again", "component", r.spec.Name, "how", why, "in", wait)
		s.set(r, func(st *ComponentStatus) {
			st.State, st.PID, st.Message = Backoff, 0, why
			st.Restarts++
		})
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		s.set(r, func(st *ComponentStatus) { st.State = Waiting })
	}
}

// once runs the component until it ends. Finished means it was meant to.
func (s *Supervisor) once(ctx context.Context, r *runner, started time.Time) (why string, finished bool) {
	p, err := s.dir.start(r.spec)
	if err != nil {
		return err.Error(), false
	}
	s.set(r, func(st *ComponentStatus) { st.State, st.PID, st.Message = Starting, p.cmd.Process.Pid, "" })
	ready := func(state State) {
		s.log.Info("component is ready", "component", r.spec.Name, "took", time.Since(started).Round(time.Millisecond))
		s.set(r, func(st *ComponentStatus) { st.State, st.Took = state, time.Since(started) })
	}
	stop := func() {
		s.set(r, func(st *ComponentStatus) { st.State = Stopping })
		p.stop(r.spec.Grace)
		s.log.Info("component is stopped", "component", r.spec.Name)
	}
	if !r.spec.Once && await(ctx, r.spec.Ready, p.done) {
		ready(Ready)
	}
	select {
	case <-ctx.Done():
		stop()
		return "", true
	case <-p.done:
	}
	if !r.spec.Once || p.err != nil {
		return p.how(), false
	}
	s.set(r, func(st *ComponentStatus) { st.PID = 0 })
	ready(Done)
	<-ctx.Done()
	return "", true
}

// awaitNeeds returns when all that r needs is ready, or false when r is to stop.
func (s *Supervisor) awaitNeeds(ctx context.Context, r *runner) bool {
	for {
		s.mu.Lock()
		ok := true
		for _, need := range r.spec.Needs {
			other := s.runners[need]
			ok = ok && other != nil && other.status.State.OK()
		}
		changed := s.changed
		s.mu.Unlock()
		if ok {
			return ctx.Err() == nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// set changes a component's status and tells everyone.
func (s *Supervisor) set(r *runner, change func(*ComponentStatus)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := r.status.State
	change(&r.status)
	if r.status.State != before {
		r.status.Since = time.Now()
	}
	s.publish()
}

// publish writes the status and wakes who waits. The caller holds mu.
func (s *Supervisor) publish() {
	close(s.changed)
	s.changed = make(chan struct{})
	if err := s.dir.writeStatus(s.snapshot()); err != nil {
		s.log.Error("cannot write the status", "err", err)
	}
}

func (s *Supervisor) snapshot() Status {
	st := Status{PID: s.pid, Plan: s.plan}
	for _, name := range s.order {
		if r := s.runners[name]; r != nil {
			st.Components = append(st.Components, r.status)
		}
	}
	return st
}
