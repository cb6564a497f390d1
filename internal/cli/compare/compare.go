// Package compare is `odh training compare`.
package compare

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `compare`.
type Options struct {
	Factory *factory.Factory
	Type    training.Type
	Names   []string
	Compare training.CompareOptions
	Output  printer.Format
}

// NewCompareCmd returns the command; runF replaces what it does, for tests.
func NewCompareCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var output string
	cmd := &cobra.Command{
		Use:   "compare [TYPE] NAME NAME…",
		Short: "Show in what jobs differ: what they asked for, how long they took, how they ended",
		Example: `  odh training compare train train-2
  odh training compare train train-2 train-3 --all -o yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			refs, _, err := jobarg.Refs(args)
			if err != nil {
				return err
			}
			if len(refs) < 2 || len(refs) > training.MaxCompared {
				return exit.Usagef("compare takes 2 to %d jobs: name them", training.MaxCompared)
			}
			o.Type, o.Names = refs[0].Type, nil
			for _, r := range refs {
				if r.Type != o.Type {
					return exit.Usagef("jobs of different types have little in common: compare %ss with %ss", o.Type, o.Type)
				}
				o.Names = append(o.Names, r.Name)
			}
			if o.Output, err = printer.ParseFormat(output, printer.Text, printer.JSON, printer.YAML, printer.JSONPath); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.CompleteAny(f, true),
	}
	cmd.Flags().BoolVar(&o.Compare.All, "all", false, "show the fields that are the same too")
	cmd.Flags().StringVarP(&output, "output", "o", "", "print as `FORMAT`: json, yaml or jsonpath=EXPRESSION")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"json", "yaml"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func run(ctx context.Context, o *Options) error {
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	c, err := jobs.Of(o.Type).Compare(ctx, o.Names, o.Compare)
	if err != nil {
		return err
	}
	io := o.Factory.IO
	if o.Output.IsData() {
		return printer.Data(io.Out, o.Output, printer.Comparison(c))
	}
	width := 0
	if io.OutTTY {
		width = io.Width()
	}
	return printer.SideBySide(io.Out, c, io.Style(), width)
}
