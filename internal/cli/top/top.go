// Package top is `odh training top`.
package top

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/duration"
	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/live"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `top`.
type Options struct {
	Factory  *factory.Factory
	Job      jobarg.Ref
	Once     bool
	Interval time.Duration
	Output   printer.Format
	// Prometheus and its TokenFile are where GPUs' utilisation comes from; empty leaves it out.
	Prometheus, TokenFile string
}

// NewTopCmd returns the command; runF replaces what it does, for tests.
func NewTopCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var output string
	cmd := &cobra.Command{
		Use:   "top [TYPE] NAME",
		Short: "Show what a job's Launcher and Workers use of CPU, memory and GPUs",
		Long: `Show what a job's Launcher and Workers use of CPU and memory, beside their limits. On a terminal it is a live
view, until the job is finished or Ctrl-C; in a pipe it is printed once. The cluster measures every 15 seconds
or so.

GPUs are measured by NVIDIA's DCGM exporter; --prometheus says where its figures are.`,
		Example: `  odh training top hello
  odh training top hello -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Job, err = jobarg.OneRef(cmd, args); err != nil {
				return err
			}
			if o.Output, err = printer.ParseFormat(output, printer.Text, printer.JSON, printer.YAML); err != nil {
				return err
			}
			switch {
			case o.Interval < time.Second:
				return exit.Usagef("--interval is at least 1s")
			case o.TokenFile != "" && o.Prometheus == "":
				return exit.Usagef("--prometheus-token-file goes with --prometheus")
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.CompleteAny(f, false),
	}
	fs := cmd.Flags()
	fs.BoolVar(&o.Once, "once", false, "print once, also on a terminal")
	duration.Var(fs, &o.Interval, "interval", 5*time.Second, "how `OFTEN` the live view asks, from 1s")
	fs.StringVarP(&output, "output", "o", "", "print once as `FORMAT`: json or yaml")
	fs.StringVar(&o.Prometheus, "prometheus", "", "`URL` of a Prometheus that has the DCGM exporter's metrics of GPUs")
	fs.StringVar(&o.TokenFile, "prometheus-token-file", "", "`FILE` with the token to send to it")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"json", "yaml"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func run(ctx context.Context, o *Options) error {
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	var u training.UsageOptions
	if o.Prometheus != "" {
		u.GPU = &training.Prometheus{URL: o.Prometheus, TokenFile: o.TokenFile}
	}
	read := func() (*training.Usage, error) { return jobs.Of(o.Job.Type).Usage(ctx, o.Job.Name, u) }
	io := o.Factory.IO
	if io.OutTTY && !o.Once && o.Output == printer.Text {
		return follow(ctx, o, read)
	}
	usage, err := read()
	if err != nil {
		return err
	}
	if o.Output != printer.Text {
		return printer.Data(io.Out, o.Output, printer.UsageData(usage))
	}
	return printer.Usage(io.Out, usage, printer.UsageOptions{Style: io.Style(), Bars: io.OutTTY, Width: width(o), Now: o.Factory.Now()})
}

func width(o *Options) int {
	if o.Factory.IO.OutTTY {
		return o.Factory.IO.Width()
	}
	return 0
}

// follow redraws the view in place. What fails for a while is said beneath the last figures.
func follow(ctx context.Context, o *Options, read func() (*training.Usage, error)) error {
	io := o.Factory.IO
	screen := live.New(io.Out)
	defer screen.Keep()
	tick := time.NewTicker(o.Interval)
	defer tick.Stop()
	var last *training.Usage
	for {
		usage, err := read()
		switch {
		case ctx.Err() != nil:
			return nil // Ctrl-C is how one leaves it
		case err != nil && (last == nil || !passing(err)):
			return err
		case err == nil:
			last = usage
		}
		var b bytes.Buffer
		w, h := io.Size()
		if err := printer.Usage(&b, last, printer.UsageOptions{Style: io.Style(), Bars: true, Width: w, Lines: h - 3, Now: o.Factory.Now()}); err != nil {
			return err
		}
		lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
		if err != nil {
			lines = append(lines, "", io.Style().Yellow("  "+printer.Cut(err.Error(), max(20, w-4))))
		}
		screen.Foot(lines...)
		if last.Phase.Finished() {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// passing says whether an error may be gone at the next try.
func passing(err error) bool {
	var down *training.UnreachableError
	var server *training.ServerError
	var none *training.NoMetricsError
	return errors.As(err, &down) || errors.As(err, &server) || errors.As(err, &none) && none.Broken
}
