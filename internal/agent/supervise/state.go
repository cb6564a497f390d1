package supervise

import (
	"syscall"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/jobfile"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// State is all the agent knows about the run.
type State struct {
	job     *wire.Job
	stage   wire.Stage
	phase   phase
	workers []worker
	// world is how many ranks the program has, by what the ranks were told; 0: unknown.
	world int
	// began is when the command started.
	began time.Time

	// order is a failure decided elsewhere or by a rule, which nothing overrides.
	order    *failure.Failure
	findings []finding
	kept     map[kept]int // how many of each
	exit     *procs.ExitStatus
	told     syscall.Signal // the first signal the agent got that asks to end
	killed   bool           // the agent itself ended the run
	memory   *memoryKill    // in the Launcher

	awaiting map[int]bool // Workers asked for news after the command failed
	local    localRanks
	idle     bool // TimerIdle is armed or has fired
	mismatch *Mismatch
	progress progress
	finished bool
}

// phase is how far the end of the run has come.
type phase int

const (
	steady phase = iota
	settling
	leaving
	terminating
	killing
)

type worker struct {
	state    wire.WorkerState
	message  string
	refused  string // what its sshd says against a login
	ranks    map[int]bool
	pids     map[int]int // PID → rank
	starts   int
	stopping bool
	lost     *lostWorker
	memory   *memoryKill
	shared   *wire.MemoryState // /dev/shm at its fullest, where it was nearly full
	ended    []endedRank
	progress time.Time // of the last it told, by its own clock
}

type lostWorker struct {
	at  time.Time
	why string
	how Loss
}

type memoryKill struct {
	at    time.Time
	state wire.MemoryState
}

type endedRank struct {
	at   time.Time
	rank wire.ControlRank
}

// askNumber numbers the one round of asks there is.
const askNumber = 1

// New returns the state of a run that is to begin, and the first actions.
func New(job *wire.Job) (*State, []Action) {
	s := &State{job: job, stage: wire.StageWaiting, workers: make([]worker, len(job.Workers)), kept: map[kept]int{}}
	s.progress.from = jobfile.Nowhere
	for i := range s.workers {
		s.workers[i] = worker{state: wire.WorkerWaiting, ranks: map[int]bool{}, pids: map[int]int{}}
	}
	wait := time.Duration(job.WaitSeconds) * time.Second
	if wait == 0 {
		wait = limits.WaitDefault
	}
	return s, append(s.runWhenReady(), Arm{TimerWait, wait})
}

// Step takes an event and returns what to do about it. Nothing is done after a Finish.
func (s *State) Step(now time.Time, e Event) []Action {
	if s.finished {
		return nil
	}
	switch e := e.(type) {
	case Waiting:
		return s.waiting(e)
	case Reachable:
		return s.reachable(e.Worker, e.Refused)
	case Lost:
		return s.lost(now, e)
	case Told:
		return s.toldBy(now, e.Worker, e.Message)
	case LocalRanks:
		return s.localRanks(e)
	case LocalMemory:
		s.memory = &memoryKill{now, e.State}
		return []Action{Say{"the kernel killed a process in the Launcher for lack of memory"}}
	case LocalProgress:
		s.progress.take(now, e.Progress, jobfile.Nowhere)
	case Said:
		s.found(finding{now, e.Finding})
		return nil
	case Started:
		s.stage, s.began = wire.StageRunning, now
		return s.mismatched(e.Mismatch)
	case NotStarted:
		return s.finish(e.Code, &failure.Failure{
			Reason: failure.ContainerCommandNotFound, Where: "Launcher", ExitCode: &e.Code, Detail: e.Why,
			At: now, Evidence: "starting the command", Confidence: failure.Certain,
		})
	case Exited:
		return s.exited(now, e.Status)
	case Signalled:
		return s.signalled(now, e.Signal)
	case Ordered:
		return s.ordered(e.Failure)
	case Fired:
		return s.fired(now, e.Timer)
	}
	return nil
}

func (s *State) waiting(e Waiting) []Action {
	w := &s.workers[e.Worker]
	if w.lost != nil {
		return nil
	}
	touched := w.state == wire.WorkerReachable && s.stage == wire.StageRunning
	w.state, w.message = wire.WorkerWaiting, e.Why
	if !touched {
		return nil
	}
	return []Action{Say{"lost touch with " + jobfile.WorkerName(e.Worker) + ": " + e.Why}}
}

func (s *State) reachable(i int, refused string) []Action {
	w := &s.workers[i]
	if w.lost != nil {
		return nil
	}
	back := w.state == wire.WorkerWaiting && s.stage == wire.StageRunning
	w.state, w.message, w.refused = wire.WorkerReachable, "", refused
	if s.awaiting[i] {
		return []Action{Ask{i, askNumber}}
	}
	if back {
		return []Action{Say{jobfile.WorkerName(i) + " answers again"}}
	}
	return s.runWhenReady()
}

func (s *State) runWhenReady() []Action {
	if s.stage != wire.StageWaiting || !s.began.IsZero() {
		return nil
	}
	for _, w := range s.workers {
		if w.state != wire.WorkerReachable {
			return nil
		}
	}
	// Started follows; until then nothing may start it twice.
	s.stage = wire.StageRunning
	return []Action{Run{}}
}

func (s *State) lost(now time.Time, e Lost) []Action {
	w := &s.workers[e.Worker]
	if w.lost != nil {
		return nil
	}
	w.state, w.message, w.lost = wire.WorkerLost, e.Why, &lostWorker{now, e.Why, e.How}
	acts := s.settle(limits.Settle, jobfile.WorkerName(e.Worker)+" is lost: "+e.Why)
	return append(acts, s.answered(now, e.Worker)...)
}

// settle gives the run a moment to end by itself.
func (s *State) settle(d time.Duration, why string) []Action {
	acts := []Action{Say{why}}
	if s.exit != nil || s.phase > settling {
		return acts
	}
	s.phase = settling
	return append(acts, Arm{TimerSettle, d})
}

func (s *State) terminate() []Action {
	if s.exit != nil || s.phase >= terminating {
		return nil
	}
	s.phase, s.killed = terminating, true
	return []Action{Kill{syscall.SIGTERM}, Arm{TimerKill, limits.StopTree}}
}

func (s *State) fired(now time.Time, t Timer) []Action {
	switch t {
	case TimerWait:
		if s.stage == wire.StageWaiting {
			return s.finish(wire.ExitInfrastructure, s.waitedTooLong(now))
		}
	case TimerSettle:
		if f := s.cause(); s.phase == settling && s.job.KeepSeconds > 0 && f != nil {
			// What hangs is what someone wants to look at.
			return append([]Action{Say{"the program didn't end by itself and is kept"}}, s.finish(wire.ExitInfrastructure, f)...)
		}
		if s.phase == settling {
			return append([]Action{Say{"the program didn't end by itself and is stopped"}}, s.terminate()...)
		}
	case TimerGrace:
		if s.phase == leaving {
			return append([]Action{Say{"the ranks didn't end within their grace period and are stopped"}}, s.terminate()...)
		}
	case TimerKill:
		if s.exit == nil && s.phase == terminating {
			s.phase = killing
			return []Action{Kill{syscall.SIGKILL}}
		}
	case TimerPostMortem:
		if s.exit != nil {
			return s.conclude(now)
		}
	case TimerLocalRanks:
		return s.judgeLocalRanks(now)
	case TimerIdle:
		return s.warnIdle()
	}
	return nil
}
