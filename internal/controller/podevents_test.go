package controller

import (
	"context"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	testclock "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// waits is a queue that notes how long each request was put off.
type waits struct {
	queue
	got []time.Duration
}

func (w *waits) Add(reconcile.Request)                             { w.got = append(w.got, 0) }
func (w *waits) AddAfter(_ reconcile.Request, after time.Duration) { w.got = append(w.got, after) }

// What may decide a job is looked at at once; the rest at once too, unless the job has just been looked at.
func TestPodEventsArePutOffTogether(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	pod := func(change func(*corev1.Pod)) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "pi-worker-0", Labels: map[string]string{kubeflow.JobNameLabel: "pi"}}}
		change(p)
		return p
	}
	job := types.NamespacedName{Namespace: "ns", Name: "pi"}
	ended := corev1.ContainerStatus{State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1}}}
	for _, tt := range []struct {
		name   string
		looked time.Duration // so long ago; 0: never
		pod    *corev1.Pod
		want   time.Duration
	}{
		{"the first change", 0, pod(func(*corev1.Pod) {}), 0},
		{"one after a while", time.Second, pod(func(*corev1.Pod) {}), 0},
		{"one of a flood", 30 * time.Millisecond, pod(func(p *corev1.Pod) { p.Status.Phase = corev1.PodRunning }), 70 * time.Millisecond},
		{"it failed", 30 * time.Millisecond, pod(func(p *corev1.Pod) { p.Status.Phase = corev1.PodFailed }), 0},
		{"it ended well", 30 * time.Millisecond, pod(func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }), 0},
		{"it is being deleted", 30 * time.Millisecond, pod(func(p *corev1.Pod) { p.DeletionTimestamp = ptr.To(metav1.NewTime(now)) }), 0},
		{"a container of it ended", 30 * time.Millisecond, pod(func(p *corev1.Pod) { p.Status.ContainerStatuses = []corev1.ContainerStatus{ended} }), 0},
		{"it is disrupted", 30 * time.Millisecond, pod(func(p *corev1.Pod) {
			p.Status.Conditions = []corev1.PodCondition{{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue}}
		}), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var l memo[time.Time]
			if tt.looked > 0 {
				l.set(job, now.Add(-tt.looked))
			}
			w := &waits{}
			events := podEvents{&l, testclock.NewFakePassiveClock(now)}
			events.Update(context.Background(), event.UpdateEvent{ObjectOld: pod(func(*corev1.Pod) {}), ObjectNew: tt.pod}, w)
			if len(w.got) != 1 || w.got[0] != tt.want {
				t.Errorf("put off by %v, want %v", w.got, tt.want)
			}
		})
	}
}

// A job that is gone leaves nothing behind.
func TestLooksAreForgotten(t *testing.T) {
	var l memo[time.Time]
	job := types.NamespacedName{Namespace: "ns", Name: "pi"}
	l.set(job, time.Now())
	l.forget(job)
	if len(l.of) != 0 {
		t.Errorf("%v is still remembered", l.of)
	}
}
