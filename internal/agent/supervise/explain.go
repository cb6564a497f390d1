package supervise

import (
	"github.com/opendatahub-io/mpijob/internal/agent/jobfile"
	"github.com/opendatahub-io/mpijob/internal/agent/mpirun"
	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// explain says what lies behind the end of a rank or of the program, where something else tells: a
// full /dev/shm, or a library's message that it finds no GPU.
func (s *State) explain(f *failure.Failure) *failure.Failure {
	if s.told != 0 {
		return f // it ended because it was told to, whatever it said before
	}
	switch f.Reason {
	case failure.RankExited, failure.RankKilledBySignal, failure.LauncherExited:
	default:
		return f
	}
	said := s.clue(mpirun.SharedMemoryFull, f)
	if shared := s.sharedFull(f.Where); f.Signal == "SIGBUS" && shared != nil || said != "" {
		f.Reason, f.Evidence, f.Confidence = failure.SharedMemoryTooSmall, "the library's message", failure.Likely
		if shared != nil {
			f.Limit, f.Peak = shared.Limit, shared.Peak
			f.Evidence, f.Confidence = "use of /dev/shm", failure.Certain
		}
		f.Detail = said
		return f
	}
	if said := s.clue(mpirun.NoGPU, f); said != "" {
		f.Reason, f.Detail, f.Evidence, f.Confidence = failure.GPUNotVisible, said, "the library's message", failure.Likely
	}
	return f
}

// clue is the first line of that kind that can be about the failure: of its rank, or of no rank that
// the line says.
func (s *State) clue(kind mpirun.Kind, f *failure.Failure) string {
	for _, x := range s.findings {
		if x.Kind == kind && (x.Rank == nil || f.Rank == nil || *x.Rank == *f.Rank) {
			return x.Text
		}
	}
	return ""
}

// sharedFull is the /dev/shm of the Worker it happened on, where that was nearly full; of any Worker
// where the place isn't known.
func (s *State) sharedFull(where string) *wire.MemoryState {
	for i, w := range s.workers {
		if w.shared != nil && (where == jobfile.WorkerName(i) || where == "" || where == "Launcher") {
			return w.shared
		}
	}
	return nil
}
