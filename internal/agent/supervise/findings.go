package supervise

import (
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/mpirun"
)

type finding struct {
	at time.Time
	mpirun.Finding
}

// kept counts findings of a kind; of clues, those of each rank.
type kept struct {
	kind mpirun.Kind
	rank int
}

// found keeps what mpirun said: of a kind the first ones, which tell the cause. Of a library's words the first is
// enough for each rank, and for what names none; however many ranks they name, what mpirun says has its place.
func (s *State) found(f finding) {
	of, most := kept{kind: f.Kind}, limits.Findings
	if f.Kind == mpirun.NoGPU || f.Kind == mpirun.SharedMemoryFull {
		of.rank, most = -1, 1
		if f.Rank != nil {
			of.rank = *f.Rank
		}
		if len(s.kept) >= limits.FindingKinds {
			return
		}
	}
	if s.kept[of] >= most {
		return
	}
	s.kept[of]++
	s.findings = append(s.findings, f)
}
