package supervise

import (
	"slices"
	"testing"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

func TestProgress(t *testing.T) {
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	told := func(worker, percent int, after time.Duration) Event {
		return Told{worker, wire.ControlMessage{Kind: wire.ControlProgress, Progress: &wire.Progress{At: begin.Add(after), Percent: &percent}}}
	}
	s, _ := New(&wire.Job{Transport: wire.TransportBuiltin, Slots: 1, Workers: []string{"a", "b"}})
	step := func(after time.Duration, e Event) []Action { return s.Step(begin.Add(after), e) }
	shows := func(after time.Duration, want int) {
		t.Helper()
		p := s.Report(begin.Add(after)).Progress
		if got := p; want < 0 != (got == nil) || got != nil && *got.Percent != want {
			t.Errorf("after %v %+v, want %d", after, got, want)
		}
	}
	step(0, Reachable{Worker: 0})
	step(0, Reachable{Worker: 1})
	step(0, Started{})
	shows(0, -1)
	step(time.Second, told(0, 10, time.Second))
	shows(time.Second, 10) // the first at once
	step(2*time.Second, told(1, 20, 2*time.Second))
	shows(2*time.Second, 10) // another one not so soon
	step(2*time.Second, told(0, 10, time.Second))
	step(3*time.Second, told(0, 101, 3*time.Second)) // forged
	shows(time.Second+limits.ProgressEvery, 20)
	percent := 30
	step(5*time.Second, LocalProgress{wire.Progress{At: begin.Add(5 * time.Second), Percent: &percent}})
	step(6*time.Second, told(1, 40, 6*time.Second))
	// A run that ended well asks the Worker that told for what may be on its way.
	if acts := step(7*time.Second, exit(0)); !slices.Contains(acts, Action(Ask{1, askNumber})) || slices.ContainsFunc(acts, finishes) {
		t.Errorf("at the end %+v", acts)
	}
	step(7*time.Second, told(1, 100, 7*time.Second))
	if acts := step(7*time.Second, answer(1)); !slices.Contains(acts, Action(Finish{})) {
		t.Errorf("after the answer %+v", acts)
	}
	shows(7*time.Second, 100) // the last at once
}

// Which is newest is decided by the order in which they come, and the time is the Launcher's: the clocks of
// Workers differ.
func TestProgressOfClocks(t *testing.T) {
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s, _ := New(&wire.Job{Transport: wire.TransportBuiltin, Slots: 1, Workers: []string{"a", "b"}})
	tell := func(now time.Duration, kind wire.ControlKind, worker, percent int, at time.Duration) *wire.Progress {
		s.Step(begin.Add(now), Told{worker, wire.ControlMessage{Kind: kind, Progress: &wire.Progress{At: begin.Add(at), Percent: &percent}}})
		return s.progress.newest
	}
	// A Launcher before this one ran on the same Workers.
	if p := tell(0, wire.ControlHello, 0, 90, -time.Minute); p != nil {
		t.Errorf("of the run before: %+v", p)
	}
	s.Step(begin, Reachable{Worker: 0})
	s.Step(begin, Reachable{Worker: 1})
	s.Step(begin, Started{})
	if p := tell(time.Second, wire.ControlHello, 0, 90, -time.Minute); p != nil {
		t.Errorf("of the run before, to a second session: %+v", p)
	}
	if p := tell(2*time.Second, wire.ControlProgress, 0, 10, time.Hour); *p.Percent != 10 || !p.At.Equal(begin.Add(2*time.Second)) {
		t.Errorf("from a clock that is ahead: %+v", p)
	}
	if p := tell(3*time.Second, wire.ControlProgress, 1, 20, -time.Hour); *p.Percent != 20 || !p.At.Equal(begin.Add(3*time.Second)) {
		t.Errorf("from one that is behind: %+v", p)
	}
	if p := tell(4*time.Second, wire.ControlHello, 0, 10, time.Hour); *p.Percent != 20 {
		t.Errorf("repeated by a new session: %+v", p)
	}
	if p := tell(5*time.Second, wire.ControlHello, 0, 30, 2*time.Hour); *p.Percent != 30 {
		t.Errorf("told while there was no session: %+v", p)
	}
	// The same again is nothing to report.
	if p := tell(6*time.Second, wire.ControlProgress, 1, 30, time.Second); !p.At.Equal(begin.Add(5 * time.Second)) {
		t.Errorf("the same again: %+v", p)
	}
}

// A Worker that doesn't answer holds no run up that told its progress.
func TestProgressWithoutAnswer(t *testing.T) {
	s, _ := New(&wire.Job{Transport: wire.TransportBuiltin, Slots: 1, Workers: []string{"a"}})
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s.Step(now, Reachable{Worker: 0})
	s.Step(now, Started{})
	s.Step(now, Told{0, wire.ControlMessage{Kind: wire.ControlProgress, Progress: &wire.Progress{At: now}}})
	if acts := s.Step(now, exit(0)); !slices.Contains(acts, Action(Arm{TimerPostMortem, limits.ProgressLast})) {
		t.Errorf("at the end %+v", acts)
	}
	if acts := s.Step(now, Fired{TimerPostMortem}); !slices.Contains(acts, Action(Finish{})) {
		t.Errorf("in vain %+v", acts)
	}
}

// A run that told all of it in its last moment is asked about it; one that can't tell, or told from the Launcher, is not.
func TestProgressStillOnItsWay(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	transport := wire.TransportBuiltin
	run := func(feed *wire.Feed, events ...Event) (*State, []Action) {
		s, _ := New(&wire.Job{Transport: transport, Slots: 1, Workers: []string{"a", "b"}, Feed: feed})
		s.Step(now, Reachable{Worker: 0})
		s.Step(now, Reachable{Worker: 1})
		s.Step(now, Started{})
		for _, e := range events {
			s.Step(now, e)
		}
		return s, s.Step(now, exit(0))
	}
	percent := 100
	s, acts := run(&wire.Feed{})
	if !slices.Contains(acts, Action(Ask{0, askNumber})) || slices.ContainsFunc(acts, finishes) {
		t.Errorf("at the end %+v", acts)
	}
	s.Step(now, Told{0, wire.ControlMessage{Kind: wire.ControlProgress, Progress: &wire.Progress{At: now, Percent: &percent}}})
	acts = s.Step(now, Told{0, wire.ControlMessage{Kind: wire.ControlBeat, Answer: askNumber}})
	if !slices.ContainsFunc(acts, finishes) || s.Report(now).Progress == nil {
		t.Errorf("after the answer %+v", acts)
	}
	if _, acts = run(nil); !slices.ContainsFunc(acts, finishes) {
		t.Errorf("of a job without a feed %+v", acts)
	}
	if _, acts = run(&wire.Feed{}, LocalProgress{wire.Progress{At: now, Percent: &percent}}); !slices.ContainsFunc(acts, finishes) {
		t.Errorf("of what the Launcher told %+v", acts)
	}
	transport = wire.TransportOwn
	if _, acts = run(&wire.Feed{}); !slices.ContainsFunc(acts, finishes) {
		t.Errorf("of a job with its own sshd %+v", acts)
	}
}

func finishes(a Action) bool {
	_, ok := a.(Finish)
	return ok
}
