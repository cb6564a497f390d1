package mpijob_test

import (
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// TestRan: how long a job ran is told by the statuses that NextStatus writes, whatever became of the job.
func TestRan(t *testing.T) {
	type step struct {
		at        int // seconds
		v         mpijob.Verdict
		suspended bool
	}
	made := step{at: 0}
	waits := step{at: 5, v: mpijob.Verdict{Waiting: "Waiting for Worker 1: no room"}}
	runs := step{at: 40, v: mpijob.Verdict{Running: true}}
	cause := &failure.Failure{Reason: failure.LauncherExited, Where: "Launcher", ExitCode: ptr.To(3)}
	ends := func(at int, outcome mpijob.Outcome) step {
		return step{at: at, v: mpijob.Verdict{Outcome: outcome, Failure: cause, At: At(time.Duration(at-1) * time.Second)}}
	}
	suspends := step{at: 70, suspended: true}
	again := step{at: 80, v: mpijob.Verdict{Waiting: "Waiting for Worker 0: no room"}}
	for _, tt := range []struct {
		name  string
		steps []step
		want  time.Duration
		ok    bool
	}{
		{"made", []step{made}, 0, false},
		{"waits", []step{made, waits}, 0, false},
		{"runs", []step{made, waits, runs}, 60 * time.Second, true},
		{"is failing", []step{made, waits, runs, {at: 60, v: mpijob.Verdict{Running: true, Failing: cause}}}, 60 * time.Second, true},
		{"succeeded", []step{made, waits, runs, ends(71, mpijob.Succeeded)}, 30 * time.Second, true},
		{"failed", []step{made, waits, runs, ends(71, mpijob.Failed)}, 30 * time.Second, true},
		{"failed without running", []step{made, waits, ends(71, mpijob.Failed)}, 0, false},
		{"was not seen to wait: from its start", []step{made, runs, ends(71, mpijob.Succeeded)}, 70 * time.Second, true},
		{"lost a Worker before it failed: from its start", []step{made, waits, runs, {at: 60, v: mpijob.Verdict{Waiting: "Waiting for Worker 1: gone"}}, ends(71, mpijob.Failed)}, 70 * time.Second, true},
		{"suspended", []step{made, waits, runs, suspends}, 30 * time.Second, true},
		{"suspended before it ran", []step{made, waits, suspends}, 0, false},
		{"suspended before it was seen to wait", []step{made, suspends}, 0, false},
		{"made suspended", []step{{suspended: true}}, 0, false},
		{"resumed", []step{made, waits, runs, suspends, again}, 0, false},
		{"resumed, failed without running", []step{made, waits, runs, suspends, again, ends(91, mpijob.Failed)}, 0, false},
		{"resumed, runs", []step{made, waits, runs, suspends, again, {at: 90, v: mpijob.Verdict{Running: true}}}, 10 * time.Second, true},
		{"resumed, ran, suspended", []step{made, waits, runs, suspends, again, {at: 90, v: mpijob.Verdict{Running: true}}, {at: 95, suspended: true}}, 5 * time.Second, true},
		{"resumed, ran, succeeded", []step{made, waits, runs, suspends, again, {at: 90, v: mpijob.Verdict{Running: true}}, ends(98, mpijob.Succeeded)}, 7 * time.Second, true},
		{"suspended twice, ran once", []step{made, waits, runs, suspends, again, {at: 95, suspended: true}}, 0, false},
		{"starts anew", []step{made, waits, runs, ends(71, mpijob.Restarting)}, 0, false},
		{"started anew, succeeded", []step{made, waits, runs, ends(71, mpijob.Restarting), again, {at: 90, v: mpijob.Verdict{Running: true}}, ends(98, mpijob.Succeeded)}, 7 * time.Second, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			job := mpijob.WithDefaults(Job("pi").Obj())
			for _, s := range tt.steps {
				job.Spec.RunPolicy.Suspend = ptr.To(s.suspended)
				job.Status, _, _ = mpijob.NextStatus(job, &mpijob.Observed{}, s.v, mpijob.Plan{}, At(time.Duration(s.at)*time.Second))
			}
			if d, ok := mpijob.Ran(&job.Status, At(100*time.Second)); d != tt.want || ok != tt.ok {
				t.Errorf("got %s, %t, want %s, %t; %+v", d, ok, tt.want, tt.ok, job.Status)
			}
		})
	}
}

// Another controller leaves Running's time where it was when it ended.
func TestRanOfAnothersStatus(t *testing.T) {
	at := func(seconds int) metav1.Time { return metav1.NewTime(At(time.Duration(seconds) * time.Second)) }
	running := kubeflow.JobCondition{Type: kubeflow.JobRunning, Status: corev1.ConditionFalse, Reason: mpijob.ReasonRunning, LastTransitionTime: at(20)}
	succeeded := kubeflow.JobCondition{Type: kubeflow.JobSucceeded, Status: corev1.ConditionTrue, LastTransitionTime: at(50)}
	s := &kubeflow.JobStatus{StartTime: ptr.To(at(1)), CompletionTime: ptr.To(at(50)), Conditions: []kubeflow.JobCondition{running, succeeded}}
	if d, ok := mpijob.Ran(s, At(time.Hour)); d != 30*time.Second || !ok {
		t.Errorf("got %s, %t", d, ok)
	}
	s.StartTime, s.CompletionTime = nil, ptr.To(at(20))
	if d, ok := mpijob.Ran(s, At(time.Hour)); d != 0 || ok {
		t.Errorf("without a start: %s, %t", d, ok)
	}
	s = &kubeflow.JobStatus{Conditions: []kubeflow.JobCondition{{Type: kubeflow.JobRunning, Status: corev1.ConditionTrue, LastTransitionTime: at(200)}}}
	if d, ok := mpijob.Ran(s, At(100*time.Second)); d != 0 || !ok {
		t.Errorf("from the future: %s, %t", d, ok)
	}
}
