// Package delete is `odh training delete`.
package delete

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `delete`.
type Options struct {
	Factory  *factory.Factory
	Names    []string
	Selector string
	All      bool
	Yes      bool
	Wait     bool
	Timeout  time.Duration
}

// NewDeleteCmd returns the command; runF replaces what it does, for tests.
func NewDeleteCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:     "delete [mpijob] (NAME… | -l LABELS | --all)",
		Aliases: []string{"rm"},
		Short:   "Delete jobs with everything that belongs to them",
		Example: `  odh training delete hello
  odh training delete -l team=vision --wait
  odh training delete --all --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Names, err = jobarg.Names(args); err != nil {
				return err
			}
			ways := 0
			for _, given := range []bool{len(o.Names) > 0, o.Selector != "", o.All} {
				if given {
					ways++
				}
			}
			switch {
			case ways == 0:
				return exit.Usagef("which jobs? Name them, or use --selector or --all")
			case ways > 1:
				return exit.Usagef("names, --selector and --all don't go together: choose one")
			case o.Timeout < 0:
				return exit.Usagef("--timeout must not be negative")
			case o.Timeout != 0 && !o.Wait:
				return exit.Usagef("--timeout is for --wait: add it, or leave --timeout out")
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.Complete(f, true),
	}
	fs := cmd.Flags()
	fs.StringVarP(&o.Selector, "selector", "l", "", "jobs with these `LABELS`, as team=vision")
	fs.BoolVar(&o.All, "all", false, "all jobs of the namespace")
	fs.BoolVarP(&o.Yes, "yes", "y", false, "don't ask")
	fs.BoolVar(&o.Wait, "wait", false, "wait until the jobs and their pods are gone")
	fs.DurationVar(&o.Timeout, "timeout", 0, "wait at most this `LONG`, as 90s")
	return cmd
}

func run(ctx context.Context, o *Options) error {
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	io := o.Factory.IO
	names := unique(o.Names)
	if len(names) == 0 {
		list, err := jobs.List(ctx, training.ListOptions{LabelSelector: o.Selector, Types: []training.Type{training.TypeMPIJob}})
		if err != nil {
			return err
		}
		for _, j := range list.Items {
			names = append(names, j.Name)
		}
		if len(names) == 0 {
			fmt.Fprintf(io.Err, "nothing to delete in namespace %q\n", jobs.Namespace())
			return nil
		}
	}
	if err := confirm(ctx, o, jobs, names); err != nil {
		return err
	}
	// A few at a time go to the API server; waiting costs it little.
	failures := make([]error, len(names))
	most := 16
	if o.Wait {
		most = 256
	}
	gate := make(chan struct{}, most)
	var mu sync.Mutex
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			failures[i] = jobs.Delete(ctx, name, training.DeleteOptions{Wait: o.Wait, Timeout: o.Timeout})
			if failures[i] == nil {
				mu.Lock()
				defer mu.Unlock()
				fmt.Fprintf(io.Out, "%s mpijob/%s deleted\n", io.Style().Green("✓"), name)
			}
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(failures...)
}

func unique(names []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// confirm asks before anything is lost. Where nobody can answer, names are answer enough; --all and
// a selector are not.
func confirm(ctx context.Context, o *Options, jobs *training.Jobs, names []string) error {
	io := o.Factory.IO
	if o.Yes {
		return nil
	}
	if !io.InTTY || !io.ErrTTY {
		if len(o.Names) > 0 {
			return nil
		}
		return exit.Usagef("this would delete %d jobs of namespace %q, and nobody can be asked: add --yes", len(names), jobs.Namespace())
	}
	s := io.ErrStyle()
	fmt.Fprintf(io.Err, "Delete from namespace %s:\n", s.Bold(jobs.Namespace()))
	phases := map[string]*training.Job{}
	if list, err := jobs.List(ctx, training.ListOptions{LabelSelector: o.Selector, Types: []training.Type{training.TypeMPIJob}}); err == nil {
		for _, j := range list.Items {
			phases[j.Name] = j
		}
	}
	const most = 20
	for i, n := range names {
		if i == most {
			fmt.Fprintf(io.Err, "  … and %d more\n", len(names)-most)
			break
		}
		phase := ""
		if j := phases[n]; j != nil {
			phase = "  " + printer.Colour(s, j.Phase, printer.Mark(j.Phase)+" "+string(j.Phase))
		}
		fmt.Fprintf(io.Err, "  %s%s\n", n, phase)
	}
	fmt.Fprintf(io.Err, "Their pods and logs go with them. Delete? [y/N] ")
	type reply struct {
		text string
		err  error
	}
	replies := make(chan reply, 1)
	go func() {
		text, err := bufio.NewReader(io.In).ReadString('\n')
		replies <- reply{text, err}
	}()
	var answer string
	var err error
	select {
	case r := <-replies:
		answer, err = r.text, r.err
	case <-ctx.Done():
		fmt.Fprintln(io.Err, "\nNothing was deleted.")
		return &exit.Told{Err: ctx.Err()}
	}
	if a := strings.ToLower(strings.TrimSpace(answer)); err != nil && a == "" || a != "y" && a != "yes" {
		fmt.Fprintln(io.Err, "Nothing was deleted.")
		return &exit.Told{Err: errors.New("not confirmed")}
	}
	return nil
}
