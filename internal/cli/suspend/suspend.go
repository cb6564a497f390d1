// Package suspend is `odh training suspend` and `odh training resume`.
package suspend

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/bulk"
	"github.com/opendatahub-io/mpijob/internal/cli/duration"
	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `suspend` and `resume`.
type Options struct {
	bulk.Options
	Suspend training.SuspendOptions
}

// atOnce is how many jobs are changed at the same time; suspending with --wait costs the API server little.
const atOnce = 16

// NewSuspendCmd returns the command; runF replaces what it does, for tests.
func NewSuspendCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	if runF == nil {
		runF = runSuspend
	}
	o := &Options{Options: bulk.Options{Factory: f, Verb: bulk.Verb{
		Name: "suspend", Done: "suspended",
		Phases: []training.Phase{training.Queued, training.Pending, training.Initializing, training.Running},
	}}}
	cmd := &cobra.Command{
		Use:        "suspend [TYPE] (NAME… | -l LABELS | --all)",
		SuggestFor: []string{"cancel", "stop", "pause"},
		Short:      "Stop jobs and keep them, to be resumed later",
		Long: `Stop jobs and keep them: their Launcher and Workers end and free what they use. Resumed, a job starts
from its beginning; a program that is to go on where it was reads its own checkpoint.`,
		Example: `  odh training suspend train --wait
  odh training suspend -l team=vision --yes
  odh training resume train`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Parse(args); err != nil {
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
		ValidArgsFunction: jobarg.CompleteAny(f, true),
	}
	o.AddFlags(cmd)
	cmd.Flags().BoolVar(&o.Suspend.Wait, "wait", false, "wait until nothing of the jobs runs any more")
	duration.Var(cmd.Flags(), &o.Suspend.Timeout, "timeout", 0, "wait at most this `LONG`, as 90s")
	return cmd
}

// NewResumeCmd returns the command; runF replaces what it does, for tests.
func NewResumeCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	if runF == nil {
		runF = runResume
	}
	o := &Options{Options: bulk.Options{Factory: f, Verb: bulk.Verb{
		Name: "resume", Done: "resumed", Phases: []training.Phase{training.Suspended},
	}}}
	cmd := &cobra.Command{
		Use:        "resume [TYPE] (NAME… | -l LABELS | --all)",
		SuggestFor: []string{"start", "continue"},
		Short:      "Let suspended jobs run, from their beginning",
		Example: `  odh training resume train
  odh training resume --all --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Parse(args); err != nil {
				return err
			}
			return runF(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.CompleteAny(f, true),
	}
	o.AddFlags(cmd)
	return cmd
}

func runSuspend(ctx context.Context, o *Options) error {
	return bulk.Run(ctx, &o.Options, atOnce, func(ctx context.Context, jobs *training.Jobs, name, uid string) (string, error) {
		how := o.Suspend
		how.UID = uid
		job, err := jobs.Suspend(ctx, name, how)
		switch {
		case err != nil || !job.Unchanged:
			return "", err
		case job.Phase == training.Queued:
			return "is held by its queue, which starts it once there is room", nil
		}
		return "was suspended already", nil
	})
}

func runResume(ctx context.Context, o *Options) error {
	err := bulk.Run(ctx, &o.Options, atOnce, func(ctx context.Context, jobs *training.Jobs, name, uid string) (string, error) {
		job, err := jobs.Resume(ctx, name, training.ResumeOptions{UID: uid})
		if err != nil || !job.Unchanged {
			return "", err
		}
		return fmt.Sprintf("was not suspended: it is %s", job.Phase), nil
	})
	if err == nil && len(o.Refs) == 1 && o.Refs[0].Type == training.TypeMPIJob {
		jobs, _ := o.Factory.Jobs()
		fmt.Fprintf(o.Factory.IO.Err, "  follow it with: odh training logs %s --follow -n %s\n", o.Refs[0].Name, jobs.Namespace())
	}
	return err
}
