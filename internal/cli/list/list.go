// Package list is `odh training list`.
package list

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `list`.
type Options struct {
	Factory *factory.Factory
	All     bool
	Select  training.ListOptions
	Output  printer.Format
}

// NewListCmd returns the command; runF replaces what it does, for tests.
func NewListCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var flags words
	cmd := &cobra.Command{
		Use:        "list [TYPE]",
		SuggestFor: []string{"get", "status", "jobs", "ps"},
		Aliases:    []string{"ls"},
		Short:      "List jobs, newest first",
		Long: `List jobs of all types, newest first: MPIJobs, TrainJobs of Kubeflow Trainer v2, and the old PyTorchJobs and
TFJobs where the cluster has them.`,
		Example: `  odh training list
  odh training list --status failed,running -A
  odh training list -l team=vision -o json
  odh training list --creator ann --search llama --sort-by duration --limit 20
  odh training list trainjobs -o jsonpath='{.items[*].name}'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.parse(args, flags); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: cobra.FixedCompletions(typeWords(), cobra.ShellCompDirectiveNoFileComp),
	}
	flags.add(cmd, o)
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
	page, err := jobs.List(ctx, o.Select)
	if err != nil {
		return err
	}
	if page.Total == 0 && !o.All {
		if err := client.CheckNamespace(ctx); err != nil {
			return err
		}
	}
	io := o.Factory.IO
	for _, n := range page.Notes {
		fmt.Fprintln(io.Err, io.ErrStyle().Yellow("note:"), printer.Clean(n))
	}
	switch {
	case o.Output.IsData():
		return printer.Data(io.Out, o.Output, printer.Jobs(page))
	case o.Output == printer.Name:
		for _, j := range page.Items {
			fmt.Fprintln(io.Out, printer.FullName(j.Type, j.Name))
		}
		return nil
	case len(page.Items) == 0:
		fmt.Fprintln(io.Err, nothing(o, client.Namespace()))
		return nil
	}
	t := printer.TableOptions{Wide: o.Output == printer.Wide, AllNamespaces: o.All, Now: o.Factory.Now(), Style: io.Style()}
	if io.OutTTY {
		t.Marks, t.Width = true, io.Width()
	}
	if err := printer.Table(io.Out, page.Items, t); err != nil {
		return err
	}
	if page.Continue != "" {
		fmt.Fprintf(io.Err, "%d of %d jobs; more with the same flags and --continue %s\n", len(page.Items), page.Total, page.Continue)
	}
	return nil
}

func nothing(o *Options, namespace string) string {
	what := "no jobs"
	if s := o.Select; len(s.Phases)+len(s.Types) > 0 || s.LabelSelector+s.Creator+s.Search+s.Continue != "" {
		what = "no such jobs"
	}
	if o.All {
		return what + " in any namespace"
	}
	return fmt.Sprintf("%s in namespace %q", what, namespace)
}
