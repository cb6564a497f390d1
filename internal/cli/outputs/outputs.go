// Package outputs is `odh training outputs`.
package outputs

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/duration"
	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `outputs list` and `outputs download`.
type Options struct {
	Factory *factory.Factory
	Job     string
	Output  training.OutputOptions
	Format  printer.Format
	Folder  string
}

// NewOutputsCmd returns the command; runF replaces what its verbs do, for tests.
func NewOutputsCmd(f *factory.Factory, group func(*cobra.Command, []string) error, runF func(context.Context, *Options) error) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "outputs",
		Short: "List and fetch what jobs left as results",
		Long: `List and fetch the files a job left where it said it would (--output-to), while it runs or after it
ended. A claim is read by a small pod that lives as long as the command does; S3 with the keys of the
job's connection, which you must be allowed to read.`,
		Args: cobra.ArbitraryArgs,
		RunE: group,
	}
	cmd.AddCommand(newListCmd(f, runF), newDownloadCmd(f, runF))
	return cmd
}

func newListCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var format string
	cmd := &cobra.Command{
		Use:   "list [mpijob] NAME [PATH…]",
		Short: "List the files a job left",
		Example: `  odh training outputs list train
  odh training outputs list train checkpoints -o json`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := o.read(cmd, args); err != nil {
				return err
			}
			if o.Format, err = printer.ParseFormat(format, printer.Text, printer.JSON, printer.YAML, printer.Name); err != nil {
				return err
			}
			return or(runF, list)(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.Complete(f, false),
	}
	o.add(cmd)
	cmd.Flags().StringVarP(&format, "output", "o", "", "print the files as `FORMAT`: yaml, json or name")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"yaml", "json", "name"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func newDownloadCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "download [mpijob] NAME [PATH…]",
		Short: "Fetch the files a job left",
		Long: `Fetch the files a job left, all or those named, folders with all that is in them, into a folder: the
job's name, or what --to says. A file is there when it is complete; one that is there already, with its
size and time, isn't fetched again, so an interrupted download goes on where it was.`,
		Example: `  odh training outputs download train
  odh training outputs download train model.bin checkpoints --to results`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.read(cmd, args); err != nil {
				return err
			}
			if o.Folder == "" {
				o.Folder = o.Job
			}
			return or(runF, download)(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.Complete(f, false),
	}
	o.add(cmd)
	cmd.Flags().StringVarP(&o.Folder, "to", "o", "", "the `FOLDER` to write to; made where it isn't there (default the job's name)")
	_ = cmd.MarkFlagDirname("to")
	return cmd
}

// add gives a command the flags that both have.
func (o *Options) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.Output.Image, "image", "", "`IMAGE` of mpi-agent for the pod that reads a claim (default the one the job ran with)")
	duration.Var(cmd.Flags(), &o.Output.Patience, "timeout", training.DefaultOutputPatience, "wait at most this `LONG` for that pod to start")
	for _, n := range []string{"image", "timeout"} {
		_ = cmd.RegisterFlagCompletionFunc(n, cobra.NoFileCompletions)
	}
}

// read takes the job and the paths from the arguments: what follows the job's name is a path, even one
// with a slash in it.
func (o *Options) read(cmd *cobra.Command, args []string) error {
	if o.Output.Patience <= 0 {
		return exit.Usagef("--timeout must be positive")
	}
	first := min(len(args), 1)
	if len(args) > 1 {
		if _, typed := training.ParseType(args[0]); typed {
			first = 2
		}
	}
	name, err := jobarg.One(cmd, args[:first])
	o.Job, o.Output.Paths = name, args[first:]
	return err
}

func or(runF, otherwise func(context.Context, *Options) error) func(context.Context, *Options) error {
	if runF != nil {
		return runF
	}
	return otherwise
}

// announce tells what is being waited for.
func (o *Options) announce() {
	streams := o.Factory.IO
	o.Output.Progress = func(text string) { fmt.Fprintln(streams.Err, streams.ErrStyle().Dim(printer.Clean(text))) }
}

func list(ctx context.Context, o *Options) error {
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	o.announce()
	l, err := jobs.Outputs(ctx, o.Job, o.Output)
	if err != nil {
		return err
	}
	out := o.Factory.IO.Out
	switch o.Format {
	case printer.JSON, printer.YAML:
		return printer.Data(out, o.Format, printer.Outputs(l))
	case printer.Name:
		for _, f := range l.Files {
			fmt.Fprintln(out, printer.Clean(f.Path))
		}
	default:
		if len(l.Files) == 0 {
			fmt.Fprintf(o.Factory.IO.Err, "%s has no files yet\n", l.Place)
		} else if err := table(out, l, o.Factory.Now()); err != nil {
			return err
		}
	}
	o.remarks(l.Skipped, l.Truncated)
	return nil
}

func table(w io.Writer, l *training.OutputList, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, "SIZE\tAGE\tPATH")
	for _, f := range l.Files {
		fmt.Fprintf(t, "%s\t%s\t%s\n", printer.Size(f.Size), printer.Age(now.Sub(f.Modified)), printer.Clean(f.Path))
	}
	return t.Flush()
}

func (o *Options) remarks(skipped []training.SkippedOutput, truncated bool) {
	streams := o.Factory.IO
	warning := streams.ErrStyle().Yellow("warning:")
	for i, s := range skipped {
		if i == 10 {
			fmt.Fprintf(streams.Err, "%s and %d more\n", warning, len(skipped)-i)
			break
		}
		fmt.Fprintf(streams.Err, "%s %s is left out: it %s\n", warning, printer.Clean(s.Path), s.Why)
	}
	if truncated {
		fmt.Fprintf(streams.Err, "%s there are more than %d files, and these are the first: name folders to see others\n", warning, training.MaxOutputFiles)
	}
}

func download(ctx context.Context, o *Options) error {
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	o.announce()
	streams := o.Factory.IO
	s := streams.ErrStyle()
	d, err := jobs.DownloadOutputs(ctx, o.Job, o.Folder, training.DownloadOptions{OutputOptions: o.Output, Done: func(f training.OutputFile, kept bool, number, count int) {
		what := printer.Size(f.Size)
		if kept {
			what = "is there already"
		}
		fmt.Fprintf(streams.Err, "%s %s\n", s.Dim(fmt.Sprintf("%d/%d", number, count)), printer.Clean(f.Path)+"  "+s.Dim(what))
	}})
	if ctx.Err() != nil {
		fmt.Fprintln(streams.Err, "Interrupted; the same command goes on with what is missing.")
		return &exit.Told{Err: exit.ErrDetached}
	}
	if err != nil {
		return err
	}
	o.remarks(d.Skipped, d.Truncated)
	bytes := int64(0)
	for _, f := range d.Files {
		bytes += f.Size
	}
	fmt.Fprintf(streams.Out, "%s %d of %d files fetched to %s, %s\n", streams.Style().Green("✓"), len(d.Files), len(d.Files)+len(d.Kept), o.Folder, printer.Size(bytes))
	return nil
}
