// Package create is `odh training create`.
package create

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/duration"
	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/jobflags"
	"github.com/opendatahub-io/mpijob/internal/cli/preflight"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/internal/cli/progress"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `create`.
type Options struct {
	Factory *factory.Factory
	Jobs    []*training.MPIJob
	Code    *training.Code // of the one job, where it has a code folder
	// Simple says that the job was described by flags: what is wrong is said in their words.
	Simple bool
	DryRun training.DryRun
	// Preflight looks before it creates.
	Preflight bool
	Output    printer.Format
	Wait      bool
	Timeout   time.Duration
}

// NewCreateCmd returns the command; runF replaces what it does, for tests.
func NewCreateCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var flags jobflags.Flags
	var dryRun, output string
	cmd := &cobra.Command{
		Use:        "create [mpijob] [NAME] (-f FILE | --template TEMPLATE [flags] | --image IMAGE [flags] -- PROGRAM [ARGS…])",
		SuggestFor: []string{"submit", "apply"},
		Short:      "Create jobs from a file or from flags",
		Long: `Create jobs from a file, from standard input, or from flags alone.

A file holds one or more MPIJobs (kubeflow.org/v2beta1), separated by ---. From flags, the job's
Launcher runs mpirun with your program on all Workers; see what that makes with --dry-run=client -o yaml.`,
		Example: `  odh training create -f train.yaml
  odh training create hello --image registry/hello:1 --workers 3 -- ./hello --fast
  odh training create hello --image registry/hello:1 --workers 3 --dry-run=client -o yaml -- ./hello
  odh training create hello --template mpi4py --image registry/hello:1 --code .`,
		RunE: func(cmd *cobra.Command, args []string) error {
			before, program := jobflags.Split(cmd, args)
			names, err := jobarg.Names(before)
			if err != nil {
				return err
			}
			if len(names) > 1 {
				return exit.Usagef("one name is enough, but %d were given: write the program after --", len(names))
			}
			name := ""
			if len(names) == 1 {
				name = names[0]
			}
			if o.DryRun, err = jobflags.DryRun(dryRun); err != nil {
				return err
			}
			if o.Output, err = printer.ParseFormat(output, printer.Text, printer.JSON, printer.YAML, printer.Name); err != nil {
				return err
			}
			if o.Timeout != 0 && !o.Wait {
				return exit.Usagef("--timeout is for --wait: add it, or leave --timeout out")
			}
			if o.Timeout < 0 {
				return exit.Usagef("--timeout must not be negative")
			}
			if o.Wait && o.DryRun != "" {
				return exit.Usagef("--wait and --dry-run don't go together: nothing is created that could be waited for")
			}
			if err := flags.LoadTemplate(cmd.Context(), f); err != nil {
				return err
			}
			if o.Jobs, err = flags.Jobs(cmd, f.IO, name, program); err != nil {
				return err
			}
			o.Code, o.Simple = flags.Code(), flags.Simple()
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.Add(cmd)
	flags.AddTemplate(cmd, f)
	preflight.AddFlag(cmd, &o.Preflight)
	cmd.Flags().StringVar(&dryRun, "dry-run", "none", "check and create nothing: `client` here, server by the cluster")
	cmd.Flags().StringVarP(&output, "output", "o", "", "print what was created as `FORMAT`: yaml, json or name")
	cmd.Flags().BoolVar(&o.Wait, "wait", false, "wait until the job is finished, and exit with its result")
	duration.Var(cmd.Flags(), &o.Timeout, "timeout", 0, "wait at most this `LONG`, as 90s or 2h; the job goes on after it")
	_ = cmd.RegisterFlagCompletionFunc("dry-run", cobra.FixedCompletions([]string{"client", "server"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"yaml", "json", "name"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func run(ctx context.Context, o *Options) error {
	warn(o)
	if o.DryRun == training.DryRunClient {
		for _, j := range o.Jobs {
			if j.Namespace == "" {
				j.Namespace = o.Factory.Namespace
			}
		}
		return show(o, o.Jobs)
	}
	client, err := o.Factory.Client()
	if err != nil {
		return err
	}
	var created []*training.MPIJob
	var failures []error
	for _, j := range o.Jobs {
		jobs := client.Jobs(target(o.Factory, j))
		for _, text := range jobs.Doubts(ctx, j) {
			fmt.Fprintln(o.Factory.IO.Err, o.Factory.IO.ErrStyle().Yellow("warning:"), text)
		}
		if o.Preflight {
			if err := preflight.Before(ctx, o.Factory, jobs, j, o.DryRun != ""); err != nil {
				failures = append(failures, err)
				continue
			}
		}
		out, err := jobs.Create(ctx, j, training.CreateOptions{DryRun: o.DryRun, Code: o.Code})
		if err != nil {
			if o.Simple {
				err = jobflags.InFlags(training.InSimpleWords(err))
			}
			failures = append(failures, err)
			continue
		}
		created = append(created, out)
	}
	if err := show(o, created); err != nil {
		return err
	}
	if len(failures) > 0 || !o.Wait {
		return errors.Join(failures...)
	}
	var results []error
	until := time.Now().Add(o.Timeout)
	for _, j := range created {
		left := time.Duration(0)
		if o.Timeout > 0 {
			left = max(time.Until(until), time.Millisecond)
		}
		results = append(results, progress.Follow(ctx, progress.Options{
			IO: o.Factory.IO, Jobs: client.Jobs(j.Namespace), Name: j.Name, Timeout: left,
		}))
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(results...)
}

// target is the namespace a job goes to: the flag's, which Create compares with the job's own; else
// the job's; else the kubeconfig's.
func target(f *factory.Factory, j *training.MPIJob) string {
	if f.Namespace != "" {
		return f.Namespace
	}
	return j.Namespace
}

func warn(o *Options) {
	s := o.Factory.IO.ErrStyle()
	for _, j := range o.Jobs {
		for _, w := range jobflags.Warnings(j, o.Simple) {
			fmt.Fprintln(o.Factory.IO.Err, s.Yellow("warning:"), w)
		}
	}
}

func show(o *Options, jobs []*training.MPIJob) error {
	out, s := o.Factory.IO.Out, o.Factory.IO.Style()
	for i, j := range jobs {
		switch o.Output {
		case printer.Name:
			fmt.Fprintf(out, "mpijob.kubeflow.org/%s\n", nameOf(j))
		case printer.JSON, printer.YAML:
			if i > 0 && o.Output == printer.YAML {
				fmt.Fprintln(out, "---")
			}
			if err := printer.Data(out, o.Output, printer.Manifest(j)); err != nil {
				return err
			}
		default:
			what := "created"
			if o.DryRun != "" {
				what = fmt.Sprintf("would be created (checked by the %s)", o.DryRun)
			}
			fmt.Fprintf(out, "%s mpijob/%s %s\n", s.Green("✓"), nameOf(j), what)
			view := training.Summarize(j)
			if o.DryRun != "" { // nothing has begun
				view.StopsAt = nil
			}
			if line := printer.LimitLine(view, time.Now()); line != "" {
				fmt.Fprintln(o.Factory.IO.Err, "  "+line)
			}
			for _, line := range printer.Inputs(j, o.Code) {
				fmt.Fprintln(o.Factory.IO.Err, "  "+line)
			}
			if o.DryRun == "" && !o.Wait {
				fmt.Fprintf(o.Factory.IO.Err, "  follow it with: odh training logs %s --follow -n %s\n", j.Name, j.Namespace)
			}
		}
	}
	return nil
}

func nameOf(j *training.MPIJob) string {
	if j.Name == "" {
		return j.GenerateName + "…"
	}
	return j.Name
}
