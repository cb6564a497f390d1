//go:build e2e && writes

package e2e

import (
	"fmt"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// EDGE-6: of a hundred jobs at once under a quota of ten started ones, ten run and ninety say so; as the ten end,
// the others have their turn, and never do more than ten run.
func TestHundredJobsUnderAQuota(t *testing.T) {
	e := setup(t)
	e.fakeNodes(4)
	const all, most = 100, 10
	ns := e.limited("hundred", corev1.ResourceList{"count/trainjobs.trainer.kubeflow.org": resource.MustParse(fmt.Sprint(most))})
	gone := func(j *kubeflow.MPIJob) { j.Spec.RunPolicy.TTLSecondsAfterFinished = ptr(int32(0)) }
	var held []*kubeflow.MPIJob
	for i := range most {
		held = append(held, e.submit(e.admin, newJob(ns, fmt.Sprintf("held-%d", i), onFakeNodes, gone)))
	}
	for _, j := range held {
		e.awaitCondition(j, kubeflow.JobRunning)
	}
	for i := range all - most {
		e.submit(e.admin, newJob(ns, fmt.Sprintf("waits-%d", i), onFakeNodes, endsAtOnce, gone))
	}
	text := fmt.Sprintf(`%d/%d jobs running under quota "team"`, most, most)
	e.awaitJobs(ns, "90 jobs to say what they wait for", func(jobs []*kubeflow.MPIJob) bool {
		waiting := 0
		for _, j := range jobs {
			if c := condition(j, kubeflow.JobCreated); c != nil && strings.Contains(c.Message, text) {
				waiting++
			}
		}
		return len(jobs) == all && waiting == all-most
	})
	for _, j := range held {
		e.endLauncher(j)
	}
	// Jobs that are done go at once: what was seen to have succeeded is remembered.
	succeeded := map[string]bool{}
	e.awaitJobs(ns, "all 100 to have succeeded", func(jobs []*kubeflow.MPIJob) bool {
		running := 0
		for _, j := range jobs {
			switch {
			case isTrue(j, kubeflow.JobSucceeded):
				succeeded[j.Name] = true
			case isTrue(j, kubeflow.JobFailed):
				t.Errorf("job %s: %s", j.Name, conditions(j))
			case isTrue(j, kubeflow.JobRunning):
				running++
			}
		}
		if running > most {
			t.Errorf("%d jobs run at once under a quota of %d", running, most)
		}
		return t.Failed() || len(succeeded) == all
	})
}
