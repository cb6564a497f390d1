package supervise

import (
	"fmt"
	"slices"
	"syscall"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/jobfile"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

func (s *State) signalled(now time.Time, sig syscall.Signal) []Action {
	if s.told == 0 && slices.Contains([]syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT}, sig) {
		s.told = sig
		if s.stage == wire.StageWaiting {
			return s.finish(128+int(sig), &failure.Failure{
				Reason: failure.LauncherExited, Where: "Launcher", Signal: procs.SignalName(sig), At: now,
				Detail: "it was told to stop while it waited for Workers", Evidence: "signal", Confidence: failure.Certain,
			})
		}
	}
	return []Action{Forward{sig}}
}

// ordered ends the run since the controller asks for it. At the job's time limit the ranks are told
// first and mpirun isn't, which would kill them a second later: so a program can save what it has done.
func (s *State) ordered(f failure.Failure) []Action {
	if s.order != nil || s.exit != nil {
		return nil
	}
	s.order = &f
	if s.stage == wire.StageWaiting {
		return s.finish(wire.ExitInfrastructure, s.order)
	}
	say := "the controller asked to stop: " + f.Sentence()
	grace := time.Duration(s.job.GraceSeconds) * time.Second
	if f.Reason != failure.TimeoutReached || grace <= 0 || s.job.Transport != wire.TransportBuiltin || s.phase > settling {
		return append(s.terminate(), Say{say})
	}
	s.phase, s.killed = leaving, true
	return []Action{Say{fmt.Sprintf("%s; its ranks get SIGTERM and %v to end", say, grace)}, TerminateRanks{}, Arm{TimerGrace, grace}}
}

func (s *State) exited(now time.Time, status procs.ExitStatus) []Action {
	s.exit = &status
	s.stage = wire.StageExited
	if i := s.teller(); status == (procs.ExitStatus{}) && i != jobfile.Nowhere && s.workers[i].state == wire.WorkerReachable {
		// The last of it may still be on its way.
		s.awaiting = map[int]bool{i: true}
		return []Action{Arm{TimerPostMortem, limits.ProgressLast}, Ask{i, askNumber}}
	}
	if status == (procs.ExitStatus{}) || s.order != nil || s.job.Transport != wire.TransportBuiltin || s.told != 0 {
		return s.conclude(now)
	}
	// Before judging a failed run, hear what the Workers know: the end of mpirun often comes first.
	s.awaiting = map[int]bool{}
	acts := []Action{Arm{TimerPostMortem, limits.PostMortem}}
	for i, w := range s.workers {
		if w.lost == nil {
			s.awaiting[i] = true
			acts = append(acts, Ask{i, askNumber})
		}
	}
	if len(s.awaiting) == 0 {
		return s.conclude(now)
	}
	return acts
}

// teller is the Worker whose programs told progress last. Of a run so short that all of it may still be on its way, it
// is the first one, where rank 0 is as a rule. An image's own sshd can't be asked.
func (s *State) teller() int {
	if s.progress.newest == nil && s.job.Feed != nil && s.job.Transport == wire.TransportBuiltin && len(s.workers) > 0 {
		return 0
	}
	return s.progress.from
}

// answered ends the wait for news of a Worker.
func (s *State) answered(now time.Time, i int) []Action {
	if !s.awaiting[i] {
		return nil
	}
	delete(s.awaiting, i)
	if len(s.awaiting) > 0 {
		return nil
	}
	return s.conclude(now)
}

// conclude ends the agent with the verdict.
func (s *State) conclude(now time.Time) []Action {
	f := s.verdict(now)
	code := s.exit.Shell()
	switch {
	case f == nil:
		return append(s.lastWarnings(), s.finish(0, nil)...)
	case f.Reason.Final():
		// The code that keeps the Job controller from trying again.
		code = wire.ExitInfrastructure
	case code == 0:
		code = 1
	}
	return s.finish(code, f)
}

func (s *State) finish(code int, f *failure.Failure) []Action {
	s.finished = true
	s.stage = wire.StageExited
	return []Action{Finish{code, f}}
}

func (s *State) waitedTooLong(now time.Time) *failure.Failure {
	f := &failure.Failure{
		Reason: failure.LauncherTimeoutWaitingForWorkers, At: now,
		Detail:   s.Missing(),
		Evidence: fmt.Sprintf("connecting for %v", s.waitLimit()), Confidence: failure.Certain,
	}
	return f
}

func (s *State) waitLimit() time.Duration {
	if s.job.WaitSeconds == 0 {
		return limits.WaitDefault
	}
	return time.Duration(s.job.WaitSeconds) * time.Second
}
