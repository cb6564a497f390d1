package supervise

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/mpirun"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// at is an event, so many seconds after the start.
type at struct {
	seconds float64
	event   Event
}

func ptr[T any](v T) *T { return &v }

func rankStarted(worker, rank, pid int) Event {
	return Told{worker, wire.ControlMessage{Kind: wire.ControlRankStarted, Starts: 1, Rank: &wire.ControlRank{Rank: rank, PID: pid, World: 4}}}
}

func rankEnded(worker, rank, pid int, signal string) Event {
	return Told{worker, wire.ControlMessage{Kind: wire.ControlRankEnded, Rank: &wire.ControlRank{Rank: rank, PID: pid, Signal: signal}}}
}

// grown is the end of a rank that nobody saw the status of, and that had so much memory.
func grown(worker, rank, pid int, memory int64) Event {
	return Told{worker, wire.ControlMessage{Kind: wire.ControlRankEnded, Rank: &wire.ControlRank{Rank: rank, PID: pid, Memory: memory}}}
}

func outOfMemory(worker int) Event {
	return Told{worker, wire.ControlMessage{Kind: wire.ControlMemory, Memory: &wire.MemoryState{Kills: 1, Limit: 512 << 20}}}
}

func sharedFull(worker int) Event {
	return Told{worker, wire.ControlMessage{Kind: wire.ControlShared, Memory: &wire.MemoryState{Limit: 64 << 20, Peak: 64 << 20}}}
}

func answer(worker int) Event {
	return Told{worker, wire.ControlMessage{Kind: wire.ControlBeat, Answer: askNumber}}
}

func said(f mpirun.Finding) Event { return Said{f} }

func exit(code int) Event { return Exited{procs.ExitStatus{Code: code}} }

var (
	killedByAgent = Exited{procs.ExitStatus{Signal: syscall.SIGTERM}}
	rank3Exits    = said(mpirun.Finding{Kind: mpirun.RankEnded, Rank: ptr(3), ExitCode: ptr(3)})
)

// play feeds events to a new state; it returns the Finish, which must be the last action there is.
func play(t *testing.T, job wire.Job, events []at) *Finish {
	t.Helper()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s, actions := New(&job)
	for _, e := range events {
		for _, a := range actions {
			if f, ok := a.(Finish); ok {
				return &f
			}
		}
		actions = s.Step(start.Add(time.Duration(e.seconds*float64(time.Second))), e.event)
	}
	for _, a := range actions {
		if f, ok := a.(Finish); ok {
			return &f
		}
	}
	return nil
}

// TestActions looks at what is done on the way.
func TestActions(t *testing.T) {
	job := wire.Job{Transport: wire.TransportBuiltin, Slots: 2, WaitSeconds: 60, Workers: []string{"w-0", "w-1"}}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s, first := New(&job)
	if diff := cmp.Diff([]Action{Arm{TimerWait, time.Minute}}, first); diff != "" {
		t.Error(diff)
	}
	for _, step := range []struct {
		event Event
		want  []Action
	}{
		{Waiting{1, "no such host"}, nil},
		{Reachable{Worker: 0}, nil},
		{Waiting{0, "connection refused"}, nil},
		{Reachable{Worker: 1}, nil},
		{Reachable{Worker: 0}, []Action{Run{}}},
		{Started{}, nil},
		{Fired{TimerWait}, nil},
		{rankStarted(0, 0, 10), []Action{Arm{TimerIdle, limits.IdleWorkers}}},
		{rankStarted(0, 0, 10), nil},
		{Fired{TimerIdle}, []Action{Say{"warning: no rank was started on Worker 1; mpirun's -np and host options decide that"}}},
		{Signalled{syscall.SIGUSR1}, []Action{Forward{syscall.SIGUSR1}}},
		{rankEnded(0, 0, 10, "SIGTERM"), nil},
		{rankEnded(0, 1, 11, ""), nil},
		{outOfMemory(0), []Action{Say{"Worker 0, rank 1 ended for lack of memory"}, Arm{TimerSettle, limits.SettleRank}}},
		{Lost{1, "closed", Gone}, []Action{Say{"Worker 1 is lost: closed"}, Arm{TimerSettle, limits.Settle}}},
		{Lost{1, "closed", Gone}, nil},
		{Fired{TimerSettle}, []Action{Say{"the program didn't end by itself and is stopped"}, Kill{syscall.SIGTERM}, Arm{TimerKill, limits.StopTree}}},
		{Fired{TimerSettle}, nil},
		{Fired{TimerKill}, []Action{Kill{syscall.SIGKILL}}},
		{exit(1), []Action{Arm{TimerPostMortem, limits.PostMortem}, Ask{0, askNumber}}},
	} {
		if diff := cmp.Diff(step.want, s.Step(now, step.event)); diff != "" {
			t.Errorf("%#v: (-want +got)\n%s", step.event, diff)
		}
	}
}

// TestSuspicion: the cause is known to the controller before the run has ended.
func TestSuspicion(t *testing.T) {
	job := wire.Job{Transport: wire.TransportBuiltin, Slots: 2, Workers: []string{"w-0", "w-1"}}
	s, _ := New(&job)
	for _, e := range []Event{Reachable{Worker: 0}, Reachable{Worker: 1}, Started{}, rankStarted(1, 3, 10)} {
		s.Step(time.Time{}, e)
	}
	if f := s.Report(time.Time{}).Failure; f != nil {
		t.Errorf("all is well, but: %s", f.Sentence())
	}
	s.Step(time.Time{}, Lost{1, "its container ended", Gone})
	if f := s.Report(time.Time{}).Failure; f == nil || f.Sentence() != "Worker 1: lost: its container ended" {
		t.Errorf("a Worker is lost, but: %+v", f)
	}
}

// TestFirstWord: a rank's exit is told before mpirun says why it ends the run, and not for ever where it
// doesn't end; what the others are ended by is no news.
func TestFirstWord(t *testing.T) {
	job := wire.Job{Transport: wire.TransportBuiltin, Slots: 2, Workers: []string{"w-0", "w-1"}}
	ended := func(worker, rank, pid, code int) Event {
		return Told{worker, wire.ControlMessage{Kind: wire.ControlRankEnded, Rank: &wire.ControlRank{Rank: rank, PID: pid, ExitCode: &code}}}
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	begin := func() *State {
		s, _ := New(&job)
		for _, e := range []Event{Reachable{Worker: 0}, Reachable{Worker: 1}, Started{}, rankStarted(0, 0, 10), rankStarted(1, 3, 11)} {
			s.Step(start, e)
		}
		return s
	}
	s := begin()
	if s.Step(start, ended(0, 0, 10, 0)); s.Report(start).Failure != nil {
		t.Errorf("a rank that ended well is %+v", s.Report(start).Failure)
	}
	s.Step(start, ended(1, 3, 11, 3))
	f := s.Report(start).Failure
	if f == nil || f.Sentence() != "Worker 1, rank 3: exited with code 3" || f.Confidence != failure.Likely {
		t.Fatalf("a rank exited, but: %+v", f)
	}
	if f := s.Report(start.Add(limits.SettleRank + time.Second)).Failure; f != nil {
		t.Errorf("the run goes on, yet it fails of: %s", f.Sentence())
	}

	s = begin()
	s.Step(start, ended(1, 3, 11, 3))
	if acts := s.Step(start.Add(time.Second), rankEnded(0, 0, 10, "SIGKILL")); len(acts) > 0 {
		t.Errorf("mpirun ended the others, and that is news: %v", acts)
	}
	if f := s.Report(start.Add(time.Second)).Failure; f == nil || *f.Rank != 3 {
		t.Errorf("rank 3 was the first to go, but: %+v", f)
	}
}

// TestGrace: at the time limit ranks are told before mpirun is, where there is someone to tell them.
func TestGrace(t *testing.T) {
	job := wire.Job{Transport: wire.TransportBuiltin, Slots: 2, Workers: []string{"w-0"}, GraceSeconds: 30}
	own := job
	own.Transport = wire.TransportOwn
	hasty := job
	hasty.GraceSeconds = 0
	order := Ordered{failure.Failure{Reason: failure.TimeoutReached, Detail: "24h"}}
	deadline := Ordered{failure.Failure{Reason: failure.DeadlineExceeded, Detail: "60 s"}}
	const asked = "the controller asked to stop: "
	stop := []Action{Kill{syscall.SIGTERM}, Arm{TimerKill, limits.StopTree}}
	for _, tc := range []struct {
		name  string
		job   wire.Job
		order Ordered
		want  []Action
	}{
		{"time limit", job, order, []Action{Say{asked + "the job reached its time limit: 24h; its ranks get SIGTERM and 30s to end"},
			TerminateRanks{}, Arm{TimerGrace, 30 * time.Second}}},
		{"another reason", job, deadline, append(stop[:2:2], Say{asked + "the job was active longer than its deadline: 60 s"})},
		{"nobody to tell the ranks", own, order, append(stop[:2:2], Say{asked + "the job reached its time limit: 24h"})},
		{"no grace", hasty, order, append(stop[:2:2], Say{asked + "the job reached its time limit: 24h"})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, _ := New(&tc.job)
			s.Step(time.Time{}, Reachable{Worker: 0})
			s.Step(time.Time{}, Started{})
			if diff := cmp.Diff(tc.want, s.Step(time.Time{}, tc.order)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			// What the ranks' end brings doesn't cut the grace short.
			if got := s.Step(time.Time{}, Lost{0, "closed", Gone}); slices.ContainsFunc(got, func(a Action) bool { _, arms := a.(Arm); return arms }) {
				t.Errorf("a lost Worker ends the run early: %v", got)
			}
			over := s.Step(time.Time{}, Fired{TimerGrace})
			if ended := slices.Contains(over, Action(Kill{syscall.SIGTERM})); ended != (len(tc.want) == 3 && tc.want[1] == Action(TerminateRanks{})) {
				t.Errorf("after the grace: %v", over)
			}
		})
	}
}

func TestLocalRanks(t *testing.T) {
	job := wire.Job{Transport: wire.TransportBuiltin, Slots: 2, Workers: []string{"w-0", "w-1"}}
	asWorker := job
	asWorker.LauncherIsWorker = true
	local := func(world, n int) Event {
		var e LocalRanks
		for r := range n {
			e.Started = append(e.Started, wire.ControlRank{Rank: r, PID: 100 + r, World: world})
		}
		return e
	}
	for _, tc := range []struct {
		name    string
		job     wire.Job
		events  []Event
		aborted bool
		warned  bool
	}{
		{name: "all four", job: job, events: []Event{local(4, 4), Fired{TimerLocalRanks}}, aborted: true},
		{name: "as many as one Worker holds may be meant so", job: job, events: []Event{local(2, 2), Fired{TimerLocalRanks}, exit(0)}, warned: true},
		{name: "one rank is a tool", job: job, events: []Event{local(1, 1), Fired{TimerLocalRanks}, exit(0)}},
		{name: "not all seen here", job: job, events: []Event{local(4, 3), Fired{TimerLocalRanks}, exit(0)}, warned: true},
		{name: "a remote start", job: job, events: []Event{Told{0, wire.ControlMessage{Kind: wire.ControlBeat, Starts: 1}}, local(4, 4), Fired{TimerLocalRanks}, exit(0)}},
		{name: "the Launcher is a Worker", job: asWorker, events: []Event{local(4, 4), Fired{TimerLocalRanks}, exit(0)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, _ := New(&tc.job)
			events := append([]Event{Reachable{Worker: 0}, Reachable{Worker: 1}, Started{}}, tc.events...)
			var aborted, warned bool
			for _, e := range events {
				for _, a := range s.Step(time.Time{}, e) {
					switch a := a.(type) {
					case Kill:
						aborted = true
					case Say:
						warned = warned || strings.HasPrefix(a.Text, "warning")
					}
				}
			}
			if aborted != tc.aborted || warned != tc.warned {
				t.Errorf("aborted %v, warned %v; want %v, %v", aborted, warned, tc.aborted, tc.warned)
			}
		})
	}
}

func TestWaitingFor(t *testing.T) {
	job := wire.Job{Transport: wire.TransportBuiltin, Workers: make([]string, 8)}
	s, _ := New(&job)
	s.Step(time.Time{}, Reachable{Worker: 0})
	s.Step(time.Time{}, Waiting{1, "no such host"})
	want := "waiting for 7 of 8 Workers: Worker 1 (no such host), Worker 2 (connecting), Worker 3 (connecting), Worker 4 (connecting), Worker 5 (connecting) and 2 more"
	if got := s.WaitingFor(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Which ranks ran where is told of all of them, or of none: of a program that ends at once some are never seen.
func TestRanksAreToldWhole(t *testing.T) {
	start := []Event{Reachable{Worker: 0}, Reachable{Worker: 1}, Started{}}
	ranksOf := func(s *State) (out [][]int) {
		for _, w := range s.Report(time.Time{}).Workers {
			out = append(out, w.Ranks)
		}
		return out
	}
	for _, tt := range []struct {
		name   string
		events []Event
		want   [][]int
	}{
		{"none was seen", nil, [][]int{nil, nil}},
		{"some were seen", []Event{rankStarted(0, 0, 10), rankStarted(0, 1, 11), rankStarted(1, 2, 10)}, [][]int{nil, nil}},
		{"all were", []Event{rankStarted(0, 0, 10), rankStarted(0, 1, 11), rankStarted(1, 2, 10), rankStarted(1, 3, 11)}, [][]int{{0, 1}, {2, 3}}},
		{"one twice", []Event{rankStarted(0, 0, 10), rankStarted(0, 0, 20), rankStarted(1, 2, 10), rankStarted(1, 3, 11)}, [][]int{nil, nil}},
		{"some in the Launcher", []Event{LocalRanks{Started: []wire.ControlRank{{Rank: 0, PID: 1, World: 4}, {Rank: 1, PID: 2, World: 4}}}, rankStarted(0, 2, 10), rankStarted(1, 3, 10)}, [][]int{{2}, {3}}},
		{"of how many isn't known", []Event{Told{1, wire.ControlMessage{Kind: wire.ControlRankStarted, Rank: &wire.ControlRank{Rank: 7, PID: 1}}}}, [][]int{nil, {7}}},
	} {
		s, _ := New(&wire.Job{Transport: wire.TransportBuiltin, Slots: 2, Workers: []string{"w-0", "w-1"}})
		for _, e := range slices.Concat(start, tt.events) {
			s.Step(time.Time{}, e)
		}
		if d := cmp.Diff(tt.want, ranksOf(s)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}
