package supervise

import (
	"syscall"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/jobfile"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/mpirun"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// verdict is what the run failed of, nil for nothing. The first cause counts: what comes after it is
// most often its consequence.
func (s *State) verdict(now time.Time) *failure.Failure {
	if *s.exit == (procs.ExitStatus{}) && !s.killed {
		// A run that finished is never failed on a guess.
		return nil
	}
	if f := s.cause(); f != nil {
		return f
	}
	if f := s.startVerdict(now); f != nil {
		return f
	}
	if unseen := s.unseenRank(now); unseen != nil {
		return s.explain(unseen)
	}
	return s.explain(s.launcherVerdict(now))
}

// suspicion is what a run that can't recover will most likely be found to have failed of, once it has
// ended; nil while all is well.
func (s *State) suspicion(now time.Time) *failure.Failure {
	switch {
	case s.finished:
		return nil
	case s.phase == steady:
		return s.firstWord(now)
	default:
		return s.cause()
	}
}

// firstWord is about a rank that exited with a code other than 0: unless told otherwise, an MPI ends the run
// for that, but takes a second or more and only then says why. If the run goes on all the same, nothing is
// said of it any more.
func (s *State) firstWord(now time.Time) *failure.Failure {
	f := s.firstRank()
	if f == nil || f.ExitCode == nil || now.Sub(f.At) > limits.SettleRank || s.job.Transport != wire.TransportBuiltin {
		return nil
	}
	f = s.explain(f)
	f.Confidence = failure.Likely
	return f
}

// cause is the first cause that is known, nil for none.
func (s *State) cause() *failure.Failure {
	if s.order != nil {
		return s.order
	}
	rank := s.firstRank()
	if f := s.memoryVerdict(rank); f != nil {
		return f
	}
	lost, lostAt := s.firstLost()
	if lost != nil && (rank == nil || !rank.At.Before(lostAt) || rank.Where == lost.Where && rank.Signal == "SIGKILL") {
		return lost
	}
	if rank != nil {
		return s.explain(rank)
	}
	return nil
}

// firstRank is the first rank that ended badly, by mpirun's word or by what a Worker saw.
func (s *State) firstRank() *failure.Failure {
	if f := s.firstFinding(); f != nil {
		return f
	}
	var first *failure.Failure
	for i, w := range s.workers {
		for _, e := range w.ended {
			// SIGTERM is how the others are ended after the first.
			bad := e.rank.Signal != "" && e.rank.Signal != "SIGTERM" || e.rank.ExitCode != nil && *e.rank.ExitCode != 0
			if bad && (first == nil || e.at.Before(first.At)) {
				first = &failure.Failure{
					Reason: reasonOf(e.rank.Signal), Where: jobfile.WorkerName(i), Rank: &e.rank.Rank,
					ExitCode: e.rank.ExitCode, Signal: e.rank.Signal, At: e.at,
					Evidence: "the Worker's process list", Confidence: failure.Certain,
				}
			}
		}
	}
	return first
}

// unseenRank is the one rank that nobody saw of a run whose mpirun failed without naming one, as Open
// MPI 4 does now and then: all the others ran, and this one ended within milliseconds.
func (s *State) unseenRank(now time.Time) *failure.Failure {
	if s.exit.Code == 0 || s.killed || s.told != 0 || len(s.awaiting) > 0 {
		return nil
	}
	missing, count := 0, 0
	for rank := range s.world {
		if s.workerOfRank(rank) == jobfile.Nowhere {
			missing = rank
			count++
		}
	}
	if count != 1 || s.world == 1 {
		return nil
	}
	i := s.workerBySlots(missing)
	if i == jobfile.Nowhere {
		return nil
	}
	f := &failure.Failure{
		Where: jobfile.WorkerName(i), Rank: &missing, At: now,
		Evidence: "mpirun's exit status; the only rank that ended before anyone saw it", Confidence: failure.Likely,
	}
	code := s.exit.Code
	if code <= 128 {
		f.ExitCode = &code
	} else if f.Signal = procs.SignalName(syscall.Signal(code - 128)); f.Signal == "" {
		f.ExitCode = &code
	}
	f.Reason = reasonOf(f.Signal)
	return f
}

// firstFinding is the first rank that mpirun named, with what it said about the same one later.
func (s *State) firstFinding() *failure.Failure {
	var first *failure.Failure
	var named mpirun.Finding
	for _, f := range s.findings {
		if f.Kind != mpirun.RankEnded && f.Kind != mpirun.NoCommand {
			continue
		}
		if first != nil && (f.Kind != named.Kind || f.PID != named.PID || f.Host != named.Host || f.PID == 0) {
			continue
		}
		first, named = s.ofFinding(f), f.Finding
	}
	return first
}

func reasonOf(signal string) failure.Reason {
	if signal != "" {
		return failure.RankKilledBySignal
	}
	return failure.RankExited
}

func (s *State) ofFinding(f finding) *failure.Failure {
	out := &failure.Failure{
		Reason: reasonOf(f.Signal), Rank: f.Rank, ExitCode: f.ExitCode, Signal: f.Signal, At: f.at,
		Evidence: "mpirun's message", Confidence: failure.Certain,
	}
	i := jobfile.Nowhere
	if f.Host != "" {
		i = jobfile.WorkerOf(s.job, f.Host)
		if i == jobfile.Nowhere && jobfile.IsLauncher(s.job, f.Host) {
			out.Where = "Launcher"
		}
	}
	if i == jobfile.Nowhere && f.Rank != nil && out.Where == "" {
		if i = s.workerOfRank(*f.Rank); i == jobfile.Nowhere {
			// It was gone before anyone saw it.
			if i = s.workerBySlots(*f.Rank); i != jobfile.Nowhere {
				out.Evidence, out.Confidence = "mpirun's message; the Worker by the order of the other ranks", failure.Likely
			}
		}
	}
	if i != jobfile.Nowhere {
		out.Where = jobfile.WorkerName(i)
		if out.Rank == nil {
			if rank, ok := s.workers[i].pids[f.PID]; ok {
				out.Rank = &rank
			}
		}
	}
	if f.Kind == mpirun.NoCommand {
		out.Reason, out.Rank = failure.ContainerCommandNotFound, nil
		out.Detail = f.Program
		if f.NotExecutable {
			out.Detail = failure.NotExecutable(f.Program)
			out.Evidence, out.Confidence = out.Evidence+"; the file as the Launcher has it", failure.Likely
		}
	}
	return out
}

// workerOfRank is where a rank was seen.
func (s *State) workerOfRank(rank int) int {
	for i, w := range s.workers {
		if w.ranks[rank] {
			return i
		}
	}
	return jobfile.Nowhere
}

// workerBySlots is where a rank must have been if ranks fill the Workers' slots in order, as they do
// unless mpirun is told otherwise. Ranks that were seen elsewhere than that order says refute it.
func (s *State) workerBySlots(rank int) int {
	slots := max(s.job.Slots, 1)
	seen := 0
	for i, w := range s.workers {
		for r := range w.ranks {
			if seen++; r/slots != i {
				return jobfile.Nowhere
			}
		}
	}
	if i := rank / slots; seen > 0 && i < len(s.workers) && !s.job.LauncherIsWorker {
		return i
	}
	return jobfile.Nowhere
}

// memoryVerdict is about a rank that the kernel killed for lack of memory: on a Worker whose counter
// rose, a rank ended near that time, or mpirun says that one was killed there.
func (s *State) memoryVerdict(rank *failure.Failure) *failure.Failure {
	for i, w := range s.workers {
		if w.memory == nil {
			continue
		}
		f := &failure.Failure{
			Reason: failure.RankOOMKilled, Where: jobfile.WorkerName(i), Signal: "SIGKILL",
			Limit: w.memory.state.Limit, Peak: w.memory.state.Peak, At: w.memory.at,
			Evidence: "the Worker's memory cgroup", Confidence: failure.Certain,
		}
		if rank != nil && rank.Signal == "SIGKILL" && (rank.Where == f.Where || rank.Where == "") {
			f.Rank = rank.Rank
			return f
		}
		// mpirun named no other rank as the first to go, or one that can't tell.
		if rank == nil || rank.Where == f.Where && rank.At.After(w.memory.at) {
			if r, near := w.endedNear(w.memory.at); near {
				f.Rank = &r
				return f
			}
			if w.lost != nil {
				// The kernel took the whole container, as it does with cgroup v2.
				f.Reason, f.Confidence = failure.WorkerOOMKilled, failure.Likely
				return f
			}
		}
	}
	if s.memory != nil && rank == nil && s.exit != nil && s.exit.Signal == syscall.SIGKILL {
		return &failure.Failure{
			Reason: failure.LauncherExited, Where: "Launcher", Signal: "SIGKILL",
			Limit: s.memory.state.Limit, Peak: s.memory.state.Peak, At: s.memory.at,
			Detail:   "the kernel killed it for lack of memory; give the Launcher more",
			Evidence: "the Launcher's memory cgroup", Confidence: failure.Certain,
		}
	}
	return nil
}

// endedNear is the rank that the kernel killed at that time. Others often end with it, or are killed
// before the first one's memory is free again: the largest is the one to name.
func (w *worker) endedNear(at time.Time) (rank int, ok bool) {
	most := int64(-1)
	for _, e := range w.ended {
		if d := e.at.Sub(at); d > -limits.MemoryNearRank && d < limits.MemoryNearRank && e.mayBeMemory() && e.rank.Memory > most {
			rank, ok, most = e.rank.Rank, true, e.rank.Memory
		}
	}
	return rank, ok
}

func (s *State) firstLost() (f *failure.Failure, at time.Time) {
	for i, w := range s.workers {
		if w.lost == nil || f != nil && !w.lost.at.Before(at) {
			continue
		}
		at = w.lost.at
		f = &failure.Failure{
			Reason: failure.WorkerLost, Where: jobfile.WorkerName(i), At: at, Detail: w.lost.why,
			Evidence: "control session", Confidence: failure.Certain,
		}
		switch w.lost.how {
		case Gone:
		case Silent:
			f.Reason, f.Confidence = failure.NodeLost, failure.Likely
		case Starved:
			f.Reason, f.Confidence = failure.WorkerStarved, failure.Likely
		}
		if w.stopping {
			f.Detail = "its container was told to stop, so its pod was deleted or evicted"
		}
	}
	if f != nil || s.job.Transport == wire.TransportBuiltin {
		return f, at
	}
	// Without an agent there, mpirun's word is all there is. Open MPI 5 also calls a daemon lost that its
	// ssh couldn't start.
	unanswered := map[int]finding{}
	for _, x := range s.findings {
		if x.Kind == mpirun.ShellRefused {
			return nil, at
		}
		i := jobfile.WorkerOf(s.job, x.Host)
		if x.Kind == mpirun.ShellUnanswered {
			unanswered[i] = x
		}
		if x.Kind != mpirun.DaemonLost || i == jobfile.Nowhere {
			continue
		}
		f := &failure.Failure{
			Reason: failure.WorkerLost, Where: jobfile.WorkerName(i), At: x.at, Detail: "mpirun lost its daemon there",
			Evidence: "mpirun's message", Confidence: failure.Likely,
		}
		if ssh, ok := unanswered[i]; ok && x.at.Sub(ssh.at) <= limits.DaemonStart {
			f.Detail = "mpirun couldn't start its daemon there: " + ssh.Text
			f.Evidence = "the messages of ssh and mpirun"
		}
		return f, x.at
	}
	return nil, at
}

func (s *State) launcherVerdict(now time.Time) *failure.Failure {
	f := &failure.Failure{Reason: failure.LauncherExited, Where: "Launcher", At: now, Evidence: "exit status", Confidence: failure.Certain}
	if s.exit.Signal != 0 {
		f.Signal = procs.SignalName(s.exit.Signal)
	} else {
		code := s.exit.Code
		f.ExitCode = &code
	}
	if s.told != 0 {
		f.Detail = "it was told to stop by " + procs.SignalName(s.told)
	}
	return f
}
