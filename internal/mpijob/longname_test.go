package mpijob_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// Open MPI 4 overruns a buffer of 50 bytes when it shortens lists of hosts with long names.
func TestLongNamesAreNotShortenedByOpenMPI(t *testing.T) {
	for n, want := range map[int]bool{2: false, 39: false, 40: true, 54: true} {
		job := mpijob.WithDefaults(Job(strings.Repeat("n", n)).Obj())
		got := false
		for _, r := range mpijob.Runtime(job, mpijob.Settings{}, 1).Spec.Template.Spec.ReplicatedJobs {
			for _, e := range r.Template.Spec.Template.Spec.Containers[0].Env {
				got = got || e == (corev1.EnvVar{Name: "OMPI_MCA_regx", Value: "naive"})
			}
		}
		if got != want {
			t.Errorf("a name of %d characters: host lists in full is %v, want %v", n, got, want)
		}
	}
}
