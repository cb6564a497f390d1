package mpijob_test

import (
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// A Launcher that is tried again has as long as the first to reach its Workers, and to be placed, though
// they have run for an hour.
func TestALaterTryHasTheSameTime(t *testing.T) {
	job := Job("pi").BackoffLimit(3).Started(Epoch).RunPolicy(func(p *kubeflow.RunPolicy) {
		p.SchedulingPolicy = &kubeflow.SchedulingPolicy{ScheduleTimeoutSeconds: ptr.To[int32](60)}
	}).Obj()
	workers := []*corev1.Pod{Worker(job, 1, 0).Running(Epoch).Obj(), Worker(job, 1, 1).Running(Epoch).Obj()}
	first := Launcher(job, 1).Exited(1, "Error", "", At(time.Hour)).Obj()
	second := Launcher(job, 1).Named("again", At(time.Hour))
	placed := metav1.NewTime(Epoch)
	for _, w := range workers {
		w.Status.Conditions = append(w.Status.Conditions, corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: placed})
	}
	unplaced := second.With(func(p *corev1.Pod) {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable",
			Message: "0/1 nodes are available: 1 Insufficient cpu.", LastTransitionTime: metav1.NewTime(At(time.Hour))}}
	}).Obj()
	running := Launcher(job, 1).Named("again", At(time.Hour)).Running(At(time.Hour)).Obj()
	waiting := &wire.Report{Stage: wire.StageWaiting, Workers: []wire.WorkerReport{{Index: 0, State: wire.WorkerWaiting}, {Index: 1, State: wire.WorkerWaiting}}}
	for _, tt := range []struct {
		name     string
		launcher *corev1.Pod
		report   *wire.Report
		after    time.Duration
		want     mpijob.Outcome
	}{
		{"not reached after a second", running, waiting, time.Second, mpijob.Restarting},
		{"not reached after the time it has", running, waiting, mpijob.DefaultWaitTimeout + time.Minute, mpijob.Failed},
		{"not placed after a second", unplaced, nil, time.Second, mpijob.Restarting},
		{"not placed after the time it has", unplaced, nil, 2 * time.Minute, mpijob.Failed},
	} {
		o := &mpijob.Observed{Runs: []*trainer.TrainJob{Run(job, 1)}, Pods: append([]*corev1.Pod{first, tt.launcher}, workers...), Report: tt.report}
		if v := mpijob.Judge(job, o, At(time.Hour+tt.after)); v.Outcome != tt.want {
			t.Errorf("%s: %q, want %q: %+v", tt.name, v.Outcome, tt.want, v.Failure)
		}
	}
}

// A job's time runs out also while something keeps it from starting; a finished one's no more.
func TestTimeRunsOutWithoutARun(t *testing.T) {
	limited := func() *JobBuilder {
		return Job("pi").Started(Epoch).RunPolicy(func(p *kubeflow.RunPolicy) { p.ActiveDeadlineSeconds = ptr.To[int64](60) }).
			With(func(j *kubeflow.MPIJob) {
				j.Annotations = map[string]string{mpijob.AnnotationTimeout: "1h"}
			})
	}
	short := limited().With(func(j *kubeflow.MPIJob) { j.Annotations[mpijob.AnnotationTimeout] = "30s" })
	for _, tt := range []struct {
		name   string
		job    *JobBuilder
		at     time.Duration
		reason failure.Reason
		again  time.Duration
	}{
		{"in time", limited(), 10 * time.Second, "", 60 * time.Second},
		{"after its deadline", limited(), 61 * time.Second, failure.DeadlineExceeded, 0},
		{"after its time limit, which is shorter", short, 31 * time.Second, failure.TimeoutReached, 0},
		{"finished", limited().Condition(kubeflow.JobSucceeded, true, "", "", Epoch), time.Hour, "", 0},
		{"suspended", limited().Suspended(), time.Hour, "", 0},
	} {
		v := mpijob.Judge(tt.job.Obj(), &mpijob.Observed{}, At(tt.at))
		reason := failure.Reason("")
		if v.Failure != nil {
			reason = v.Failure.Reason
		}
		if reason != tt.reason || (v.Outcome == mpijob.Failed) != (tt.reason != "") {
			t.Errorf("%s: %q of %q, want %q", tt.name, v.Outcome, reason, tt.reason)
		}
		if tt.again > 0 && !v.Recheck.Equal(At(tt.again)) {
			t.Errorf("%s: looked at again %v, want %v", tt.name, v.Recheck, At(tt.again))
		}
	}
}
