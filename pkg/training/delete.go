package training

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// DeleteOptions change what Delete does.
type DeleteOptions struct {
	// Wait until the job and all its pods are gone.
	Wait bool
	// Timeout of the wait; 0 waits for ever.
	Timeout time.Duration
	// UID is of the job that is meant: one that has taken its name since stays, which is a ReplacedError. Empty is
	// whichever has the name.
	UID string
	// Orphan keeps what the job owns. It is for repairing a cluster: nothing looks after it any more.
	Orphan bool
}

// Delete deletes a job with everything it owns. A job that is gone already is a NotFoundError.
func (j *Jobs) Delete(ctx context.Context, name string, o DeleteOptions) error {
	if k := kindOf(j.typ); k.name != TypeMPIJob {
		return j.deleteOther(ctx, k, name, o)
	}
	m, err := j.getJob(ctx, name)
	if err != nil {
		return err
	}
	if err := meant(m, TypeMPIJob, o.UID); err != nil {
		return err
	}
	// In the background: in the foreground, each object would stay until what it owns is gone, which
	// the controllers in between are known to undo by creating it again.
	propagation := metav1.DeletePropagationBackground
	if o.Orphan {
		propagation = metav1.DeletePropagationOrphan
	}
	body := &metav1.DeleteOptions{PropagationPolicy: &propagation, Preconditions: &metav1.Preconditions{UID: &m.UID}}
	if err := j.c.jobs.Delete().Namespace(j.namespace).Resource("mpijobs").Name(name).Body(body).Do(ctx).Error(); err != nil {
		return j.c.typed(err, j.about("delete", name))
	}
	if !o.Wait {
		return nil
	}
	return j.awaitGone(ctx, m, o.Timeout)
}

// meant says that a job isn't the one with this UID; of an empty one it is any.
func meant(o object, t Type, uid string) error {
	if uid == "" || uid == string(o.GetUID()) {
		return nil
	}
	return &ReplacedError{Type: t, Namespace: o.GetNamespace(), Name: o.GetName(), Made: o.GetCreationTimestamp().Time}
}

// awaitGone waits until neither the job nor a pod of it is left. Another job that takes its name
// meanwhile, and that one's pods, are not waited for.
func (j *Jobs) awaitGone(ctx context.Context, m *MPIJob, timeout time.Duration) error {
	limited, cancel := withTimeout(ctx, timeout)
	defer cancel()
	job := newJob(m, j.c.now())
	f := j.follower(limited, kindOf(TypeMPIJob), m)
	for {
		select {
		case <-limited.Done():
			return timedOut(ctx, limited, &TimeoutError{Namespace: j.namespace, Name: job.Name, After: timeout, For: toBeGone, Job: job})
		case err := <-f.failed:
			return err
		case <-f.wake:
		}
		o, ok := f.observed()
		if !ok || o.job != nil && string(o.job.GetUID()) == job.UID {
			continue
		}
		left := slices.ContainsFunc(o.pods, func(p *corev1.Pod) bool { return madeFor(p, o.job) })
		if !left {
			return nil
		}
	}
}

// madeFor says whether a pod was made for a job that is gone, and not for the one that has its name
// now, whose pods are younger than it.
func madeFor(p *corev1.Pod, now object) bool {
	return now == nil || p.CreationTimestamp.Time.Before(now.GetCreationTimestamp().Time)
}

func withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, d)
}

// timedOut tells the caller's own cancellation from the end of the time given.
func timedOut(parent, limited context.Context, e *TimeoutError) error {
	if parent.Err() != nil {
		return parent.Err()
	}
	if limited.Err() != nil {
		return e
	}
	return nil
}
