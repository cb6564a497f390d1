package controller

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// mostEvents bounds what is read of one pod's events.
const mostEvents = 50

// mount asks for the events of a pod that has been stuck for a while: what can't be mounted stands
// nowhere else. They are read when needed, since caching the events of all pods would cost more.
func (r *Reconciler) mount(ctx context.Context, job *mpijob.Job, o *mpijob.Observed) (mpijob.Mount, error) {
	pod, _ := mpijob.Stuck(job, o, r.Clock.Now())
	if pod == nil {
		return mpijob.Mount{}, nil
	}
	var list corev1.EventList
	err := r.Live.List(ctx, &list, client.InNamespace(pod.Namespace), client.Limit(mostEvents),
		client.MatchingFieldsSelector{Selector: fields.SelectorFromSet(fields.Set{
			"involvedObject.uid": string(pod.UID), "reason": "FailedMount",
		})})
	if err != nil {
		return mpijob.Mount{}, fmt.Errorf("listing events of pod %s: %w", pod.Name, err)
	}
	if len(list.Items) == 0 {
		return mpijob.Mount{}, nil
	}
	last := slices.MaxFunc(list.Items, func(a, b corev1.Event) int { return a.LastTimestamp.Compare(b.LastTimestamp.Time) })
	return mpijob.Mount{Pod: pod.Name, Message: last.Message}, nil
}
