package training

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// What can be done to jobs that aren't MPIJobs: TrainJobs can be deleted, suspended and resumed.

// changeable says whether jobs of a type can be changed at all.
func changeable(k *kind, name, verb string) error {
	if k.old {
		return &UnsupportedError{Type: k.name, Name: name, Verb: verb, Instead: fmt.Sprintf("this type is only read: use kubectl on %s.%s", k.resource, k.group)}
	}
	return nil
}

func (j *Jobs) deleteOther(ctx context.Context, k *kind, name string, o DeleteOptions) error {
	if err := changeable(k, name, "delete"); err != nil {
		return err
	}
	has, err := j.getObject(ctx, k, name)
	if err != nil {
		return err
	}
	if err := meant(has, k.name, o.UID); err != nil {
		return err
	}
	uid := has.GetUID()
	propagation := metav1.DeletePropagationBackground
	if o.Orphan {
		propagation = metav1.DeletePropagationOrphan
	}
	body := &metav1.DeleteOptions{PropagationPolicy: &propagation, Preconditions: &metav1.Preconditions{UID: &uid}}
	if err := k.client(j.c).Delete().Namespace(j.namespace).Resource(k.resource).Name(name).Body(body).Do(ctx).Error(); err != nil {
		return j.c.typed(err, j.aboutKind(k, "delete", name))
	}
	if !o.Wait {
		return nil
	}
	late := &TimeoutError{Type: k.name, Namespace: j.namespace, Name: name, After: o.Timeout, For: toBeGone}
	return j.untilSeen(ctx, k, name, late, func(now object, err error) (bool, error) {
		var missing *NotFoundError
		if errors.As(err, &missing) {
			return true, nil
		}
		return err == nil && now.GetUID() != uid, err
	})
}

func (j *Jobs) suspendOther(ctx context.Context, k *kind, name, uid string, to bool) (*Job, error) {
	verb := map[bool]string{true: "suspend", false: "resume"}[to]
	if err := changeable(k, name, verb); err != nil {
		return nil, err
	}
	has, err := j.getObject(ctx, k, name)
	if err != nil {
		return nil, err
	}
	if err := meant(has, k.name, uid); err != nil {
		return nil, err
	}
	job := k.job(has, j.c.now())
	if why := cantSuspend(job, to); why != "" {
		return nil, &InvalidError{What: fmt.Sprintf("%s %q", k.name, name), Problems: []Problem{{Field: "spec.suspend", Message: why}}}
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": has.GetUID()}, "spec": map[string]any{"suspend": to}})
	if err != nil {
		return nil, fmt.Errorf("writing the change of %s %q: %w", k.name, name, err)
	}
	out := k.one()
	err = k.client(j.c).Patch(types.MergePatchType).Namespace(j.namespace).Resource(k.resource).Name(name).
		VersionedParams(&metav1.PatchOptions{FieldManager: "odh"}, j.c.params).Body(patch).Do(ctx).Into(out)
	if err != nil {
		return nil, j.c.typed(err, j.aboutKind(k, "patch", name))
	}
	job = k.job(out, j.c.now())
	job.Unchanged = out.GetResourceVersion() == has.GetResourceVersion()
	return job, nil
}

// awaitSuspended waits until Trainer says that a job is suspended.
func (j *Jobs) awaitSuspended(ctx context.Context, k *kind, name string, timeout time.Duration) (job *Job, err error) {
	late := &TimeoutError{Type: k.name, Namespace: j.namespace, Name: name, After: timeout, For: "to a standstill"}
	err = j.untilSeen(ctx, k, name, late, func(now object, err error) (bool, error) {
		if err != nil {
			return false, err
		}
		job = k.job(now, j.c.now())
		late.Job = job
		for _, s := range job.Timeline { // the condition, not the wish
			if s.Name == string(Suspended) {
				return true, nil
			}
		}
		return job.Phase.Finished(), nil
	})
	return job, err
}

// untilSeen looks at a job every half second until done says so or fails. The time for it ends with late.
func (j *Jobs) untilSeen(ctx context.Context, k *kind, name string, late *TimeoutError, done func(object, error) (bool, error)) error {
	limited, cancel := withTimeout(ctx, late.After)
	defer cancel()
	for {
		now, err := j.getObject(limited, k, name)
		if limited.Err() != nil {
			return timedOut(ctx, limited, late)
		}
		if over, err := done(now, err); over || err != nil {
			return err
		}
		select {
		case <-limited.Done():
			return timedOut(ctx, limited, late)
		case <-time.After(500 * time.Millisecond):
		}
	}
}
