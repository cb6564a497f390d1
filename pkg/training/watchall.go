package training

import (
	"context"
	"errors"
	"iter"
)

// Change is a job's new state in a Watch.
type Change struct {
	Job *Job
	// Deleted says that the job is gone, or no longer selected; Job then has its name, namespace and type.
	Deleted bool
}

// Watch yields every selected job as it is, and then each change, until the context ends (which
// yields no error) or an error that trying again doesn't mend. It resumes by itself when the
// connection or the API server is lost for a while. A slow reader misses states in between, never
// the newest. Order and paging of the options have no meaning here. Types other than MPIJobs that the
// cluster doesn't have, or the caller may not read, are left out, unless one alone is asked for.
func (j *Jobs) Watch(ctx context.Context, o ListOptions) iter.Seq2[Change, error] {
	if j.typ != "" {
		o.Types = []Type{j.typ}
	}
	return func(yield func(Change, error) bool) {
		keeps, err := o.matcher()
		if err != nil {
			yield(Change{}, err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		wake := make(chan struct{}, 1)
		var mirrors []*kindMirror
		var tasks []func(context.Context) error
		for _, k := range o.kinds() {
			m := &kindMirror{kind: k, mirror: newMirror[object](wake), shown: map[string]bool{}}
			task := m.task(j.c, query{
				client: k.client(j.c), namespace: j.namespace, label: k.selector(o.LabelSelector),
				about: j.aboutKind(k, "watch", ""), list: k.list(),
			})
			if k.name != TypeMPIJob && len(o.Types) != 1 {
				task = unlessUnreadable(task)
			}
			mirrors, tasks = append(mirrors, m), append(tasks, task)
		}
		failed := start(ctx, tasks...)
		for {
			select {
			case <-ctx.Done():
				return
			case err := <-failed:
				yield(Change{}, err)
				return
			case <-wake:
			}
			for _, m := range mirrors {
				for _, c := range m.news(keeps, j) {
					if !yield(c, nil) {
						return
					}
				}
			}
		}
	}
}

// kindMirror is a mirror of the jobs of one type, and which of them the watcher knows of.
type kindMirror struct {
	*mirror[object]
	kind  *kind
	shown map[string]bool
}

// news are the changes since the last call that a watcher is to hear of.
func (m *kindMirror) news(keeps func(*Job) bool, j *Jobs) []Change {
	var out []Change
	changes, _ := m.take()
	for _, c := range changes {
		id := c.key.String()
		change := Change{Job: &Job{Name: c.key.Name, Namespace: c.key.Namespace, Type: m.kind.name}, Deleted: true}
		if !c.gone {
			if job := m.kind.job(c.obj, j.c.now()); keeps(job) {
				change = Change{Job: job}
			}
		}
		switch {
		case !change.Deleted:
			m.shown[id] = true
		case m.shown[id]:
			delete(m.shown, id)
		default:
			continue
		}
		out = append(out, change)
	}
	return out
}

// unlessUnreadable lets a task end without ending the others where its type isn't there, or is denied.
func unlessUnreadable(task func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		err := task(ctx)
		var absent *NotInstalledError
		var denied *DeniedError
		if errors.As(err, &absent) || errors.As(err, &denied) && !denied.Unauthenticated {
			return nil
		}
		return err
	}
}
