package training

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestProgress(t *testing.T) {
	told := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	forty := 40
	end := told.Add(12 * time.Minute)
	of := func(message string, more ...kubeflow.JobConditionType) *Progress {
		m := &MPIJob{}
		m.Status.Conditions = []kubeflow.JobCondition{{Type: "Progress", Status: corev1.ConditionTrue, Message: message, LastUpdateTime: metav1.NewTime(told)}}
		for _, c := range more {
			m.Status.Conditions = append(m.Status.Conditions, kubeflow.JobCondition{Type: c, Status: corev1.ConditionTrue})
		}
		return newJob(m, told).Progress
	}
	metrics := []TrainingMetric{{"loss", 0.31}, {"accuracy", 0.9}}
	for name, tc := range map[string]struct{ got, want *Progress }{
		"runs":      {of("40% done, 720s left, loss=0.31, accuracy=0.9", kubeflow.JobRunning), &Progress{At: told, Percent: &forty, ExpectedEnd: &end, Metrics: metrics}},
		"over":      {of("40% done, 720s left, loss=0.31, accuracy=0.9", kubeflow.JobFailed), &Progress{At: told, Percent: &forty, Metrics: metrics}},
		"succeeded": {of("40% done, 720s left, loss=0.31, accuracy=0.9", kubeflow.JobSucceeded), &Progress{At: told, Metrics: metrics}},
		"suspended": {of("40% done, 720s left", kubeflow.JobSuspended), &Progress{At: told, Percent: &forty}},
		"forged":    {of("4000% done", kubeflow.JobRunning), nil},
		"of a TrainJob": {parsed(t, `{"apiVersion":"trainer.kubeflow.org/v1alpha1","kind":"TrainJob","metadata":{"name":"j"},"status":{"trainerStatus":{
			"progressPercentage":40,"estimatedRemainingSeconds":720,"lastUpdatedTime":"2026-01-02T03:04:05Z",
			"metrics":[{"name":"loss","value":"0.31"},{"name":"<b>","value":"1"},{"name":"state","value":"warm"},{"name":"accuracy","value":"0.9"}]}}}`).Progress,
			&Progress{At: told, Percent: &forty, ExpectedEnd: &end, Metrics: metrics}},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	p := of("720s left", kubeflow.JobRunning)
	if left, ok := p.Left(told.Add(2 * time.Minute)); !ok || left != 10*time.Minute {
		t.Errorf("left %v, %v", left, ok)
	}
	if left, ok := p.Left(told.Add(time.Hour)); !ok || left != 0 {
		t.Errorf("after that %v, %v", left, ok)
	}
	if _, ok := (*Progress)(nil).Left(told); ok {
		t.Error("nothing is left of no progress")
	}
}
