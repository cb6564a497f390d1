// Package preflight is `odh training preflight`.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/jobflags"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `preflight`.
type Options struct {
	Factory *factory.Factory
	Jobs    []*training.MPIJob
	Output  printer.Format
}

// NewPreflightCmd returns the command; runF replaces what it does, for tests.
func NewPreflightCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var flags jobflags.Flags
	var output string
	cmd := &cobra.Command{
		Use:   "preflight [mpijob] [NAME] (-f FILE | [flags] [-- PROGRAM [ARGS…]])",
		Short: "Say whether a job would start now, and what stands in its way",
		Long: `Say whether a job would start now, without creating it: by the namespace's quotas and limit ranges, the
nodes' room, and the queue it names. Says the largest number of Workers that fits, and how long the job
would wait where that can be told.

Sizes alone are enough, without an image and a program. Several jobs in a file are each looked at as
if they were the only one.

Exits with 0 where the job would start or wait, or where nothing of what could be read stands in its way;
with 6 where you may read nothing of what decides, so that it isn't known, and with 1 where the cluster
doesn't answer instead; with 7 where a quota would refuse it, and with 8 where it can't be as it is written.`,
		Example: `  odh training preflight -f train.yaml
  odh training preflight --workers 8 --gpus-per-worker 2 --memory-per-worker 64Gi
  odh training preflight -f train.yaml -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			before, program := jobflags.Split(cmd, args)
			names, err := jobarg.Names(before)
			if err != nil {
				return err
			}
			if len(names) > 1 {
				return exit.Usagef("one name is enough, but %d were given: write the program after --", len(names))
			}
			if o.Output, err = printer.ParseFormat(output, printer.Text, printer.JSON, printer.YAML); err != nil {
				return err
			}
			name := ""
			if len(names) == 1 {
				name = names[0]
			}
			if flags.File == "" {
				name, program = sizesAlone(&flags, name, program)
			}
			if o.Jobs, err = flags.Jobs(cmd, f.IO, name, program); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.Add(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "", "print as `FORMAT`: json or yaml")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"json", "yaml"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// sizesAlone fills in what a job needs to be one, and what doesn't matter to whether it fits.
func sizesAlone(flags *jobflags.Flags, name string, program []string) (string, []string) {
	if name == "" {
		name = "job"
	}
	if flags.Image == "" {
		flags.Image = "image"
	}
	if flags.Command == "" && len(program) == 0 {
		program = []string{"program"}
	}
	return name, program
}

func run(ctx context.Context, o *Options) error {
	client, err := o.Factory.Client()
	if err != nil {
		return err
	}
	io := o.Factory.IO
	var verdicts []*training.Verdict
	var refusals []error
	for _, job := range o.Jobs {
		v, err := client.Jobs(target(o.Factory, job)).Preflight(ctx, job, training.PreflightOptions{})
		if err != nil {
			return err
		}
		verdicts = append(verdicts, v)
		if v.NothingRead() {
			refusals = append(refusals, &exit.Told{Err: unread(v)})
		}
		if err := training.Refusal(v); err != nil {
			refusals = append(refusals, &exit.Told{Err: err})
		}
	}
	if o.Output != printer.Text {
		if err := printer.Data(io.Out, o.Output, printer.Verdicts(verdicts)); err != nil {
			return err
		}
		return errors.Join(refusals...)
	}
	width := 100
	if io.OutTTY {
		width = io.Width()
	}
	for i, v := range verdicts {
		if i > 0 {
			fmt.Fprintln(io.Out)
		}
		if err := printer.Verdict(io.Out, v, io.Style(), width); err != nil {
			return err
		}
	}
	return errors.Join(refusals...)
}

// unread is why nothing of what decides could be read: for want of a right, or because the cluster doesn't answer.
func unread(v *training.Verdict) error {
	if slices.ContainsFunc(v.Checks, func(c training.PreflightCheck) bool { return c.MissingRight != "" }) {
		return &training.DeniedError{Message: v.Message}
	}
	return errors.New(v.Message)
}

// target is the namespace a job would go to: the flag's, else its own; "" is the kubeconfig's.
func target(f *factory.Factory, job *training.MPIJob) string {
	if f.Namespace != "" {
		return f.Namespace
	}
	return job.Namespace
}
