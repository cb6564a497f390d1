//go:build e2e && metrics

package e2e

import (
	"errors"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"

	"github.com/opendatahub-io/mpijob/internal/testkit"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// sdk is the Go SDK as one user.
func (e *env) sdk(u *testkit.User) *training.Jobs {
	e.t.Helper()
	c, err := training.NewClient(u.Config, teamA)
	e.must(err, "connecting as "+u.Name)
	return c.Jobs(teamA)
}

// What Workers use is what they really use, as metrics-server measures it: the one whose rank holds 200 MiB
// is seen to, the other isn't, and nobody without the right to the job learns of either.
func TestUsageOfWorkers(t *testing.T) {
	t.Parallel()
	e := setup(t)
	one := func(job *kubeflow.MPIJob) { job.Spec.SlotsPerWorker = ptr(int32(1)) }
	job := e.submit(e.scientist, newJob(teamA, "e2e-usage", one,
		command("mpirun", "-n", "2", "mpi-fault", "--alloc-rank", "1", "--alloc-mb", "200", "--sleep", "600")))
	const taken = 200 << 20
	var last *training.Usage
	jobs := e.sdk(e.scientist)
	for end := time.Now().Add(patience); ; time.Sleep(time.Second) {
		u, err := jobs.Usage(e.ctx, job.Name, training.UsageOptions{})
		e.must(err, "reading what Workers use")
		last = u
		if len(u.Members) == 3 && u.Members[1].At != nil && u.Members[2].At != nil && u.Members[2].Memory >= taken {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("Worker 1 is not seen to hold %d bytes: %+v", taken, last)
		}
	}
	for _, m := range last.Members[1:] {
		if m.MemoryLimit != 512<<20 {
			t.Errorf("%s: the limit is %d bytes, want 512 Mi", m.Where, m.MemoryLimit)
		}
	}
	if m := last.Members[1]; m.Memory >= taken {
		t.Errorf("%s holds nothing, and is said to use %d bytes", m.Where, m.Memory)
	}
	_, err := e.sdk(e.sandbox.User(t, "other-scientist")).Usage(e.ctx, job.Name, training.UsageOptions{})
	var denied *training.DeniedError
	if !errors.As(err, &denied) {
		t.Errorf("another team's scientist: %v, want a refusal", err)
	}
}
