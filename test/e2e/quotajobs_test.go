//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Many jobs at once under a quota of two started ones: two run, the others say how many do, and run
// when there is room.
func TestJobsUnderAQuota(t *testing.T) {
	t.Parallel()
	e := setup(t)
	ns := e.limited("jobs", corev1.ResourceList{"count/trainjobs.trainer.kubeflow.org": resource.MustParse("2")})
	gone := func(j *kubeflow.MPIJob) { j.Spec.RunPolicy.TTLSecondsAfterFinished = ptr(int32(0)) }
	var first, rest []*kubeflow.MPIJob
	for i := range 2 {
		first = append(first, e.submit(e.admin, newJob(ns, fmt.Sprint("first-", i), ranks("sleep 600"))))
	}
	for _, j := range first {
		e.awaitCondition(j, kubeflow.JobRunning)
	}
	for i := range 3 {
		rest = append(rest, e.submit(e.admin, newJob(ns, fmt.Sprint("rest-", i), gone)))
	}
	const text = `2/2 jobs running under quota "team"`
	for _, j := range rest {
		e.awaitJob(j, "waiting for quota", func(j *kubeflow.MPIJob) bool {
			c := condition(j, kubeflow.JobCreated)
			return c != nil && strings.Contains(c.Message, text)
		})
	}
	v, err := e.core().Jobs(ns).Preflight(e.ctx, newJob(ns, "another"), training.PreflightOptions{})
	e.must(err, "preflight")
	if v.Outcome != training.Waits || !strings.Contains(v.Message, text) {
		t.Errorf("preflight of another job: %s, %s", v.Outcome, v.Message)
	}
	for _, j := range first {
		e.remove(e.admin, j)
	}
	for _, j := range rest {
		e.awaitCondition(j, kubeflow.JobSucceeded)
	}
}
