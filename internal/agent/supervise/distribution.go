package supervise

import (
	"fmt"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/jobfile"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// localRanks is what is known about ranks in the Launcher itself.
type localRanks struct {
	alive map[int]wire.ControlRank // by PID
	ranks map[int]bool             // seen there
	seen  bool
	armed bool
}

func (s *State) localRanks(e LocalRanks) []Action {
	if s.local.alive == nil {
		s.local.alive, s.local.ranks = map[int]wire.ControlRank{}, map[int]bool{}
	}
	for _, r := range e.Started {
		s.local.alive[r.PID], s.local.ranks[r.Rank] = r, true
		s.local.seen = s.local.seen || r.World > 1
	}
	for _, r := range e.Ended {
		delete(s.local.alive, r.PID)
	}
	if len(s.local.alive) > 0 && !s.local.armed && s.mustDistribute() {
		s.local.armed = true
		return []Action{Arm{TimerLocalRanks, limits.LocalRanks}}
	}
	return nil
}

// mustDistribute says whether ranks have no business in the Launcher.
func (s *State) mustDistribute() bool {
	return s.job.Transport == wire.TransportBuiltin && !s.job.LauncherIsWorker && len(s.workers) > 0
}

func (s *State) remoteStarts() (n int) {
	for _, w := range s.workers {
		n += w.starts + len(w.ranks)
	}
	return n
}

// watchIdle sees to it that Workers without work are noticed.
func (s *State) watchIdle() []Action {
	if s.idle {
		return nil
	}
	s.idle = true
	return []Action{Arm{TimerIdle, limits.IdleWorkers}}
}

func (s *State) warnIdle() []Action {
	var idle []string
	for i, w := range s.workers {
		if w.starts == 0 && len(w.ranks) == 0 {
			idle = append(idle, jobfile.WorkerName(i))
		}
	}
	if len(idle) == 0 || s.exit != nil {
		return nil
	}
	const most = 5
	if len(idle) > most {
		idle = append(idle[:most], fmt.Sprintf("%d more", len(idle)-most))
	}
	return []Action{Say{"warning: no rank was started on " + strings.Join(idle, ", ") + "; mpirun's -np and host options decide that"}}
}

// judgeLocalRanks stops a run all of whose ranks are in a Launcher that is no Worker, where more were
// asked for than that can have been meant for.
func (s *State) judgeLocalRanks(now time.Time) []Action {
	if !s.local.armed {
		return nil
	}
	s.local.armed = false
	if s.exit != nil || s.order != nil || s.remoteStarts() > 0 {
		return nil
	}
	world := map[int]bool{}
	size := 0
	for _, r := range s.local.alive {
		world[r.Rank] = true
		size = max(size, r.World)
	}
	slots := max(s.job.Slots, 1)
	if size > 1 && len(world) == size && (size > slots || size >= slots*len(s.workers)) {
		s.order = &failure.Failure{
			Reason: failure.RanksNotDistributed, Where: "", At: now,
			Detail:   fmt.Sprintf("%d ranks there, %d Workers without any", size, len(s.workers)),
			Evidence: "process list, remote starts", Confidence: failure.Certain,
		}
		if s.mismatch != nil {
			s.order = s.mismatchFailure(now, s.order.Detail)
		}
		return append([]Action{Say{s.order.Sentence()}}, s.terminate()...)
	}
	return nil
}

// lastWarnings are what a run that succeeded should still be told.
func (s *State) lastWarnings() []Action {
	if s.local.seen && s.mustDistribute() && s.remoteStarts() == 0 {
		if s.mismatch != nil {
			return []Action{Say{"warning: ranks ran in the Launcher only, none on a Worker: " + s.mismatch.sentence()}}
		}
		return []Action{Say{"warning: ranks ran in the Launcher only, none on a Worker; let mpirun use the job's hostfile"}}
	}
	return nil
}
