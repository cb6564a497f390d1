package controller

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// podPause is how often the ordinary changes of a job's pods are looked at: a job of a hundred Workers has
// hundreds of them within a second of its start, and each look goes through all of its pods.
const podPause = 100 * time.Millisecond

// podEvents has a job looked at when its pods change: at once where that may decide the job, else podPause
// after the last look at the earliest, so that the first change is seen at once and a flood of them
// together.
type podEvents struct {
	looked *memo[time.Time]
	clock  clock.PassiveClock
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

func (p podEvents) Create(_ context.Context, e event.CreateEvent, q queue) { p.later(e.Object, q) }
func (p podEvents) Delete(_ context.Context, e event.DeleteEvent, q queue) { p.atOnce(e.Object, q) }

func (p podEvents) Update(_ context.Context, e event.UpdateEvent, q queue) {
	if pod, ok := e.ObjectNew.(*corev1.Pod); ok && decides(pod) {
		p.atOnce(pod, q)
		return
	}
	p.later(e.ObjectNew, q)
}

func (p podEvents) Generic(_ context.Context, e event.GenericEvent, q queue) { p.atOnce(e.Object, q) }

func (p podEvents) atOnce(o client.Object, q queue) {
	for _, req := range requests(o.GetNamespace(), jobOf(o)) {
		q.Add(req)
	}
}

func (p podEvents) later(o client.Object, q queue) {
	for _, req := range requests(o.GetNamespace(), jobOf(o)) {
		if wait := podPause - p.clock.Since(p.looked.get(req.NamespacedName)); wait > 0 {
			q.AddAfter(req, wait)
		} else {
			q.Add(req)
		}
	}
}

// decides says whether a pod may decide its job: it ends, goes, or lost a container or its node.
func decides(pod *corev1.Pod) bool {
	if !pod.DeletionTimestamp.IsZero() || pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded {
		return true
	}
	for i := range pod.Status.ContainerStatuses {
		if pod.Status.ContainerStatuses[i].State.Terminated != nil {
			return true
		}
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.DisruptionTarget && c.Status == corev1.ConditionTrue {
			return true
		}
	}
	return false
}
