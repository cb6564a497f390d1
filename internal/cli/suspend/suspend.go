// Package suspend is `odh training suspend` and `odh training resume`.
package suspend

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `suspend` and `resume`.
type Options struct {
	Factory *factory.Factory
	Names   []string
	Suspend training.SuspendOptions
}

// NewSuspendCmd returns the command; runF replaces what it does, for tests.
func NewSuspendCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	if runF == nil {
		runF = runSuspend
	}
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "suspend [mpijob] NAME…",
		Short: "Stop jobs and keep them, to be resumed later",
		Long: `Stop jobs and keep them: their Launcher and Workers end and free what they use. Resumed, a job starts
from its beginning; a program that is to go on where it was reads its own checkpoint.`,
		Example: `  odh training suspend train --wait
  odh training resume train`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Names, err = names(cmd, args); err != nil {
				return err
			}
			switch {
			case o.Suspend.Timeout < 0:
				return exit.Usagef("--timeout must not be negative")
			case o.Suspend.Timeout != 0 && !o.Suspend.Wait:
				return exit.Usagef("--timeout is for --wait: add it, or leave --timeout out")
			}
			return runF(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.Complete(f, true),
	}
	cmd.Flags().BoolVar(&o.Suspend.Wait, "wait", false, "wait until nothing of the jobs runs any more")
	cmd.Flags().DurationVar(&o.Suspend.Timeout, "timeout", 0, "wait at most this `LONG`, as 90s")
	return cmd
}

// NewResumeCmd returns the command; runF replaces what it does, for tests.
func NewResumeCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	if runF == nil {
		runF = runResume
	}
	o := &Options{Factory: f}
	return &cobra.Command{
		Use:     "resume [mpijob] NAME…",
		Short:   "Let suspended jobs run, from their beginning",
		Example: `  odh training resume train`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Names, err = names(cmd, args); err != nil {
				return err
			}
			return runF(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.Complete(f, true),
	}
}

func names(cmd *cobra.Command, args []string) ([]string, error) {
	names, err := jobarg.Names(args)
	if err == nil && len(names) == 0 {
		err = exit.Usagef("which jobs? Write: %s NAME", cmd.CommandPath())
	}
	return names, err
}

func runSuspend(ctx context.Context, o *Options) error {
	return each(o, "suspended", func(jobs *training.Jobs, name string) error {
		_, err := jobs.Suspend(ctx, name, o.Suspend)
		return err
	})
}

func runResume(ctx context.Context, o *Options) error {
	err := each(o, "resumed", func(jobs *training.Jobs, name string) error {
		_, err := jobs.Resume(ctx, name)
		return err
	})
	if err == nil && len(o.Names) == 1 {
		jobs, _ := o.Factory.Jobs()
		fmt.Fprintf(o.Factory.IO.Err, "  follow it with: odh training logs %s --follow -n %s\n", o.Names[0], jobs.Namespace())
	}
	return err
}

func each(o *Options, done string, do func(*training.Jobs, string) error) error {
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	var failures []error
	for _, name := range o.Names {
		switch err := do(jobs, name); {
		case errors.Is(err, context.Canceled):
			return err
		case err != nil:
			failures = append(failures, err)
		default:
			fmt.Fprintf(o.Factory.IO.Out, "%s mpijob/%s %s\n", o.Factory.IO.Style().Green("✓"), name, done)
		}
	}
	return errors.Join(failures...)
}
