// Package clone is `odh training clone`.
package clone

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
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/internal/cli/progress"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `clone`.
type Options struct {
	Factory *factory.Factory
	Source  string
	Clone   training.CloneOptions
	Changes training.Changes
	Output  printer.Format
	Wait    bool
	Follow  bool
	Timeout time.Duration
}

// NewCloneCmd returns the command; runF replaces what it does, for tests.
func NewCloneCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var flags jobflags.Flags
	var dryRun, output string
	cmd := &cobra.Command{
		Use:   "clone [mpijob] NAME [NEWNAME] [flags] [-- PROGRAM [ARGS…]]",
		Short: "Create a copy of a job, with some of it changed",
		Long: `Create a copy of a job, in whatever state it is, with some of it changed. Without flags it is tried
again as it was. Without NEWNAME, the copy of train is train-2, and the copy of that is train-3.

A program after -- takes the place of the one mpirun starts; begin it with mpirun to replace the
Launcher's whole line, as is done where the Launcher runs something else, such as a shell.`,
		Example: `  odh training clone train --memory-per-worker 32Gi
  odh training clone train train-small --workers 2 --env BATCH=16 --follow
  odh training clone train --dry-run=client -o yaml -- python train.py --lr 0.1`,
		RunE: func(cmd *cobra.Command, args []string) error {
			before, program := jobflags.Split(cmd, args)
			names, err := jobarg.Names(before)
			if err != nil {
				return err
			}
			switch len(names) {
			case 0:
				return exit.Usagef("which job? Write: %s NAME", cmd.CommandPath())
			case 1:
			case 2:
				o.Clone.Name = names[1]
			default:
				return exit.Usagef("a job and the name of its copy are enough, but %d names were given: write the program after --", len(names))
			}
			o.Source = names[0]
			if o.Clone.DryRun, err = jobflags.DryRun(dryRun); err != nil {
				return err
			}
			if o.Output, err = printer.ParseFormat(output, printer.Text, printer.JSON, printer.YAML, printer.Name); err != nil {
				return err
			}
			if err := o.fitTogether(); err != nil {
				return err
			}
			if o.Changes, err = flags.Changes(cmd, program); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.Complete(f, false),
	}
	flags.AddChanges(cmd)
	jobflags.CompleteImages(cmd, f)
	fs := cmd.Flags()
	fs.StringVar(&dryRun, "dry-run", "none", "check and create nothing: `client` here, server by the cluster")
	fs.StringVarP(&output, "output", "o", "", "print what was created as `FORMAT`: yaml, json or name")
	fs.BoolVar(&o.Wait, "wait", false, "wait until the copy is finished, and exit with its result")
	fs.BoolVarP(&o.Follow, "follow", "f", false, "wait as --wait does, and show the copy's log as it is written")
	duration.Var(fs, &o.Timeout, "timeout", 0, "wait at most this `LONG`, as 90s or 2h; the job goes on after it")
	_ = cmd.RegisterFlagCompletionFunc("dry-run", cobra.FixedCompletions([]string{"client", "server"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"yaml", "json", "name"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// fitTogether refuses flags that contradict one another.
func (o *Options) fitTogether() error {
	waits := o.Wait || o.Follow
	switch {
	case o.Timeout < 0:
		return exit.Usagef("--timeout must not be negative")
	case o.Timeout != 0 && !waits:
		return exit.Usagef("--timeout is for --wait and --follow: add one, or leave --timeout out")
	case waits && o.Clone.DryRun != "":
		return exit.Usagef("--wait and --follow don't go together with --dry-run: nothing is created that could be waited for")
	case o.Follow && o.Output != printer.Text:
		return exit.Usagef("--follow prints the log, and --output the job: choose one")
	}
	return nil
}

func run(ctx context.Context, o *Options) error {
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	clone, err := jobs.Clone(ctx, o.Source, o.Changes, o.Clone)
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(o.Factory.IO.Err, "\nInterrupted while the job was being created; see whether it is there with\n  odh training list -n %s\n", jobs.Namespace())
		return &exit.Told{Err: exit.ErrDetached}
	}
	if err != nil {
		return jobflags.InFlags(err)
	}
	s := o.Factory.IO.ErrStyle()
	_, simple := training.SpecOf(clone.Job)
	warnings := jobflags.Warnings(clone.Job, simple)
	if o.Clone.DryRun != training.DryRunClient {
		warnings = append(warnings, jobs.Doubts(ctx, clone.Job)...)
	}
	for _, w := range warnings {
		fmt.Fprintln(o.Factory.IO.Err, s.Yellow("warning:"), w)
	}
	if err := show(o, clone); err != nil {
		return err
	}
	if !o.Wait && !o.Follow {
		return nil
	}
	return progress.Follow(ctx, progress.Options{
		IO: o.Factory.IO, Jobs: jobs, Name: clone.Job.Name, Timeout: o.Timeout, Logs: o.Follow,
	})
}

// show prints what was created and what is different about it.
func show(o *Options, c *training.Clone) error {
	io := o.Factory.IO
	out, s := io.Out, io.Style()
	switch o.Output {
	case printer.Name:
		fmt.Fprintf(out, "mpijob.kubeflow.org/%s\n", c.Job.Name)
		return nil
	case printer.JSON, printer.YAML:
		return printer.Data(out, o.Output, printer.Manifest(c.Job))
	case printer.Text, printer.Wide, printer.JSONPath:
	}
	if o.Follow { // stdout is the log's
		out, s = io.Err, io.ErrStyle()
	}
	what := "created from " + c.From
	if o.Clone.DryRun != "" {
		what = fmt.Sprintf("would be created from %s (checked by the %s)", c.From, o.Clone.DryRun)
	}
	if len(c.Differences) == 0 {
		what += ", unchanged"
	}
	fmt.Fprintf(out, "%s mpijob/%s %s\n", s.Green("✓"), c.Job.Name, what)
	if err := printer.Differences(out, c.Differences, s); err != nil {
		return err
	}
	if o.Clone.DryRun == "" && !o.Wait && !o.Follow {
		fmt.Fprintf(io.Err, "  follow it with: odh training logs %s --follow -n %s\n", c.Job.Name, c.Job.Namespace)
	}
	return nil
}
