// Package events is `odh training events`.
package events

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `events`.
type Options struct {
	Factory  *factory.Factory
	Job      jobarg.Ref
	Follow   bool
	Warnings bool
	Output   printer.Format
}

// NewEventsCmd returns the command; runF replaces what it does, for tests.
func NewEventsCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var output string
	cmd := &cobra.Command{
		Use:   "events [TYPE] NAME",
		Short: "Show what happened to a job, its Launcher and its Workers, oldest first",
		Long: `Show the events of a job, its Launcher and its Workers, oldest first. The cluster keeps them for an hour,
unless its administrator says otherwise.`,
		Example: `  odh training events train
  odh training events train --follow
  odh training events train --warnings -o json`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Job, err = jobarg.OneRef(cmd, args); err != nil {
				return err
			}
			if o.Output, err = printer.ParseFormat(output, printer.Text, printer.JSON, printer.YAML, printer.JSONPath); err != nil {
				return err
			}
			if o.Follow && o.Output.IsData() && o.Output != printer.JSON {
				return exit.Usagef("--follow prints text, or with -o json one event a line: choose one")
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.CompleteAny(f, false),
	}
	fs := cmd.Flags()
	fs.BoolVarP(&o.Follow, "follow", "f", false, "go on until the job is finished")
	fs.BoolVar(&o.Warnings, "warnings", false, "only warnings")
	fs.StringVarP(&output, "output", "o", "", "print as `FORMAT`: json, yaml or jsonpath=EXPRESSION")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"json", "yaml"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func run(ctx context.Context, o *Options) error {
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	jobs = jobs.Of(o.Job.Type)
	if o.Follow {
		return follow(ctx, o, jobs)
	}
	all, err := jobs.Events(ctx, o.Job.Name)
	if err != nil {
		return err
	}
	list := make([]training.Event, 0, len(all))
	for _, e := range all {
		if e.Warning || !o.Warnings {
			list = append(list, e)
		}
	}
	io := o.Factory.IO
	if o.Output.IsData() {
		return printer.Data(io.Out, o.Output, printer.Events(list))
	}
	if len(list) == 0 {
		fmt.Fprintln(io.Err, "no events; the cluster keeps them for a while only")
		return nil
	}
	width := 0
	if io.OutTTY {
		width = io.Width()
	}
	return printer.EventTable(io.Out, list, io.Style(), o.Factory.Now(), width)
}

func follow(ctx context.Context, o *Options, jobs *training.Jobs) error {
	io := o.Factory.IO
	encoder := json.NewEncoder(io.Out)
	for e, err := range jobs.FollowEvents(ctx, o.Job.Name) {
		switch {
		case err != nil:
			return err
		case o.Warnings && !e.Warning:
		case o.Output == printer.JSON:
			if err := encoder.Encode(e); err != nil {
				return fmt.Errorf("writing an event: %w", err)
			}
		default:
			fmt.Fprintln(io.Out, printer.EventLine(e, io.Style()))
		}
	}
	if ctx.Err() != nil {
		return &exit.Told{Err: exit.ErrDetached}
	}
	return nil
}
