package supervise

import (
	"cmp"
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/implementation"
	"github.com/opendatahub-io/mpijob/internal/failure"
)

// Mismatch is an image whose MPI implementation isn't the one that the job names.
type Mismatch struct {
	// Spec is spec.mpiImplementation, Found what it should be for this image.
	Spec, Found string
	// Version is what mpirun says of itself, as "MPICH (HYDRA) 4.0.2"; empty where it says nothing.
	Version string
	// Adapted says that mpirun was given what its own implementation reads.
	Adapted bool
}

func (m *Mismatch) sentence() string {
	return fmt.Sprintf("spec.mpiImplementation is %s, but mpirun in the image is %s; set mpiImplementation: %s",
		m.Spec, cmp.Or(m.Version, implementation.Name(m.Found)), m.Found)
}

// mismatched takes up what is known of the image when the command starts.
func (s *State) mismatched(m *Mismatch) []Action {
	if s.mismatch = m; m == nil {
		return nil
	}
	text := "warning: " + m.sentence()
	if m.Adapted {
		text += ". Going on with its own variables and a hostfile it understands"
	}
	return []Action{Say{text}}
}

// mismatchFailure is the failure of a job whose mpirun is not of the implementation it names.
func (s *State) mismatchFailure(now time.Time, evidence string) *failure.Failure {
	return &failure.Failure{
		Reason: failure.MPIImplementationMismatch, Where: "Launcher", At: now, Detail: s.mismatch.sentence(),
		Evidence: "the image's mpirun; " + evidence, Confidence: failure.Certain,
	}
}
