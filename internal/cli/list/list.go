// Package list is `odh training list`.
package list

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
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
	var status []string
	var output string
	cmd := &cobra.Command{
		Use:     "list [mpijobs]",
		Aliases: []string{"ls"},
		Short:   "List jobs, newest first",
		Example: `  odh training list
  odh training list --status failed,running -A
  odh training list -l team=vision -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			names, err := jobarg.Names(args)
			if err != nil {
				return err
			}
			if len(names) > 0 {
				return exit.Usagef("list takes no name: use `odh training describe %s`", names[0])
			}
			if o.Select.Phases, err = parsePhases(status); err != nil {
				return err
			}
			if o.Output, err = printer.ParseFormat(output, printer.Text, printer.Wide, printer.JSON, printer.YAML, printer.Name); err != nil {
				return err
			}
			if o.All && f.Namespace != "" {
				return exit.Usagef("--namespace and --all-namespaces don't go together: choose one")
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	fs := cmd.Flags()
	fs.StringSliceVar(&status, "status", nil, "only jobs in this `PHASE`; several with commas")
	fs.BoolVarP(&o.All, "all-namespaces", "A", false, "jobs of all namespaces")
	fs.StringVarP(&o.Select.LabelSelector, "selector", "l", "", "only jobs with these `LABELS`, as team=vision")
	fs.StringVarP(&output, "output", "o", "", "print as `FORMAT`: wide, json, yaml or name")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(phaseNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"wide", "json", "yaml", "name"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func phaseNames() []string {
	var out []string
	for _, p := range training.Phases() {
		out = append(out, string(p))
	}
	return out
}

func parsePhases(given []string) ([]training.Phase, error) {
	var out []training.Phase
	for _, g := range given {
		found := false
		for _, p := range training.Phases() {
			if strings.EqualFold(g, string(p)) {
				out, found = append(out, p), true
			}
		}
		if !found {
			return nil, exit.Usagef("there is no phase %q: use %s", g, strings.Join(phaseNames(), ", "))
		}
	}
	return out, nil
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
	list := page.Items
	io := o.Factory.IO
	switch o.Output {
	case printer.JSON, printer.YAML:
		return printer.Data(io.Out, o.Output, printer.Jobs(list))
	case printer.Name:
		for _, j := range list {
			fmt.Fprintf(io.Out, "mpijob.kubeflow.org/%s\n", j.Name)
		}
		return nil
	case printer.Text, printer.Wide:
	}
	if len(list) == 0 {
		fmt.Fprintln(io.Err, nothing(o, client.Namespace()))
		return nil
	}
	t := printer.TableOptions{Wide: o.Output == printer.Wide, AllNamespaces: o.All, Now: o.Factory.Now(), Style: io.Style()}
	if io.OutTTY {
		t.Marks, t.Width = true, io.Width()
	}
	return printer.Table(io.Out, list, t)
}

func nothing(o *Options, namespace string) string {
	what := "no jobs"
	if len(o.Select.Phases) > 0 || o.Select.LabelSelector != "" {
		what = "no such jobs"
	}
	if o.All {
		return what + " in any namespace"
	}
	return fmt.Sprintf("%s in namespace %q", what, namespace)
}
