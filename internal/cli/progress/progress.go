// Package progress follows a job for whoever waits for it: live on a terminal, one line per change in
// a pipe.
package progress

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/internal/cli/live"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Options say what to follow.
type Options struct {
	IO   *iostreams.IOStreams
	Jobs *training.Jobs
	Name string
	// Timeout ends the following; 0 doesn't.
	Timeout time.Duration
	// Logs shows the Launcher's log as it is written.
	Logs bool
}

// Follow follows a job to its end and returns its outcome: nil, JobFailedError, TimeoutError,
// NotFoundError, ErrDetached. What there is to say of it has been said on the terminal.
func Follow(ctx context.Context, o Options) error {
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	view := newView(o)
	stopTicking := view.tick(run)

	var logs sync.WaitGroup
	logCtx, stopLogs := context.WithCancel(run)
	defer stopLogs()
	if o.Logs {
		logs.Go(func() { showLogs(logCtx, o, view) })
	}
	job, err := o.Jobs.Wait(run, o.Name, training.WaitOptions{Timeout: o.Timeout, OnChange: view.change})
	var failed *training.JobFailedError
	if err == nil || errors.As(err, &failed) {
		logs.Wait() // the rest of the log comes before the outcome
	}
	stopLogs()
	logs.Wait()
	stopTicking()
	view.close()
	return conclude(ctx, o, job, err)
}

// conclude says how it ended.
func conclude(ctx context.Context, o Options, job *training.Job, err error) error {
	s, w := o.IO.ErrStyle(), o.IO.Err
	var failed *training.JobFailedError
	switch {
	case ctx.Err() != nil && err != nil && !errors.As(err, &failed):
		fmt.Fprintf(w, "\nDetached: %s goes on. Come back with\n  odh training logs %s --follow -n %s\n  odh training watch %s -n %s\n",
			o.Name, o.Name, o.Jobs.Namespace(), o.Name, o.Jobs.Namespace())
		return &exit.Told{Err: exit.ErrDetached}
	case errors.As(err, &failed):
		if o.IO.ErrTTY {
			fmt.Fprintln(w)
		}
		if o.Logs { // its last lines are on the screen already
			shown := *failed.Job
			f := *shown.Failure
			f.LogTail = nil
			shown.Failure = &f
			_ = printer.Card(w, &shown, s, o.IO.Width())
		} else {
			_ = printer.Card(w, failed.Job, s, o.IO.Width())
		}
		return &exit.Told{Err: err}
	case err != nil:
		return err
	}
	took := ""
	if job.Finished != nil {
		took = " in " + printer.Took(job.Finished.Sub(job.Created))
	}
	if o.IO.ErrTTY {
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%s %s%s\n", s.Green("✓"), s.Bold(job.Name+" succeeded"), took)
	return nil
}

func showLogs(ctx context.Context, o Options, v *view) {
	for l, err := range o.Jobs.Logs(ctx, o.Name, training.LogOptions{Launcher: true, Follow: true}) {
		if err != nil {
			var gone *training.NotFoundError
			var silent *training.NoLogError
			// Of a Launcher that never ran, the end says why.
			if ctx.Err() == nil && !errors.As(err, &gone) && (!errors.As(err, &silent) || !silent.Never) {
				v.note("the log can't be followed: " + err.Error())
			}
			return
		}
		v.log(l)
	}
}

// view is what is shown of a job that is being followed.
type view struct {
	mu     sync.Mutex
	o      Options
	screen *live.Screen // nil: a pipe
	style  iostreams.Style
	logged bool
	detail *training.Detail
	phase  training.Phase
	since  time.Time // of the phase
	said   string
	frame  int
}

func newView(o Options) *view {
	v := &view{o: o, style: o.IO.ErrStyle(), since: time.Now()}
	if o.IO.OutTTY && o.IO.ErrTTY {
		v.screen = live.New(o.IO.Err)
	}
	return v
}

// change takes in a new state: a phase that is over becomes a line of the timeline, the rest is at
// the foot. In a pipe each change is a line.
func (v *view) change(d *training.Detail) {
	v.mu.Lock()
	defer v.mu.Unlock()
	old := v.phase
	v.detail = d
	if v.screen == nil {
		line := fmt.Sprintf("%s: %s", d.Name, d.Phase)
		if d.Message != "" && !d.Phase.Finished() && d.Phase != training.Running {
			line += ": " + printer.Clean(d.Message)
		}
		if line != v.said && !d.Phase.Finished() {
			fmt.Fprintln(v.o.IO.Err, line)
		}
		v.said = line
		return
	}
	if d.Phase != old {
		if old != "" && old != training.Running {
			v.screen.Print(v.passed(old, time.Since(v.since)))
		}
		v.phase, v.since = d.Phase, time.Now()
	}
	v.draw()
}

// passed is a line of the timeline.
func (v *view) passed(p training.Phase, took time.Duration) string {
	return fmt.Sprintf("  %s %s %s", v.style.Green("✓"), printer.Pad(string(p), 13), v.style.Dim(printer.Took(took)))
}

func (v *view) log(l training.LogLine) {
	v.mu.Lock()
	defer v.mu.Unlock()
	line := printer.LogLine(l, v.o.IO.Style(), false, v.o.IO.OutTTY)
	if v.screen == nil {
		fmt.Fprintln(v.o.IO.Out, line)
		return
	}
	if !v.logged {
		v.logged = true
		v.screen.Print("")
	}
	v.screen.Print(line)
}

func (v *view) note(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	line := v.style.Yellow("note: ") + printer.Clean(text)
	if v.screen == nil {
		fmt.Fprintln(v.o.IO.Err, line)
		return
	}
	v.screen.Print(line)
}

var frames = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// draw renews the foot: a rule once there is a log above it, the phase with its time and the
// Workers, and what is waited for.
func (v *view) draw() {
	if v.screen == nil || v.detail == nil {
		return
	}
	d, s := v.detail, v.style
	if d.Phase.Finished() {
		v.screen.Foot()
		return
	}
	line := fmt.Sprintf("  %s %s %s   Workers %s", printer.Colour(s, d.Phase, frames[v.frame%len(frames)]),
		s.Bold(printer.Pad(string(d.Phase), 13)), printer.Pad(printer.Took(time.Since(v.since)), 6), printer.Dots(s, d))
	foot := []string{}
	if v.logged {
		foot = append(foot, "")
	}
	foot = append(foot, line)
	if d.Message != "" && d.Phase != training.Running {
		foot = append(foot, "    "+s.Dim(printer.Clean(d.Message)))
	}
	foot = append(foot, "    "+s.Dim("Ctrl-C detaches; the job goes on"))
	v.screen.Foot(foot...)
}

// tick keeps the foot's clock going until the function it returns is called.
func (v *view) tick(ctx context.Context) (stop func()) {
	if v.screen == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		t := time.NewTicker(100 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				v.mu.Lock()
				v.frame++
				v.draw()
				v.mu.Unlock()
			}
		}
	})
	return func() { cancel(); done.Wait() }
}

func (v *view) close() {
	if v.screen != nil {
		v.screen.Close()
	}
}
