// Package retry is `odh training retry`.
package retry

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/bulk"
	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/jobflags"
	"github.com/opendatahub-io/mpijob/internal/cli/progress"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `retry`.
type Options struct {
	bulk.Options
	Retry  training.RetryOptions
	Follow bool
}

// NewRetryCmd returns the command; runF replaces what it does, for tests.
func NewRetryCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Options: bulk.Options{Factory: f, Verb: bulk.Verb{
		Name: "retry", Done: "retried", Phases: []training.Phase{training.Failed},
	}}}
	var dryRun string
	cmd := &cobra.Command{
		Use:   "retry [mpijob] (NAME… | -l LABELS | --all)",
		Short: "Run jobs again as they were",
		Long: `Run jobs again as they were. A finished job is copied: the copy of train is train-2, and knows what it is a
retry of, as odh training describe shows. A suspended job is resumed, which is a new attempt of it. To change
something on the way, use odh training clone.`,
		Example: `  odh training retry train --follow
  odh training retry --all --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Parse(args); err != nil {
				return err
			}
			var err error
			if o.Retry.DryRun, err = jobflags.DryRun(dryRun); err != nil {
				return err
			}
			switch {
			case o.Retry.Name != "" && len(o.Refs) != 1:
				return exit.Usagef("--name is the name of one copy: name one job")
			case o.Follow && len(o.Refs) != 1:
				return exit.Usagef("--follow shows the log of one job: name one")
			case o.Follow && o.Retry.DryRun != "":
				return exit.Usagef("--follow doesn't go together with --dry-run: nothing is created that could be followed")
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.Complete(f, true),
	}
	o.AddFlags(cmd)
	fs := cmd.Flags()
	fs.StringVar(&o.Retry.Name, "name", "", "`NAME` of the copy (default the job's with the next number)")
	fs.BoolVarP(&o.Follow, "follow", "f", false, "show the log as it is written, and exit with the job's result")
	fs.StringVar(&dryRun, "dry-run", "none", "check and change nothing: `client` here, server by the cluster")
	_ = cmd.RegisterFlagCompletionFunc("dry-run", cobra.FixedCompletions([]string{"client", "server"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func run(ctx context.Context, o *Options) error {
	runs := "" // the one job that is to be followed
	err := bulk.Run(ctx, &o.Options, 8, func(ctx context.Context, jobs *training.Jobs, name, uid string) (string, error) {
		how := o.Retry
		how.UID = uid
		r, err := jobs.Retry(ctx, name, how)
		if err != nil {
			return "", err
		}
		if len(o.Refs) == 1 {
			runs = r.Job.Name
		}
		switch {
		case o.Retry.DryRun != "" && r.Copy:
			return "would be retried as " + r.Job.Name, nil
		case o.Retry.DryRun != "":
			return "would be resumed", nil
		case r.Copy:
			return "retried as " + r.Job.Name, nil
		}
		return "resumed, which is a new attempt", nil
	})
	if err != nil || runs == "" || o.Retry.DryRun != "" {
		return err
	}
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	if o.Follow {
		return progress.Follow(ctx, progress.Options{IO: o.Factory.IO, Jobs: jobs, Name: runs, Logs: true})
	}
	fmt.Fprintf(o.Factory.IO.Err, "  follow it with: odh training logs %s --follow -n %s\n", runs, jobs.Namespace())
	return nil
}
