// Package describe is `odh training describe`.
package describe

import (
	"bytes"
	"context"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/internal/cli/watch"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `describe`.
type Options struct {
	Factory *factory.Factory
	Job     jobarg.Ref
	Watch   bool
	Output  printer.Format
}

// NewDescribeCmd returns the command; runF replaces what it does, for tests.
func NewDescribeCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var output string
	cmd := &cobra.Command{
		Use:        "describe [TYPE] NAME",
		SuggestFor: []string{"get", "status", "show", "info"},
		Short:      "Show a job: why it failed or what it waits for, its Workers, its events",
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Job, err = jobarg.OneRef(cmd, args); err != nil {
				return err
			}
			if o.Output, err = printer.ParseFormat(output, printer.Text, printer.JSON, printer.YAML, printer.JSONPath); err != nil {
				return err
			}
			if o.Watch && o.Job.Type != training.TypeMPIJob {
				return exit.Usagef("--watch is for MPIJobs, not for %ss", o.Job.Type)
			}
			if o.Watch && o.Output != printer.Text {
				return exit.Usagef("--watch and --output don't go together: `odh training watch %s -o json` prints changes as JSON", o.Job.Name)
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.CompleteAny(f, false),
	}
	cmd.Flags().BoolVarP(&o.Watch, "watch", "w", false, "keep it up to date until the job is finished")
	cmd.Flags().StringVarP(&output, "output", "o", "", "print as `FORMAT`: json, yaml or jsonpath=EXPRESSION")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"json", "yaml"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func run(ctx context.Context, o *Options) error {
	if o.Watch {
		return watch.Run(ctx, &watch.Options{Factory: o.Factory, Name: o.Job.Name})
	}
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	d, err := jobs.Of(o.Job.Type).Describe(ctx, o.Job.Name)
	if err != nil {
		return err
	}
	io := o.Factory.IO
	if o.Output.IsData() {
		return printer.Data(io.Out, o.Output, printer.Detail(d))
	}
	var page bytes.Buffer
	width := 160
	if io.OutTTY {
		width = io.Width()
	}
	if err := printer.Page(&page, d, io.Style(), o.Factory.Now(), width); err != nil {
		return err
	}
	_, err = page.WriteTo(io.Out)
	return err
}
