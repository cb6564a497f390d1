// Package bulk is what the commands that change several jobs at once have in common: which jobs are
// meant, whether one is sure, and a line for each that was done or wasn't.
package bulk

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Verb is what is done to the jobs.
type Verb struct {
	Name string // "delete"
	Done string // "deleted"
	// Phases of the jobs that --all and --selector mean; empty is all.
	Phases []training.Phase
	// Loses is what a person is told when asked whether they are sure. With it they are asked about jobs
	// they named too, else only about those --all and --selector find.
	Loses string
}

// Options say which jobs.
type Options struct {
	Factory  *factory.Factory
	Verb     Verb
	Refs     []jobarg.Ref
	Type     training.Type // of --all and --selector
	Selector string
	All      bool
	Yes      bool
}

// AddFlags adds --selector, --all and --yes.
func (o *Options) AddFlags(cmd *cobra.Command) {
	which := "jobs"
	if len(o.Verb.Phases) == 1 {
		which = string(o.Verb.Phases[0]) + " jobs"
	}
	fs := cmd.Flags()
	fs.StringVarP(&o.Selector, "selector", "l", "", which+" with these `LABELS`, as team=vision")
	fs.BoolVar(&o.All, "all", false, "all "+which+" of the namespace; MPIJobs, unless a type is named")
	fs.BoolVarP(&o.Yes, "yes", "y", false, "don't ask")
}

// Parse reads the arguments.
func (o *Options) Parse(args []string) (err error) {
	if o.Refs, o.Type, err = jobarg.Refs(args); err != nil {
		return err
	}
	if o.Type == "" {
		o.Type = training.TypeMPIJob
	}
	ways := 0
	for _, given := range []bool{len(o.Refs) > 0, o.Selector != "", o.All} {
		if given {
			ways++
		}
	}
	switch {
	case ways == 0:
		return exit.Usagef("which jobs? Name them, or use --selector or --all")
	case ways > 1:
		return exit.Usagef("names, --selector and --all don't go together: choose one")
	}
	return nil
}

// Do is done to one job, whose UID is empty where nobody has looked at it before; it returns what to say after its name,
// "deleted" where it is empty.
type Do func(ctx context.Context, jobs *training.Jobs, name, uid string) (said string, err error)

// Run does it to each of the jobs, at most so many at the same time. What fails is an error of its own,
// and keeps none of the others.
func Run(ctx context.Context, o *Options, most int, do Do) error {
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	io := o.Factory.IO
	refs := unique(o.Refs)
	var known seen
	if len(refs) == 0 {
		if refs, known, err = found(ctx, o, jobs); err != nil {
			return err
		}
		if len(refs) == 0 {
			fmt.Fprintf(io.Err, "nothing to %s in namespace %q\n", o.Verb.Name, jobs.Namespace())
			return nil
		}
	}
	if known, err = confirm(ctx, o, jobs, refs, known); err != nil {
		return err
	}
	failures := make([]error, len(refs))
	gate := make(chan struct{}, most)
	var mu sync.Mutex
	var all sync.WaitGroup
	done := 0
	for i, ref := range refs {
		all.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			if failures[i] = known.gone[ref]; failures[i] != nil {
				return
			}
			uid := ""
			if j := known.jobs[ref]; j != nil {
				uid = j.UID // what was looked at and agreed to, and no other that has the name by now
			}
			var said string
			if said, failures[i] = do(ctx, jobs.Of(ref.Type), ref.Name, uid); failures[i] != nil {
				return
			}
			if said == "" {
				said = o.Verb.Done
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			fmt.Fprintf(io.Out, "%s %s %s\n", io.Style().Green("✓"), printer.ShortName(ref.Type, ref.Name), said)
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if done < len(refs) && len(refs) > 1 {
		fmt.Fprintf(io.Err, "%d of %d %s\n", done, len(refs), o.Verb.Done)
	}
	return errors.Join(failures...)
}

// found are the jobs that --all or the selector mean.
func found(ctx context.Context, o *Options, jobs *training.Jobs) ([]jobarg.Ref, seen, error) {
	page, err := jobs.List(ctx, training.ListOptions{
		Types: []training.Type{o.Type}, LabelSelector: o.Selector, Phases: o.Verb.Phases, SortBy: training.SortName,
	})
	if err != nil {
		return nil, seen{}, err
	}
	var refs []jobarg.Ref
	known := seen{jobs: map[jobarg.Ref]*training.Job{}}
	for _, j := range page.Items {
		ref := jobarg.Ref{Type: j.Type, Name: j.Name}
		refs, known.jobs[ref] = append(refs, ref), j
	}
	return refs, known, nil
}

func unique(refs []jobarg.Ref) []jobarg.Ref {
	seen := map[jobarg.Ref]bool{}
	var out []jobarg.Ref
	for _, r := range refs {
		if !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	return out
}
