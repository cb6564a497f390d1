// Package usage is `odh training usage`.
package usage

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `usage`.
type Options struct {
	Factory *factory.Factory
	All     bool
	Output  printer.Format
}

// NewUsageCmd returns the command; runF replaces what it does, for tests.
func NewUsageCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var output string
	cmd := &cobra.Command{
		Use:   "usage",
		Short: "Show what jobs take of a namespace now, who takes it, and what waits",
		Long: `Show what the jobs of a namespace take now: of its quotas, and by creator. Jobs that wait are named, with
what they wait for. What one job's Workers use is shown by top.`,
		Example: `  odh training usage
  odh training usage -A
  odh training usage -o json`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if len(args) > 0 {
				return exit.Usagef("usage is of a namespace: write -n %s, or odh training top %s for a job's", args[0], args[0])
			}
			if o.Output, err = printer.ParseFormat(output, printer.Text, printer.JSON, printer.YAML, printer.JSONPath); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	fs := cmd.Flags()
	fs.BoolVarP(&o.All, "all-namespaces", "A", false, "of all namespaces, one after the other")
	fs.StringVarP(&output, "output", "o", "", "print as `FORMAT`: json, yaml or jsonpath=EXPRESSION")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"json", "yaml"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func run(ctx context.Context, o *Options) error {
	client, err := o.Factory.Client()
	if err != nil {
		return err
	}
	jobs := client.Jobs("")
	if o.All {
		jobs = client.AllJobs()
	}
	board, err := jobs.Board(ctx)
	if err != nil {
		return err
	}
	if len(board.Items) == 0 && !o.All {
		if err := client.CheckNamespace(ctx); err != nil {
			return err
		}
		board.Items = []training.NamespaceUsage{*board.Of(client.Namespace(), o.Factory.Now())}
	}
	io := o.Factory.IO
	for _, n := range board.Notes {
		fmt.Fprintln(io.Err, io.ErrStyle().Yellow("note:"), printer.Clean(n))
	}
	if o.Output.IsData() {
		return printer.Data(io.Out, o.Output, printer.Board(board))
	}
	if len(board.Items) == 0 {
		fmt.Fprintln(io.Err, "no jobs and no quotas in any namespace")
		return nil
	}
	width := 0
	if io.OutTTY {
		width = io.Width()
	}
	return printer.BoardText(io.Out, board, io.Style(), o.Factory.Now(), width)
}
