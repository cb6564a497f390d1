package mpijob_test

import (
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// When the parts of a job started is kept with where they ran: after its end nothing else tells.
func TestReportKeepsWhenThePartsStarted(t *testing.T) {
	job := mpijob.WithDefaults(Job("pi").Started(Epoch).Obj())
	job.Status.Conditions = []kubeflow.JobCondition{{Type: kubeflow.JobRunning, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(At(3 * time.Second))}}
	o := &mpijob.Observed{Runs: []*trainer.TrainJob{Run(job, 1)}, Pods: []*corev1.Pod{
		Worker(job, 1, 0).Running(Epoch).Obj(), Worker(job, 1, 1).Running(At(2 * time.Second)).Obj(), Launcher(job, 1).Running(At(time.Second)).Obj(),
	}}
	r := mpijob.Report(job, o, mpijob.Verdict{Outcome: mpijob.Succeeded})
	if !r.WorkersStartedAt.Equal(At(2*time.Second)) || !r.LauncherStartedAt.Equal(At(time.Second)) || !r.RunningAt.Equal(At(3*time.Second)) {
		t.Errorf("Workers %v, Launcher %v, running %v", r.WorkersStartedAt, r.LauncherStartedAt, r.RunningAt)
	}
	o.Pods = o.Pods[1:]
	if r := mpijob.Report(job, o, mpijob.Verdict{}); !r.WorkersStartedAt.IsZero() {
		t.Errorf("not all Workers are known to have started: %v", r.WorkersStartedAt)
	}
}
