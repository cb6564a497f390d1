package training

import (
	"context"
	"fmt"
)

// Retried is a job that was started again.
type Retried struct {
	// Job is what runs now: the copy, or the job itself. Of a dry run, as it would be.
	Job *Job `json:"job"`
	// From is the name of the job that was to be tried again.
	From string `json:"from"`
	// Copy says that Job is a new job, as From was; else From itself has a new attempt.
	Copy bool `json:"copy"`
}

// RetryOptions change what Retry does.
type RetryOptions struct {
	// Name of the copy; empty is the first free one of NAME-2, NAME-3 and so on.
	Name string
	// UID is of the job that is meant: one that has taken its name since isn't tried again, which is a ReplacedError.
	// Empty is whichever has the name.
	UID    string
	DryRun DryRun
	// Request is as that of CreateOptions: sent again, it makes no second copy. One that is resumed remembers none.
	Request string
}

// Retry starts a job again as it was. Upstream's jobs run once: a finished one is copied, and the copy
// remembers what it is a copy of (Family). A suspended job is resumed, which is a new attempt of it.
// One that is under way is an InvalidError.
func (j *Jobs) Retry(ctx context.Context, name string, o RetryOptions) (*Retried, error) {
	job, err := j.Get(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case job.Type != TypeMPIJob:
		return nil, &UnsupportedError{Type: job.Type, Name: name, Verb: "retry", Instead: "create it anew from what `export` prints"}
	case o.UID != "" && o.UID != job.UID:
		// Clone says so, or answers with what the same request has made before.
	case job.Phase == Suspended && o.Name == "" && o.DryRun == DryRunNone:
		resumed, err := j.Resume(ctx, name, ResumeOptions{UID: job.UID})
		if err != nil {
			return nil, err
		}
		return &Retried{Job: resumed, From: name}, nil
	case job.Phase == Suspended && o.Name == "":
		return &Retried{Job: job, From: name}, nil
	case job.Phase == Suspended:
		return nil, &InvalidError{What: fmt.Sprintf("a retry of MPIJob %q", name), Problems: []Problem{{
			Message: "the job is Suspended, and isn't over: leave the new name out to resume it, or clone it"}}}
	case !job.Phase.Finished():
		return nil, &InvalidError{What: fmt.Sprintf("a retry of MPIJob %q", name), Problems: []Problem{{
			Message: fmt.Sprintf("the job is %s, and isn't over: suspend and resume it to start it from its beginning, or clone it to run another beside it", job.Phase)}}}
	}
	if o.UID == "" {
		o.UID = job.UID // what is over, and no other that takes its name meanwhile
	}
	c, err := j.Clone(ctx, name, Changes{}, CloneOptions(o))
	if err != nil {
		return nil, err
	}
	return &Retried{Job: newJob(c.Job, j.c.now()), From: name, Copy: true}, nil
}

// Family is a job with all the jobs it is a copy or a retry of, and those that are copies of any of
// them, oldest first: what ClonedFrom links in its namespace. A member that is deleted still links the
// others.
func Family(jobs []*Job, of *Job) []*Job {
	group := map[string]string{} // name → a name that stands for its family
	var root func(string) string
	root = func(name string) string {
		if up, ok := group[name]; ok && up != name {
			group[name] = root(up)
			return group[name]
		}
		return name
	}
	same := make([]*Job, 0, len(jobs))
	for _, j := range jobs {
		if j.Namespace != of.Namespace || j.Type != of.Type {
			continue
		}
		same = append(same, j)
		if j.ClonedFrom != "" {
			group[root(j.Name)] = root(j.ClonedFrom)
		}
	}
	if of.ClonedFrom != "" {
		group[root(of.Name)] = root(of.ClonedFrom)
	}
	var out []*Job
	for _, j := range same {
		if j.Name == of.Name || root(j.Name) == root(of.Name) {
			out = append(out, j)
		}
	}
	return byCreation(out)
}

// Family reads a job's family, the job itself among them.
func (j *Jobs) Family(ctx context.Context, name string) ([]*Job, error) {
	of, err := j.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	page, err := j.Of(of.Type).List(ctx, ListOptions{})
	if err != nil {
		return nil, err
	}
	return Family(page.Items, of), nil
}
