// Package launch is the agent in the Launcher: it waits for the Workers, runs the user's command,
// watches both, and leaves word of what happened.
package launch

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/opendatahub-io/mpijob/internal/agent/environ"
	"github.com/opendatahub-io/mpijob/internal/agent/feed"
	"github.com/opendatahub-io/mpijob/internal/agent/jobfile"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/agent/progress"
	"github.com/opendatahub-io/mpijob/internal/agent/report"
	"github.com/opendatahub-io/mpijob/internal/agent/supervise"
	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Options is where the Launcher's agent finds what it needs.
type Options struct {
	JobFile, KeyFile, TokenFile, TerminationLog string
	// Command is the user's; empty: only wait for the Workers.
	Command []string
	// Env is the container's environment.
	Env                   []string
	Stdin, Stdout, Stderr *os.File
}

// Launcher is one run of the agent.
type Launcher struct {
	Options
	job     *wire.Job
	key     ssh.Signer
	reaper  *procs.Reaper
	out     *output
	feed    *feed.Client // nil: nobody to tell
	events  chan supervise.Event
	running atomic.Bool
	command *command // once started
	asks    []asker
	wait    waitLine
	before  []string // the command's last lines before the agent ended it
	work    sync.WaitGroup
}

// asker is a Worker that can be asked for news.
type asker interface {
	Ask(number int) bool
	// Terminate has its ranks sent SIGTERM.
	Terminate() bool
}

// Run runs the agent and returns the exit code of the container.
func Run(o Options) int {
	signals := takeSignals()
	l := &Launcher{Options: o, events: make(chan supervise.Event, 1024), out: newOutput(o.Stderr)}
	if err := l.load(); err != nil {
		l.out.say(err.Error())
		l.leave(lastWord(wire.ExitUsage, &failure.Failure{
			Reason: failure.ContainerConfigInvalid, Where: "Launcher", Detail: err.Error(), At: time.Now(),
			Evidence: "the agent's files", Confidence: failure.Certain,
		}, wire.Report{}))
		return wire.ExitUsage
	}
	l.reaper = procs.NewReaper()
	ctx, cancel := context.WithCancel(context.Background())
	l.work.Go(func() { l.reaper.Run(ctx) })
	l.work.Go(func() { l.watchSignals(ctx, signals) })
	if l.job.Feed != nil && len(o.Command) > 0 {
		l.feed = feed.New(l.job, l.TokenFile, l.ordered, l.out.say)
		l.work.Go(func() { l.feed.Run(ctx) })
		l.takeProgress(ctx)
	}
	l.watchWorkers(ctx)
	code := l.loop(ctx)
	cancel()
	// The goroutines end with the process; those that hold a Worker's connection say good-bye to it.
	return code
}

// takeProgress lets programs in the Launcher tell theirs.
func (l *Launcher) takeProgress(ctx context.Context) {
	reports, err := progress.Listen(l.job, func(p wire.Progress) { l.send(ctx, supervise.LocalProgress{Progress: p}) }, l.out.say)
	if err != nil {
		l.out.say(err.Error())
		return
	}
	l.Env = environ.WithProgress(l.Env, l.job)
	l.work.Go(func() { reports.Run(ctx) })
}

func (l *Launcher) load() (err error) {
	if l.job, err = jobfile.Load(l.JobFile); err != nil {
		return err
	}
	if l.job.Transport == wire.TransportBuiltin {
		if l.key, err = jobfile.Key(l.KeyFile); err != nil {
			return err
		}
	}
	return nil
}

// send hands an event to the loop; the loop may be over.
func (l *Launcher) send(ctx context.Context, e supervise.Event) {
	select {
	case l.events <- e:
	case <-ctx.Done():
	}
}

func (l *Launcher) ordered(f failure.Failure) {
	l.events <- supervise.Ordered{Failure: f}
}

// loop is the shell around the state machine: events in, actions out.
func (l *Launcher) loop(ctx context.Context) int {
	state, actions := supervise.New(l.job)
	l.wait.begin()
	remind := time.NewTicker(limits.SayEvery)
	defer remind.Stop()
	for {
		for len(actions) > 0 {
			a := actions[0]
			actions = actions[1:]
			switch a := a.(type) {
			case supervise.Finish:
				return l.end(state, a)
			case supervise.Run:
				if len(l.Command) == 0 {
					l.out.say(l.wait.done(len(l.job.Workers)))
					return 0
				}
				actions = append(actions, state.Step(time.Now(), l.start(ctx))...)
			default:
				l.do(ctx, a)
			}
		}
		l.publish(state.Report(time.Now()))
		if line := l.wait.line(state.WaitingFor(), time.Now()); line != "" {
			l.out.say(line)
		}
		select {
		case e := <-l.events:
			actions = state.Step(time.Now(), e)
		case <-remind.C:
		}
	}
}

func (l *Launcher) do(ctx context.Context, a supervise.Action) {
	switch a := a.(type) {
	case supervise.Arm:
		time.AfterFunc(a.After, func() { l.send(ctx, supervise.Fired{Timer: a.Timer}) })
	case supervise.Forward:
		if l.command != nil {
			l.command.signal(a.Signal)
		}
	case supervise.Kill:
		if l.before == nil {
			l.before = l.out.tail(limits.TailLines)
		}
		procs.SignalBelow(a.Signal)
	case supervise.Ask:
		// Writing to a connection that is about to break may take a while.
		go l.asks[a.Worker].Ask(a.Number)
	case supervise.TerminateRanks:
		procs.SignalRanks(syscall.SIGTERM)
		for _, w := range l.asks {
			go w.Terminate()
		}
	case supervise.Say:
		l.out.say(a.Text)
	}
}

// start starts the command, and returns the event that says so.
func (l *Launcher) start(ctx context.Context) supervise.Event {
	if line := l.wait.done(len(l.job.Workers)); line != "" {
		l.out.say(line)
	}
	// From here on a Worker that goes away is lost.
	l.running.Store(true)
	c, failed := l.startCommand(func(e supervise.Event) { l.send(ctx, e) })
	if failed != nil {
		return *failed
	}
	l.command = c
	l.work.Go(func() { l.watchLocal(ctx) })
	return supervise.Started{Mismatch: c.mismatch}
}

func (l *Launcher) publish(r wire.Report) {
	if l.feed != nil {
		l.feed.Publish(r)
	}
}

// end ends what is left of the run and reports.
func (l *Launcher) end(state *supervise.State, a supervise.Finish) int {
	keep := time.Duration(l.job.KeepSeconds) * time.Second
	if a.Failure == nil || l.feed == nil {
		keep = 0
	}
	if l.command != nil && keep == 0 {
		// As the container's end would: nothing outlives its main process.
		procs.KillBelow(0)
		l.command.drain()
	}
	r := state.Report(time.Now())
	if a.Failure != nil {
		f := *a.Failure
		if l.command != nil && len(f.LogTail) == 0 {
			// What it said because it was ended tells nothing.
			lines := l.before
			if lines == nil {
				lines = l.out.tail(limits.TailLines)
			}
			f.LogTail = ofRank(lines, f.Rank, limits.ReportLines)
		}
		r.Failure = &f
		l.out.write([]byte(report.Block(&f)))
	}
	word := lastWord(a.Code, r.Failure, r)
	l.leave(word)
	if l.feed != nil {
		r.LastWord = string(word)
		l.feed.Publish(r)
		if l.feed.Flush(limits.FeedFlush) && keep > 0 {
			l.keep(keep)
		}
	}
	return a.Code
}

// keep stays, with all that is left of the run, so that someone can look inside. The job is known to
// have failed already.
func (l *Launcher) keep(most time.Duration) {
	l.out.say(fmt.Sprintf("kept for inspection until %s; delete the job to end it sooner", time.Now().Add(most).UTC().Format("2006-01-02 15:04 MST")))
	over := time.After(most)
	for {
		select {
		case <-over:
			return
		case e := <-l.events:
			if s, ok := e.(supervise.Signalled); ok && (s.Signal == syscall.SIGTERM || s.Signal == syscall.SIGINT) {
				return
			}
		}
	}
}

func lastWord(code int, f *failure.Failure, r wire.Report) []byte {
	return report.LastWord(wire.LastWord{
		Version: wire.Version, At: time.Now(), ExitCode: code, Failure: f, Workers: r.Workers, Progress: r.Progress,
	}, wire.MaxLastWord)
}

// leave writes the last word where the kubelet reads it.
func (l *Launcher) leave(word []byte) {
	if err := report.Leave(l.TerminationLog, word); err != nil && !os.IsNotExist(err) {
		l.out.say(fmt.Sprintf("the reason can't be left for the controller: %v", err))
	}
}
