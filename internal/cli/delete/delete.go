// Package delete is `odh training delete`.
package delete

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/bulk"
	"github.com/opendatahub-io/mpijob/internal/cli/duration"
	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `delete`.
type Options struct {
	bulk.Options
	Wait    bool
	Timeout time.Duration
}

// NewDeleteCmd returns the command; runF replaces what it does, for tests.
func NewDeleteCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Options: bulk.Options{Factory: f, Verb: bulk.Verb{
		Name: "delete", Done: "deleted", Loses: "Their pods and logs go with them.",
	}}}
	cmd := &cobra.Command{
		Use:        "delete [TYPE] (NAME… | -l LABELS | --all)",
		SuggestFor: []string{"cancel", "remove", "kill"},
		Aliases:    []string{"rm"},
		Short:      "Delete jobs with everything that belongs to them",
		Example: `  odh training delete hello
  odh training delete -l team=vision --wait
  odh training delete --all --yes
  odh training delete trainjob/tune`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Parse(args); err != nil {
				return err
			}
			switch {
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
		ValidArgsFunction: jobarg.CompleteAny(f, true),
	}
	o.AddFlags(cmd)
	fs := cmd.Flags()
	fs.BoolVar(&o.Wait, "wait", false, "wait until the jobs and their pods are gone")
	duration.Var(fs, &o.Timeout, "timeout", 0, "wait at most this `LONG`, as 90s")
	return cmd
}

func run(ctx context.Context, o *Options) error {
	// A few at a time go to the API server; waiting costs it little.
	most := 16
	if o.Wait {
		most = 256
	}
	return bulk.Run(ctx, &o.Options, most, func(ctx context.Context, jobs *training.Jobs, name, uid string) (string, error) {
		return "", jobs.Delete(ctx, name, training.DeleteOptions{UID: uid, Wait: o.Wait, Timeout: o.Timeout})
	})
}
