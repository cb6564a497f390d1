// Package logs is `odh training logs`.
package logs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/cli/duration"
	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `logs`.
type Options struct {
	Factory *factory.Factory
	Job     jobarg.Ref
	Select  training.LogOptions
	// Times puts each line's time before it.
	Times bool
}

// bytesFlag is a number of bytes in Kubernetes' notation.
type bytesFlag int64

func (b *bytesFlag) String() string {
	if *b == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*b), 10)
}

// Set reads the flag.
func (b *bytesFlag) Set(s string) error {
	q, err := resource.ParseQuantity(s)
	if err != nil || q.Value() < 1 {
		return errors.New("is a number of bytes from 1, as 1000000 or 10Mi")
	}
	*b = bytesFlag(q.Value())
	return nil
}

// Type is the placeholder in help.
func (b *bytesFlag) Type() string { return "BYTES" }

// NewLogsCmd returns the command; runF replaces what it does, for tests.
func NewLogsCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var tail, sinceTime string
	var launcher bool
	var limit bytesFlag
	cmd := &cobra.Command{
		Use:   "logs [TYPE] NAME",
		Short: "Print a job's log: the Launcher's, which has the output of all ranks, or the Workers'",
		Long: `Print a job's log. Without flags it is the Launcher's, which has what all ranks print. A Worker's own
log (--worker) has what its container prints; --all-workers merges the Launcher's and all Workers' by time.

Followed, a log goes on where it was when a connection breaks, a container restarts or the Launcher is tried
again; a Worker that starts later joins. A TrainJob has nodes instead, which --worker means by their number,
and no Launcher: without flags, all of its logs are merged. On a terminal, of the program's escape sequences only colours are
kept; in a pipe each line is byte for byte what the program wrote.`,
		Example: `  odh training logs hello --follow
  odh training logs hello --worker=3 --tail 100
  odh training logs hello --all-workers --grep 'loss|error' --since-time 2026-01-31T09:00:00Z
  odh training logs mpijob/hello --all-workers --since 10m
  odh training logs trainjob/tune --follow`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Job, err = jobarg.OneRef(cmd, args); err != nil {
				return err
			}
			if tail != "all" {
				if o.Select.Tail, err = strconv.ParseInt(tail, 10, 64); err != nil || o.Select.Tail < 1 {
					return exit.Usagef("--tail is a number of lines from 1, or all; not %q", tail)
				}
			}
			if o.Select.Since < 0 {
				return exit.Usagef("--since must not be negative")
			}
			if sinceTime != "" {
				if o.Select.SinceTime, err = time.Parse(time.RFC3339Nano, sinceTime); err != nil {
					return exit.Usagef("--since-time is a time as 2026-01-31T09:00:00Z, not %q", sinceTime)
				}
			}
			if len(o.Select.Match) > training.MaxMatch {
				return exit.Usagef("--grep is a regular expression of at most %d bytes, not %d", training.MaxMatch, len(o.Select.Match))
			}
			if _, err := regexp.Compile(o.Select.Match); err != nil {
				return exit.Usagef("--grep is no regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
			}
			if o.Select.Previous && o.Select.Follow {
				return exit.Usagef("--previous and --follow don't go together: what is over can't be followed")
			}
			o.Select.MaxBytes = int64(limit)
			if o.Select.AllWorkers && len(o.Select.Workers) > 0 {
				return exit.Usagef("--worker and --all-workers don't go together: choose one")
			}
			for _, w := range o.Select.Workers {
				if w < 0 {
					return exit.Usagef("--worker counts from 0, not %d", w)
				}
			}
			// What the ranks print arrives at the Launcher: without it, all Workers say very little.
			o.Select.Launcher = o.Select.AllWorkers || launcher
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.CompleteAny(f, false),
	}
	fs := cmd.Flags()
	fs.IntSliceVar(&o.Select.Workers, "worker", nil, "the log of this Worker, by its `NUMBER` from 0; several with commas")
	fs.BoolVar(&o.Select.AllWorkers, "all-workers", false, "the logs of the Launcher and all Workers, merged by time")
	fs.BoolVar(&launcher, "launcher", false, "the Launcher's log, beside those of --worker")
	fs.BoolVarP(&o.Select.Follow, "follow", "f", false, "wait for what has not started yet, and go on until the job is finished")
	fs.StringVar(&tail, "tail", "all", "only the last `LINES`, of each log")
	duration.Var(fs, &o.Select.Since, "since", 0, "only what is not older than this, as 10m")
	fs.StringVar(&sinceTime, "since-time", "", "only what was written from this `TIME` on, as 2026-01-31T09:00:00Z")
	fs.BoolVarP(&o.Select.Previous, "previous", "p", false, "the run before: of a container that was restarted, or the Launcher's last try")
	fs.StringVar(&o.Select.Match, "grep", "", "only lines in which this regular `EXPRESSION` (RE2) matches")
	fs.Var(&limit, "limit-bytes", "end after this many bytes of text, as 1000000 or 10Mi (default all)")
	fs.BoolVar(&o.Times, "timestamps", false, "begin each line with its time")
	return cmd
}

func run(ctx context.Context, o *Options) error {
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	io := o.Factory.IO
	// In a pipe a long log is written in large pieces; followed, or on a terminal, line by line.
	out := bufio.NewWriterSize(io.Out, 64<<10)
	defer func() { _ = out.Flush() }() // what came before an error
	lively := o.Select.Follow || io.OutTTY
	style, errStyle := io.Style(), io.ErrStyle()
	for l, err := range jobs.Of(o.Job.Type).Logs(ctx, o.Job.Name, o.Select) {
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return err
		}
		if l.Note {
			fmt.Fprintln(io.Err, errStyle.Yellow("note:"), printer.Clean(l.Text))
			continue
		}
		text := printer.LogLine(l, style, o.Select.Several(o.Job.Type), io.OutTTY)
		if o.Times {
			text = style.Dim(l.At.UTC().Format("2006-01-02T15:04:05.000Z")) + " " + text
		}
		if _, err := out.WriteString(text + "\n"); err != nil {
			return fmt.Errorf("writing the log: %w", err)
		}
		if lively {
			if err := out.Flush(); err != nil {
				return fmt.Errorf("writing the log: %w", err)
			}
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the log: %w", err)
	}
	if ctx.Err() != nil {
		return &exit.Told{Err: exit.ErrDetached}
	}
	return nil
}
