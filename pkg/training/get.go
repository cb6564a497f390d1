package training

import (
	"context"
	"errors"
	"time"
)

// Get reads a job; of an MPIJob that failed, also what its report says about why.
func (j *Jobs) Get(ctx context.Context, name string) (*Job, error) {
	if k := kindOf(j.typ); k.name != TypeMPIJob {
		o, err := j.getObject(ctx, k, name)
		if err != nil {
			return nil, err
		}
		return k.job(o, j.c.now()), nil
	}
	m, err := j.getJob(ctx, name)
	if err != nil {
		return nil, err
	}
	return j.withFailure(ctx, m), nil
}

// ReadOptions change which job MPIJob and Export read.
type ReadOptions struct {
	// UID is of the job that is meant: one that has taken its name since isn't read, which is a ReplacedError. Empty is
	// whichever has the name.
	UID string
}

// MPIJob reads the whole object.
func (j *Jobs) MPIJob(ctx context.Context, name string, o ReadOptions) (*MPIJob, error) {
	m, err := j.getJob(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := meant(m, TypeMPIJob, o.UID); err != nil {
		return nil, err
	}
	return m, nil
}

// withFailure adds the report's failure to a failed job. A report that can't be read only costs
// details: reason and sentence are in the job's status.
func (j *Jobs) withFailure(ctx context.Context, m *MPIJob) *Job {
	job := newJob(m, j.c.now())
	if job.Phase != Failed {
		return job
	}
	here := &Jobs{c: j.c, namespace: m.Namespace}
	cm, err := here.getReport(ctx, m.Name)
	if err != nil {
		return job
	}
	if r, err := parseReport(cm, job.UID); err == nil && r != nil {
		job.Attempt = r.Attempt
		if r.Failure != nil {
			job.because(m, r.Failure)
		}
	}
	return job
}

// Describe reads a job with its Launcher, Workers and events. Where the caller may not read one of
// these, Notes say so and the rest is returned.
func (j *Jobs) Describe(ctx context.Context, name string) (*Detail, error) {
	o := observed{kind: kindOf(j.typ)}
	var err error
	if o.job, err = j.getObject(ctx, o.kind, name); err != nil {
		return nil, err
	}
	m, ours := o.job.(*MPIJob)
	var notes []string
	// Failing to read one of a job's parts is worth a note; not reaching the cluster is an error.
	note := func(err error) error {
		var denied *DeniedError
		var missing *NotFoundError
		switch {
		case errors.As(err, &denied):
			notes = append(notes, denied.Error())
		case err != nil && !errors.As(err, &missing):
			return err
		}
		return nil
	}
	if o.pods, err = j.listPods(ctx, o.parts().selector()); note(err) != nil {
		return nil, err
	}
	if ours {
		if o.report, err = j.getReport(ctx, name); note(err) != nil {
			return nil, err
		}
		if err != nil {
			o.report = nil
		}
	}
	d := newDetail(o, j.c.now())
	if ours {
		j.costSoFar(ctx, d, m)
	}
	events, err := j.listEvents(ctx)
	if note(err) != nil {
		return nil, err
	}
	d.Events = newestEvents(jobEvents(events, o), maxEvents)
	if ours {
		related, err := j.Of(TypeMPIJob).List(ctx, ListOptions{})
		if note(err) != nil {
			return nil, err
		}
		if err == nil {
			d.Family = relatives(Family(related.Items, &d.Job))
		}
	}
	d.Notes = append(d.Notes, notes...)
	if ours && !d.Phase.Finished() {
		d.Notes = append(d.Notes, j.Doubts(ctx, m)...)
	}
	return d, nil
}

// relatives are the members of a family that is more than one job.
func relatives(family []*Job) []Relative {
	if len(family) < 2 {
		return nil
	}
	out := make([]Relative, len(family))
	for i, j := range family {
		out[i] = Relative{Name: j.Name, Phase: j.Phase, Created: j.Created, ClonedFrom: j.ClonedFrom}
	}
	return out
}

// Summarize is the Job of an MPIJob that the caller has at hand, as Create returns one.
func Summarize(m *MPIJob) *Job { return newJob(m, time.Now()) }
