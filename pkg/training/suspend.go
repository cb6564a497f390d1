package training

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

// SuspendOptions change what Suspend does.
type SuspendOptions struct {
	// UID is of the job that is meant: one that has taken its name since goes on, which is a ReplacedError. Empty is
	// whichever has the name.
	UID string
	// Wait until nothing of the job runs any more.
	Wait bool
	// Timeout of the wait; 0 waits for ever.
	Timeout time.Duration
}

// Suspend stops a job's Launcher and Workers and keeps the job, so that Resume can start it again from
// the beginning. One that is suspended stays so; one that is finished is an InvalidError.
func (j *Jobs) Suspend(ctx context.Context, name string, o SuspendOptions) (*Job, error) {
	job, err := j.setSuspend(ctx, name, o.UID, true)
	if err != nil || !o.Wait {
		return job, err
	}
	unchanged := job.Unchanged
	if k := kindOf(j.typ); k.name != TypeMPIJob {
		if job, err = j.awaitSuspended(ctx, k, name, o.Timeout); job != nil {
			job.Unchanged = unchanged
		}
		return job, err
	}
	limited, cancel := withTimeout(ctx, o.Timeout)
	defer cancel()
	for d, err := range j.Follow(limited, name) {
		if err != nil {
			return job, err
		}
		job = &d.Job
		if job.Unchanged = unchanged; d.still() {
			return job, nil
		}
	}
	return job, timedOut(ctx, limited, &TimeoutError{Namespace: j.namespace, Name: name, After: o.Timeout, For: "to a standstill", Job: job})
}

// ResumeOptions change what Resume does.
type ResumeOptions struct {
	// UID is of the job that is meant: one that has taken its name since stays as it is, which is a ReplacedError.
	// Empty is whichever has the name.
	UID string
}

// Resume lets a suspended job run, from its beginning. One that isn't suspended is left as it is.
func (j *Jobs) Resume(ctx context.Context, name string, o ResumeOptions) (*Job, error) {
	return j.setSuspend(ctx, name, o.UID, false)
}

// still says whether the job is suspended, none of its pods are left, and its status has seen them go: a list that is
// asked for next has to say so too.
func (d *Detail) still() bool {
	if d.Phase != Suspended && d.Phase != Queued || d.LauncherPod.Phase != PodAbsent || d.Workers.Ready > 0 {
		return false
	}
	for _, w := range d.WorkerPods {
		if w.Phase != PodAbsent {
			return false
		}
	}
	return true
}

func (j *Jobs) setSuspend(ctx context.Context, name, uid string, to bool) (*Job, error) {
	if k := kindOf(j.typ); k.name != TypeMPIJob {
		return j.suspendOther(ctx, k, name, uid, to)
	}
	m, err := j.getJob(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := meant(m, TypeMPIJob, uid); err != nil {
		return nil, err
	}
	job := newJob(m, j.c.now())
	if why := cantSuspend(job, to); why != "" {
		return nil, &InvalidError{What: title(m), Problems: []Problem{{Field: "spec.runPolicy.suspend", Message: why}}}
	}
	if ptr.Deref(m.Spec.RunPolicy.Suspend, false) == to {
		job.Unchanged = true
		return job, nil
	}
	// The UID keeps the change from another job that has taken the name.
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": m.UID},
		"spec":     map[string]any{"runPolicy": map[string]any{"suspend": to}},
	})
	if err != nil {
		return nil, fmt.Errorf("writing the change of MPIJob %q: %w", name, err)
	}
	out := &MPIJob{}
	err = j.c.jobs.Patch(types.MergePatchType).Namespace(j.namespace).Resource("mpijobs").Name(name).
		VersionedParams(&metav1.PatchOptions{FieldManager: "odh"}, j.c.params).Body(patch).Do(ctx).Into(out)
	if err != nil {
		return nil, j.c.typed(err, j.about("patch", name))
	}
	return newJob(out, j.c.now()), nil
}

// cantSuspend says why a job can't be suspended or resumed; empty where it can.
func cantSuspend(job *Job, suspend bool) string {
	switch {
	case job.Phase == Terminating:
		return "the job is being deleted"
	case job.Phase.Finished() && suspend:
		return fmt.Sprintf("the job is %s: there is nothing left to suspend", job.Phase)
	case job.Phase.Finished():
		return fmt.Sprintf("the job is %s, and runs no more: clone it to run it again", job.Phase)
	case job.Phase == Queued && !suspend:
		return "a queue holds the job, and starts it once there is room"
	}
	return ""
}
