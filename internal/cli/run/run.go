// Package run is `odh training run`.
package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/duration"
	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/jobflags"
	"github.com/opendatahub-io/mpijob/internal/cli/preflight"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/internal/cli/progress"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `run`.
type Options struct {
	Factory *factory.Factory
	Job     *training.MPIJob
	Code    *training.Code // of the job, where it has a code folder
	// Simple says that the job was described by flags: what is wrong is said in their words.
	Simple  bool
	Timeout time.Duration
	// Preflight looks before it creates.
	Preflight bool
}

// NewRunCmd returns the command; runF replaces what it does, for tests.
func NewRunCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var flags jobflags.Flags
	cmd := &cobra.Command{
		Use:        "run [mpijob] NAME (--image IMAGE [flags] -- PROGRAM [ARGS…] | -f FILE)",
		SuggestFor: []string{"submit", "start", "launch"},
		Short:      "Create a job, follow it live, and exit with its result",
		Long: `Create a job, follow its phases and its log, and exit with its result: 0 if it succeeded, 3 if it
failed, 4 if --timeout ran out while it goes on. Ctrl-C stops following (130); the job goes on.`,
		Example: `  odh training run hello --image registry/hello:1 --workers 3 -- ./hello --fast
  odh training run train --image registry/train:1 --workers 4 --gpus-per-worker 2 --code . -- python train.py
  odh training run -f train.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			before, program := jobflags.Split(cmd, args)
			names, err := jobarg.Names(before)
			if err != nil {
				return err
			}
			if len(names) > 1 {
				return exit.Usagef("one name is enough, but %d were given: write the program after --", len(names))
			}
			if o.Timeout < 0 {
				return exit.Usagef("--timeout must not be negative")
			}
			name := ""
			if len(names) == 1 {
				name = names[0]
			}
			if err := flags.LoadTemplate(cmd.Context(), f); err != nil {
				return err
			}
			jobs, err := flags.Jobs(cmd, f.IO, name, program)
			if err != nil {
				return err
			}
			if len(jobs) != 1 {
				return exit.Usagef("%s has %d jobs, and run follows one: use `odh training create -f %s --wait`", flags.File, len(jobs), flags.File)
			}
			o.Job, o.Code, o.Simple = jobs[0], flags.Code(), flags.Simple()
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.Add(cmd)
	flags.AddTemplate(cmd, f)
	preflight.AddFlag(cmd, &o.Preflight)
	duration.Var(cmd.Flags(), &o.Timeout, "timeout", 0, "follow at most this `LONG`, as 90s or 2h; the job goes on after it")
	return cmd
}

func run(ctx context.Context, o *Options) error {
	client, err := o.Factory.Client()
	if err != nil {
		return err
	}
	s, w := o.Factory.IO.ErrStyle(), o.Factory.IO.Err
	for _, text := range jobflags.Warnings(o.Job, o.Simple) {
		fmt.Fprintln(w, s.Yellow("warning:"), text)
	}
	namespace := o.Factory.Namespace
	if namespace == "" {
		namespace = o.Job.Namespace
	}
	jobs := client.Jobs(namespace)
	for _, text := range jobs.Doubts(ctx, o.Job) {
		fmt.Fprintln(w, s.Yellow("warning:"), text)
	}
	if o.Preflight {
		if err := preflight.Before(ctx, o.Factory, jobs, o.Job, false); err != nil {
			return err
		}
	}
	created, err := jobs.Create(ctx, o.Job, training.CreateOptions{Code: o.Code})
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(w, "\nInterrupted while the job was being created; see whether it is there with\n  odh training list -n %s\n", jobs.Namespace())
		return &exit.Told{Err: exit.ErrDetached}
	}
	if err != nil {
		if o.Simple {
			err = jobflags.InFlags(training.InSimpleWords(err))
		}
		return err
	}
	view := training.Summarize(created)
	fmt.Fprintf(w, "%s  %s\n", s.Bold(view.Name), s.Dim(fmt.Sprintf("%s · %s · %s", printer.Shape(view), view.Image, view.Namespace)))
	if line := printer.LimitLine(view, time.Now()); line != "" {
		fmt.Fprintln(w, s.Dim(line))
	}
	for _, line := range printer.Inputs(created, o.Code) {
		fmt.Fprintln(w, s.Dim(line))
	}
	return progress.Follow(ctx, progress.Options{IO: o.Factory.IO, Jobs: client.Jobs(created.Namespace), Name: created.Name, Timeout: o.Timeout, Logs: true})
}
