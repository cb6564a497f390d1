package controller

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// theirs is what the MPI operator has made for a job: all of it owned by the MPIJob.
func theirs(job *kubeflow.MPIJob, suspended bool) []client.Object {
	launcher := &batchv1.Job{ObjectMeta: owned("pi-launcher", job)}
	launcher.UID = "theirs"
	launcher.Spec.Suspend = ptr.To(suspended)
	return []client.Object{
		job, launcher, &corev1.ConfigMap{ObjectMeta: owned("pi-config", job)}, &corev1.Secret{ObjectMeta: owned("pi-ssh", job)},
		&corev1.Service{ObjectMeta: owned("pi", job)},
	}
}

// A job that another controller had begun is followed to its end, and nothing is made for it.
func TestAJobOfAnotherControllerIsLeftToRun(t *testing.T) {
	job := mpijobtest.Job("pi").Obj()
	c := newCluster(t, theirs(job, false)...)
	if got, _ := c.round(t, job); !cmp.Equal(got, []string{"write status of MPIJob pi"}) {
		t.Errorf("first round wrote %v", got)
	}
	var launcher batchv1.Job
	key := client.ObjectKey{Namespace: "ns", Name: "pi-launcher"}
	if err := c.Live.Get(t.Context(), key, &launcher); err != nil {
		t.Fatal(err)
	}
	launcher.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}}
	if err := c.Status().Update(t.Context(), &launcher); err != nil {
		t.Fatal(err)
	}
	c.round(t, job)
	var got kubeflow.MPIJob
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(job), &got); err != nil {
		t.Fatal(err)
	}
	if !mpijob.Finished(&got.Status) {
		t.Errorf("its Launcher is complete, and the job is not: %+v", got.Status.Conditions)
	}
}

// One that was suspended is begun when it is resumed, with objects of ours, beside nothing of theirs.
func TestASuspendedJobOfAnotherControllerIsTakenOver(t *testing.T) {
	job := mpijobtest.Job("pi").Condition(kubeflow.JobSuspended, true, "MPIJobSuspended", "", mpijobtest.Epoch).Obj()
	c := newCluster(t, theirs(job, true)...)
	did, _ := c.round(t, job)
	run := mpijob.AttemptName(job, 1)
	for _, want := range []string{"delete Job pi-launcher", "delete Service pi", "create Service pi", "create TrainingRuntime " + run, "create TrainJob " + run} {
		if !slices.Contains(did, want) {
			t.Errorf("want %q in %v", want, did)
		}
	}
	var cm corev1.ConfigMap
	if err := c.Get(t.Context(), client.ObjectKey{Namespace: "ns", Name: "pi-config"}, &cm); err != nil || mpijob.AttemptOf(&cm) != 1 {
		t.Errorf("the ConfigMap should name attempt 1: %v, %v", cm.Annotations, err)
	}
}

// Workers without a Launcher are removed first; that there never was one isn't forgotten meanwhile.
func TestWorkersWithoutALauncherAreReplaced(t *testing.T) {
	job := mpijobtest.Job("pi").Obj()
	worker := &corev1.Pod{ObjectMeta: owned("pi-worker-0", job)}
	worker.Labels = mpijob.PodLabels(job, mpijob.RoleWorker, 0)
	c := newCluster(t, job, worker, &corev1.ConfigMap{ObjectMeta: owned("pi-config", job)})
	c.round(t, job)
	did, _ := c.round(t, job)
	if want := "create TrainJob " + mpijob.AttemptName(job, 1); !slices.Contains(did, want) {
		t.Errorf("want %q in %v", want, did)
	}
}
