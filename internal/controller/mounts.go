package controller

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// mostEvents bounds what is read of one pod's events.
const mostEvents = 50

// mountPause is how long an answer about what can't be mounted is good for: a job that starts slowly is looked at many
// times a second.
const mountPause = 5 * time.Second

// mountAnswer is what was last answered.
type mountAnswer struct {
	pod   types.UID
	at    time.Time
	mount mpijob.Mount
}

// mount asks for the events of a pod that has been stuck for a while: what can't be mounted stands
// nowhere else. They are read when needed, since caching the events of all pods would cost more.
func (r *Reconciler) mount(ctx context.Context, job *mpijob.Job, o *mpijob.Observed) (mpijob.Mount, error) {
	now, key := r.Clock.Now(), types.NamespacedName{Namespace: job.Namespace, Name: job.Name}
	pod, _ := mpijob.Stuck(job, o, now)
	if pod == nil {
		r.mounts.forget(key)
		return mpijob.Mount{}, nil
	}
	if known := r.mounts.get(key); known.pod == pod.UID && now.Sub(known.at) < mountPause {
		return known.mount, nil
	}
	var list corev1.EventList
	err := r.Live.List(ctx, &list, client.InNamespace(pod.Namespace), client.Limit(mostEvents),
		client.MatchingFieldsSelector{Selector: fields.SelectorFromSet(fields.Set{
			"involvedObject.uid": string(pod.UID), "reason": "FailedMount",
		})})
	if err != nil {
		return mpijob.Mount{}, fmt.Errorf("listing events of pod %s: %w", pod.Name, err)
	}
	found := mpijob.Mount{}
	if len(list.Items) > 0 {
		last := slices.MaxFunc(list.Items, func(a, b corev1.Event) int { return a.LastTimestamp.Compare(b.LastTimestamp.Time) })
		found = mpijob.Mount{Pod: pod.Name, Message: last.Message}
	}
	r.mounts.set(key, mountAnswer{pod: pod.UID, at: now, mount: found})
	return found, nil
}
