package training

import (
	"context"
	"errors"
	"slices"
	"sort"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Get reads a job; of one that failed, also what its report says about why.
func (j *Jobs) Get(ctx context.Context, name string) (*Job, error) {
	m, err := j.getJob(ctx, name)
	if err != nil {
		return nil, err
	}
	return j.withFailure(ctx, m), nil
}

// MPIJob reads the whole object.
func (j *Jobs) MPIJob(ctx context.Context, name string) (*MPIJob, error) { return j.getJob(ctx, name) }

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
	if r, err := parseReport(cm, job.UID); err == nil && r != nil && r.Failure != nil {
		job.Failure, job.Remedy = r.Failure, remedy(m, r.Failure)
	}
	return job
}

// ListOptions select and order what List and Watch return.
type ListOptions struct {
	// Phases to keep; empty keeps all.
	Phases []Phase
	// LabelSelector in Kubernetes' notation, as "team=vision,stage!=dev".
	LabelSelector string
}

// keeps says whether the options select a job by its phase.
func (o ListOptions) keeps(j *Job) bool {
	return len(o.Phases) == 0 || slices.Contains(o.Phases, j.Phase)
}

// List reads the jobs of the namespace (of all, from AllJobs), newest first.
func (j *Jobs) List(ctx context.Context, o ListOptions) ([]*Job, error) {
	l, err := j.listJobs(ctx, metav1.ListOptions{LabelSelector: o.LabelSelector})
	if err != nil {
		return nil, err
	}
	jobs := []*Job{}
	for i := range l.Items {
		if job := newJob(&l.Items[i], j.c.now()); o.keeps(job) {
			jobs = append(jobs, job)
		}
	}
	sort.SliceStable(jobs, func(a, b int) bool {
		if !jobs[a].Created.Equal(jobs[b].Created) {
			return jobs[a].Created.After(jobs[b].Created)
		}
		return jobs[a].Namespace+"/"+jobs[a].Name < jobs[b].Namespace+"/"+jobs[b].Name
	})
	return jobs, nil
}

// Describe reads a job with its Launcher, Workers and events. Where the caller may not read one of
// these, Notes say so and the rest is returned.
func (j *Jobs) Describe(ctx context.Context, name string) (*Detail, error) {
	m, err := j.getJob(ctx, name)
	if err != nil {
		return nil, err
	}
	o := observed{job: m}
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
	if o.pods, err = j.listPods(ctx, name); note(err) != nil {
		return nil, err
	}
	if o.report, err = j.getReport(ctx, name); note(err) != nil {
		return nil, err
	}
	if err != nil {
		o.report = nil
	}
	d := newDetail(o, j.c.now())
	events, err := j.listEvents(ctx)
	if note(err) != nil {
		return nil, err
	}
	d.Events = jobEvents(events, o)
	d.Notes = append(d.Notes, notes...)
	return d, nil
}

// Summarize is the Job of an MPIJob that the caller has at hand, as Create returns one.
func Summarize(m *MPIJob) *Job { return newJob(m, time.Now()) }
