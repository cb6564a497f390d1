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

func finishes(a Action) bool {
	_, ok := a.(Finish)
	return ok
}
