//go:build e2e

package e2e

import (
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

func (e *env) suspend(job *kubeflow.MPIJob, yes string) {
	e.t.Helper()
	patch := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"runPolicy":{"suspend":`+yes+`}}}`))
	e.must(e.scientist.Client.Patch(e.ctx, job.DeepCopy(), patch), "setting suspend to "+yes)
}

func (e *env) trainJobs(job *kubeflow.MPIJob) []trainer.TrainJob {
	e.t.Helper()
	var list trainer.TrainJobList
	e.must(e.admin.Client.List(e.ctx, &list, client.InNamespace(job.Namespace), client.MatchingLabels{mpijob.LabelJob: job.Name}), "listing TrainJobs")
	return list.Items
}

func TestSuspend(t *testing.T) {
	t.Parallel()
	e := setup(t)
	t.Run("from the start", func(t *testing.T) {
		t.Parallel()
		e := e.in(t)
		job := e.submit(e.scientist, newJob(teamA, "e2e-suspended", suspended))
		e.awaitCondition(job, kubeflow.JobSuspended)
		if tj := e.trainJobs(job); len(tj) != 0 {
			t.Errorf("a suspended job has %d TrainJobs", len(tj))
		}
		e.suspend(job, "false")
		got := e.awaitCondition(job, kubeflow.JobSucceeded)
		if isTrue(got, kubeflow.JobSuspended) {
			t.Errorf("it is no longer suspended:%s", conditions(got))
		}
	})
	t.Run("in mid-run", func(t *testing.T) {
		t.Parallel()
		e := e.in(t)
		// Runs on until it is told, by its second attempt, to end.
		job := e.submit(e.scientist, newJob(teamA, "e2e-suspend-run",
			command("sh", "-c", `echo "`+started+`"; case $(grep -o '"attempt": *[0-9]*' /etc/mpi-agent/job.json) in *2) mpirun -n 4 hostname;; *) mpirun -n 4 sleep 600;; esac`)))
		e.awaitCondition(job, kubeflow.JobRunning)
		e.awaitLog(job, started)
		e.suspend(job, "true")
		e.awaitCondition(job, kubeflow.JobSuspended)
		e.awaitPods(job, "gone while suspended", func(p []*corev1.Pod) bool { return len(p) == 0 })
		e.suspend(job, "false")
		e.awaitCondition(job, kubeflow.JobSucceeded)
		var cm corev1.ConfigMap
		e.must(e.admin.Client.Get(e.ctx, client.ObjectKey{Namespace: teamA, Name: mpijob.ConfigName(job)}, &cm), "reading the attempt")
		if a := cm.Annotations[mpijob.AnnotationAttempt]; a != "2" {
			t.Errorf("attempt %q, want 2", a)
		}
	})
}
