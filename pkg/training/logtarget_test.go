package training

import (
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A Launcher whose image can't be pulled is ended before it ran: there is no log to ask the cluster for, and there
// will be none.
func TestNoLogOfWhatNeverRan(t *testing.T) {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "pi-launcher", Labels: map[string]string{kubeflow.JobRoleLabel: "launcher"}, CreationTimestamp: metav1.NewTime(noon)},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "launcher"}}},
		Status:     corev1.PodStatus{Phase: corev1.PodFailed, Reason: "DeadlineExceeded", ContainerStatuses: []corev1.ContainerStatus{{Name: "launcher"}}},
	}
	state := &pod.Status.ContainerStatuses[0].State
	state.Terminated = &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "ContainerStatusUnknown"}
	if hasLog(pod) {
		t.Error("it never ran")
	}
	err := noLog(newJob(aJob(cond(kubeflow.JobFailed, "ImagePullFailed", "")), noon), Member{Where: "Launcher", Pod: pod.Name}, LogOptions{})
	if got, want := err.Error(), "Launcher has no log: it never ran"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	state.Terminated = &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error", StartedAt: metav1.NewTime(noon)}
	if !hasLog(pod) {
		t.Error("it ran")
	}
}

// Without a pod there is none yet, or none until the job is resumed.
func TestNoLogOfWhatHasNoPod(t *testing.T) {
	absent := Member{Where: "Launcher", Index: -1, Phase: PodAbsent}
	for _, c := range []struct {
		job      *MPIJob
		previous bool
		want     string
	}{
		{aJob(cond(kubeflow.JobCreated, "", "")), false, "Launcher has no log yet: its pod isn't there yet"},
		{aJob(suspended), false, "Launcher has no log: the job is suspended, and its logs went with its pods"},
		{aJob(suspended), true, "Launcher has no log of an earlier run: it was neither restarted nor tried again, or that run is gone with its pod"},
		{aJob(cond(kubeflow.JobFailed, "", "")), false, "the log of Launcher is gone with its pod"},
	} {
		if got := noLog(newJob(c.job, noon), absent, LogOptions{Previous: c.previous}).Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
