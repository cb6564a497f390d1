// Package watch is `odh training watch`.
package watch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/duration"
	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/live"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options of `watch`.
type Options struct {
	Factory *factory.Factory
	Name    string
	Output  printer.Format
	Timeout time.Duration
}

// NewWatchCmd returns the command; runF replaces what it does, for tests.
func NewWatchCmd(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	var output string
	cmd := &cobra.Command{
		Use:   "watch [mpijob] NAME",
		Short: "Watch a job's phase and Workers until it is finished, and exit with its result",
		Long: `Watch a job until it is finished, and exit with its result. On a terminal it is a live view of the
Launcher and each Worker; in a pipe, one line per change.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Name, err = jobarg.One(cmd, args); err != nil {
				return err
			}
			if o.Output, err = printer.ParseFormat(output, printer.Text, printer.JSON); err != nil {
				return err
			}
			if o.Timeout < 0 {
				return exit.Usagef("--timeout must not be negative")
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return Run(cmd.Context(), o)
		},
		ValidArgsFunction: jobarg.Complete(f, false),
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "print each change as `FORMAT`: json, one a line")
	duration.Var(cmd.Flags(), &o.Timeout, "timeout", 0, "watch at most this `LONG`, as 90s or 2h")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// Run watches a job; `describe --watch` is the same.
func Run(ctx context.Context, o *Options) error {
	jobs, err := o.Factory.Jobs()
	if err != nil {
		return err
	}
	io := o.Factory.IO
	show, done := lines(io)
	switch {
	case o.Output == printer.JSON:
		show, done = jsonLines(io), func() {}
	case io.OutTTY:
		show, done = page(ctx, io, o.Factory.Now)
	}
	job, err := jobs.Wait(ctx, o.Name, training.WaitOptions{Timeout: o.Timeout, OnChange: show})
	done()
	var failed *training.JobFailedError
	switch {
	case ctx.Err() != nil && err != nil && !errors.As(err, &failed):
		return &exit.Told{Err: exit.ErrDetached}
	case errors.As(err, &failed) && o.Output == printer.Text:
		_ = printer.Card(io.Err, failed.Job, io.ErrStyle(), io.Width())
		return &exit.Told{Err: err}
	case err != nil:
		return err
	}
	if io.OutTTY && o.Output == printer.Text {
		fmt.Fprintf(io.Err, "%s %s\n", io.ErrStyle().Green("✓"), io.ErrStyle().Bold(job.Name+" succeeded"))
	}
	return nil
}

// page is the live view, redrawn in place.
func page(ctx context.Context, io *iostreams.IOStreams, now func() time.Time) (show func(*training.Detail), done func()) {
	screen := live.New(io.Out)
	var mu sync.Mutex
	var last *training.Detail
	draw := func() {
		if last == nil {
			return
		}
		width, height := io.Size()
		d := *last
		if d.Started != nil && d.Finished == nil {
			d.DurationSeconds = max(0, now().Sub(*d.Started).Seconds())
		}
		text := printer.LivePage(&d, io.Style(), now(), width, height-2)
		screen.Foot(text...)
	}
	ctx, cancel := context.WithCancel(ctx)
	var ticking sync.WaitGroup
	ticking.Go(func() {
		t := time.NewTicker(time.Second)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				mu.Lock()
				draw()
				mu.Unlock()
			}
		}
	})
	show = func(d *training.Detail) {
		mu.Lock()
		defer mu.Unlock()
		last = d
		draw()
	}
	return show, func() {
		cancel()
		ticking.Wait()
		screen.Keep()
	}
}

// told is what a program told of itself. When it thinks to be done is a time: what is left changes on its own.
func told(p *training.Progress) string {
	if p == nil {
		return ""
	}
	parts := []string{}
	if p.Percent != nil {
		parts = append(parts, fmt.Sprintf("%d%% done", *p.Percent))
	}
	if m := printer.MetricsText(p); m != "" {
		parts = append(parts, m)
	}
	return strings.Join(parts, ", ")
}

// lines prints what changed, a line each, with the time.
func lines(io *iostreams.IOStreams) (show func(*training.Detail), done func()) {
	said := map[string]string{}
	percent := -1
	say := func(about, text string) {
		if said[about] != text {
			said[about] = text
			fmt.Fprintf(io.Out, "%s %s\n", time.Now().UTC().Format(time.RFC3339), text)
		}
	}
	return func(d *training.Detail) {
		text := string(d.Phase)
		if d.Message != "" && d.Phase != training.Running && d.Phase != training.Succeeded {
			text += ": " + printer.Clean(d.Cause())
		}
		say("", d.Name+" "+text)
		// What a program counts changes all the time: another line only when it is further by a whole per cent.
		if told := told(d.Progress); told != "" {
			now := -1
			if p := d.Progress.Percent; p != nil {
				now = *p
			}
			if now != percent || said["progress"] == "" {
				percent = now
				say("progress", d.Name+" "+told)
			}
		}
		for _, m := range d.Members() {
			if m.Phase == training.PodAbsent && said[m.Where] == "" {
				continue
			}
			text := d.Name + " " + m.Where + " " + string(m.Phase)
			if m.Message != "" {
				text += ": " + printer.Clean(m.Message)
			}
			say(m.Where, text)
		}
	}, func() {}
}

func jsonLines(io *iostreams.IOStreams) func(*training.Detail) {
	encoder := json.NewEncoder(io.Out)
	return func(d *training.Detail) { _ = encoder.Encode(printer.Detail(d)) }
}
