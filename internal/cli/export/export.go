// Package export is `odh training export`.
package export

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `export`.
type Options struct {
	Factory *factory.Factory
	Job     jobarg.Ref
}

// NewExportCmd returns the command; runF replaces what it does, for tests.
func NewExportCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	return &cobra.Command{
		Use:   "export [TYPE] NAME",
		Short: "Print the manifest that creates a job again",
		Long: `Print the manifest that creates a job again, as YAML: what its user wrote, without status, UID and whatever
else only the cluster writes.`,
		Example: `  odh training export train > train.yaml
  odh training export train | odh training create train-b -f -`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Job, err = jobarg.OneRef(cmd, args); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.CompleteAny(f, false),
	}
}

func run(ctx context.Context, o *Options) error {
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	text, err := jobs.Of(o.Job.Type).Export(ctx, o.Job.Name, training.ReadOptions{})
	if err != nil {
		return err
	}
	_, err = o.Factory.IO.Out.Write(text)
	return err
}
