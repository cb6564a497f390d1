package training

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

func stepNames(steps []Step) string {
	var out []string
	for _, s := range steps {
		out = append(out, s.Name)
	}
	return strings.Join(out, ", ")
}

// Times are whole seconds and of several machines' clocks: what leads to what decides.
func TestStepsAreInTheOrderOfCauses(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	var steps []Step
	for i := len(causes) - 2; i >= 0; i-- { // no job both succeeds and fails
		steps = append(steps, Step{Name: causes[i], At: at.Add(time.Duration(i) * time.Millisecond)})
	}
	if got, want := stepNames(inOrder(steps)), strings.Join(causes[:len(causes)-1], ", "); got != want {
		t.Errorf("of one second: %s, want %s", got, want)
	}
	got := stepNames(inOrder([]Step{{Name: "Succeeded", At: at}, {Name: "Running", At: at.Add(2 * time.Second)}, {Name: "Started", At: at.Add(time.Second)}, {Name: "Created", At: at.Add(time.Second)}}))
	if want := "Created, Started, Running, Succeeded"; got != want {
		t.Errorf("by clocks that differ: %s, want %s", got, want)
	}
}

// An ended job's Workers are gone and its status says that it runs no more: its steps are kept.
func TestStepsOfAnEndedJob(t *testing.T) {
	begin := time.Unix(1_700_000_000, 0)
	m := aJob(func(m *MPIJob) {
		m.CreationTimestamp = metav1.NewTime(begin)
		m.Status.StartTime, m.Status.CompletionTime = ptr.To(metav1.NewTime(begin)), ptr.To(metav1.NewTime(begin.Add(9*time.Second)))
		m.Status.Conditions = []kubeflow.JobCondition{
			{Type: kubeflow.JobRunning, Status: corev1.ConditionFalse, LastTransitionTime: metav1.NewTime(begin.Add(9 * time.Second))},
			{Type: kubeflow.JobSucceeded, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(begin.Add(9 * time.Second))},
		}
	})
	text, err := json.Marshal(failure.Report{
		Version: failure.ReportVersion, UID: string(m.UID),
		WorkersStartedAt: begin.Add(2 * time.Second), LauncherStartedAt: begin.Add(2 * time.Second), RunningAt: begin.Add(2 * time.Second),
	})
	if err != nil {
		t.Fatal(err)
	}
	o := observed{job: m, report: &corev1.ConfigMap{Data: map[string]string{failure.ReportKey: string(text)}}}
	if got, want := stepNames(newDetail(o, begin.Add(time.Hour)).Timeline), "Created, Started, Workers started, Launcher started, Running, Succeeded"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	o.report = nil
	if got, want := stepNames(newDetail(o, begin.Add(time.Hour)).Timeline), "Created, Started, Succeeded"; got != want {
		t.Errorf("without a report: %s, want %s", got, want)
	}
}
