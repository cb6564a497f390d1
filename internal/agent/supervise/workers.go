package supervise

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/jobfile"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// toldBy takes up what a Worker's agent tells. A new session repeats what was told before, so each
// fact may come twice.
func (s *State) toldBy(now time.Time, i int, m wire.ControlMessage) []Action {
	w := &s.workers[i]
	w.starts = max(w.starts, m.Starts)
	switch m.Kind {
	case wire.ControlHello:
		// The session checked it; what counts here is the number of starts, and what was told.
		s.progressOf(now, i, m.Progress)
	case wire.ControlBeat:
		if m.Answer == askNumber {
			return s.answered(now, i)
		}
	case wire.ControlRankStarted:
		if m.Rank != nil {
			w.ranks[m.Rank.Rank] = true
			w.pids[m.Rank.PID] = m.Rank.Rank
			s.world = max(s.world, m.Rank.World)
			return s.watchIdle()
		}
	case wire.ControlRankEnded:
		if m.Rank != nil {
			return s.rankEnded(now, i, *m.Rank)
		}
	case wire.ControlMemory:
		if m.Memory != nil {
			return s.outOfMemory(now, i, *m.Memory)
		}
	case wire.ControlShared:
		w.shared = m.Memory
	case wire.ControlProgress:
		s.progressOf(now, i, m.Progress)
	case wire.ControlStopping:
		w.stopping = true
	}
	return nil
}

func (s *State) rankEnded(now time.Time, i int, r wire.ControlRank) []Action {
	w := &s.workers[i]
	for _, e := range w.ended {
		if e.rank.PID == r.PID && e.rank.Rank == r.Rank {
			return nil
		}
	}
	echo := s.echo(now, r.Signal)
	w.ended = append(w.ended, endedRank{now, r})
	switch {
	case w.memory != nil && s.phase == steady && w.ended[len(w.ended)-1].mayBeMemory() && now.Sub(w.memory.at) < limits.MemoryNearRank:
		return s.settle(limits.SettleRank, fmt.Sprintf("%s, rank %d ended for lack of memory", jobfile.WorkerName(i), r.Rank))
	case r.Signal != "" && !echo:
		return s.settle(limits.SettleRank, fmt.Sprintf("%s, rank %d was killed by %s", jobfile.WorkerName(i), r.Rank, r.Signal))
	}
	return nil
}

// echo says whether a rank's end by a signal is how MPI implementations end a run, rather than news:
// SIGTERM at any time, and everything once mpirun has named the first rank to go, or one has just exited
// badly.
func (s *State) echo(now time.Time, signal string) bool {
	if signal == "SIGTERM" || s.phase > steady || s.firstFinding() != nil {
		return true
	}
	first := s.firstRank()
	return first != nil && now.Sub(first.At) < limits.SettleRank
}

func (s *State) outOfMemory(now time.Time, i int, m wire.MemoryState) []Action {
	w := &s.workers[i]
	if w.memory != nil && w.memory.state.Kills >= m.Kills {
		return nil
	}
	w.memory = &memoryKill{now, m}
	if rank, ok := w.endedNear(now); ok {
		return s.settle(limits.SettleRank, fmt.Sprintf("%s, rank %d ended for lack of memory", jobfile.WorkerName(i), rank))
	}
	// It may have been a helper that the program can do without.
	return []Action{Say{"the kernel killed a process on " + jobfile.WorkerName(i) + " for lack of memory"}}
}

// mayBeMemory says whether the rank can have been killed for lack of memory, for all that is known.
func (e endedRank) mayBeMemory() bool {
	return e.rank.Signal == "SIGKILL" || e.rank.Signal == "" && e.rank.ExitCode == nil
}

// Missing names the Workers that can't be reached, and why: "Worker 1 (no such host)".
func (s *State) Missing() string {
	const most = 5
	var names []string
	more := 0
	for i, w := range s.workers {
		switch {
		case w.state == wire.WorkerReachable:
		case len(names) == most:
			more++
		case w.message == "":
			names = append(names, jobfile.WorkerName(i)+" (connecting)")
		default:
			names = append(names, fmt.Sprintf("%s (%s)", jobfile.WorkerName(i), w.message))
		}
	}
	text := strings.Join(names, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// WaitingFor is the line that says what is waited for; empty when nothing is.
func (s *State) WaitingFor() string {
	if s.stage != wire.StageWaiting {
		return ""
	}
	missing := 0
	for _, w := range s.workers {
		if w.state != wire.WorkerReachable {
			missing++
		}
	}
	if missing == 0 {
		return ""
	}
	return fmt.Sprintf("waiting for %d of %d Workers: %s", missing, len(s.workers), s.Missing())
}

// Report is the state as the feed carries it.
func (s *State) Report(now time.Time) wire.Report {
	r := wire.Report{Version: wire.Version, At: now, Stage: s.stage, Workers: make([]wire.WorkerReport, len(s.workers))}
	whole := s.allRanksSeen()
	for i, w := range s.workers {
		r.Workers[i] = wire.WorkerReport{Index: i, State: w.state, Message: w.message}
		if whole {
			r.Workers[i].Ranks = slices.Sorted(maps.Keys(w.ranks))
		}
	}
	r.Failure = s.suspicion(now)
	r.Progress = s.progress.due(now, s.stage == wire.StageExited)
	return r
}

// allRanksSeen says whether every rank was seen somewhere. Ranks are looked for now and then, so that of a program that
// ends at once some aren't: where the others were would be taken for where all were. Without the number of all, as
// where only PMIx tells of a rank, what was seen counts as all.
func (s *State) allRanksSeen() bool {
	seen := maps.Clone(s.local.ranks)
	if seen == nil {
		seen = map[int]bool{}
	}
	for _, w := range s.workers {
		maps.Copy(seen, w.ranks)
	}
	return len(seen) >= s.world
}
