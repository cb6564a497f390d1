package bulk

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// seen is what was looked at before a person is asked.
type seen struct {
	jobs map[jobarg.Ref]*training.Job
	// gone are errors of names that no job has: one that is made while the person thinks it over isn't meant.
	gone map[jobarg.Ref]error
}

// unseenError: a job couldn't be looked at, so that nobody can be asked about it.
type unseenError struct {
	ref  jobarg.Ref
	verb Verb
	err  error
}

func (e *unseenError) Error() string {
	return printer.ShortName(e.ref.Type, e.ref.Name) + " wasn't looked at, and nothing was " + e.verb.Done + ": " + e.err.Error() +
		"; add --yes to " + e.verb.Name + " it all the same"
}

// Unwrap returns why.
func (e *unseenError) Unwrap() error { return e.err }

// look reads the jobs that were named: in one list, and one by one where it hasn't them.
func look(ctx context.Context, jobs *training.Jobs, refs []jobarg.Ref, verb Verb) (seen, error) {
	s := seen{map[jobarg.Ref]*training.Job{}, map[jobarg.Ref]error{}}
	listed := map[jobarg.Ref]*training.Job{}
	if page, err := jobs.List(ctx, training.ListOptions{}); err == nil { // else each says why it can't be read
		for _, j := range page.Items {
			listed[jobarg.Ref{Type: j.Type, Name: j.Name}] = j
		}
	}
	var mu sync.Mutex
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(8)
	for _, ref := range refs {
		if j := listed[ref]; j != nil {
			mu.Lock()
			s.jobs[ref] = j
			mu.Unlock()
			continue
		}
		all.Go(func() error {
			j, err := jobs.Of(ref.Type).Get(ctx, ref.Name)
			mu.Lock()
			defer mu.Unlock()
			var missing *training.NotFoundError
			switch {
			case err == nil:
				s.jobs[ref] = j
			case errors.As(err, &missing):
				s.gone[ref] = err
			default:
				return &unseenError{ref, verb, err}
			}
			return nil
		})
	}
	return s, all.Wait()
}
