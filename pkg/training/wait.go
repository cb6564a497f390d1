package training

import (
	"context"
	"time"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// WaitOptions change what Wait does.
type WaitOptions struct {
	// Timeout ends the wait, not the job; 0 waits for ever.
	Timeout time.Duration
	// OnChange is called with each state of the job that is seen; nil is not called.
	OnChange func(*Detail)
}

// Wait waits until a job is finished and returns it. One that failed is returned with a
// JobFailedError, one that goes on when the time is up with a TimeoutError; one that is deleted
// meanwhile is a NotFoundError.
func (j *Jobs) Wait(ctx context.Context, name string, o WaitOptions) (*Job, error) {
	limited, cancel := withTimeout(ctx, o.Timeout)
	defer cancel()
	var last *Job
	for d, err := range j.Follow(limited, name) {
		if err != nil {
			return last, err
		}
		if o.OnChange != nil {
			o.OnChange(d)
		}
		last = &d.Job
		if d.Phase.Finished() {
			return j.Result(ctx, d)
		}
	}
	return last, timedOut(ctx, limited, &TimeoutError{Type: j.typ, Namespace: j.namespace, Name: name, After: o.Timeout, For: "to an end", Job: last})
}

// Result is the outcome of a finished job: nil, or a JobFailedError whose Failure carries the end
// of the log that matters where it can still be read.
func (j *Jobs) Result(ctx context.Context, d *Detail) (*Job, error) {
	job := d.Job
	if job.Phase != Failed {
		return &job, nil
	}
	why := Failure{}
	for range 4 { // the report is written beside the status, and may be seen after it
		if job.Failure == nil || job.Failure.Evidence != statusEvidence {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryFirst):
		}
		if fresh, err := (&Jobs{c: j.c, namespace: job.Namespace, typ: job.Type}).Get(ctx, job.Name); err == nil && fresh.UID == job.UID {
			job.Failure, job.Remedy, job.Mend, job.NeedsChange = fresh.Failure, fresh.Remedy, fresh.Mend, fresh.NeedsChange
		}
	}
	if job.Failure != nil {
		why = *job.Failure
	} else { // of another type than MPIJobs no more is known than it says itself
		why = Failure{Reason: failure.Reason(job.Reason), Evidence: statusEvidence}
	}
	if len(why.LogTail) == 0 {
		why.LogTail = j.tail(ctx, d)
	}
	job.Failure = &why
	return &job, &JobFailedError{Job: &job}
}
