package launch

import (
	"context"
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/control"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/agent/supervise"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// watchWorkers begins to reach out for every Worker.
func (l *Launcher) watchWorkers(ctx context.Context) {
	l.asks = make([]asker, len(l.job.Workers))
	if l.job.Transport == wire.TransportOwn {
		p := newProber(l)
		for i := range l.job.Workers {
			l.work.Go(func() { p.probe(ctx, i) })
		}
		return
	}
	slots := make(chan struct{}, limits.ConnectsAtOnce)
	for i := range l.job.Workers {
		w := &control.Watcher{Job: l.job, Index: i, Key: l.key, Slots: slots, Events: told{ctx, l}}
		l.asks[i] = w
		l.work.Go(func() { w.Run(ctx, l.running.Load) })
	}
}

// told turns what a control session tells into events.
type told struct {
	ctx context.Context
	l   *Launcher
}

func (t told) Waiting(i int, why string) { t.l.send(t.ctx, supervise.Waiting{Worker: i, Why: why}) }
func (t told) Reachable(i int)           { t.l.send(t.ctx, supervise.Reachable{Worker: i}) }
func (t told) Lost(i int, why string, how supervise.Loss) {
	t.l.send(t.ctx, supervise.Lost{Worker: i, Why: why, How: how})
}
func (t told) Told(i int, m wire.ControlMessage) {
	t.l.send(t.ctx, supervise.Told{Worker: i, Message: m})
}

// watchLocal looks for ranks in the Launcher itself, and at its memory.
func (l *Launcher) watchLocal(ctx context.Context) {
	ranks := procs.NewRankWatcher(nil)
	first, known := procs.Memory()
	seen := first.Kills
	for {
		if started, ended := ranks.Scan(); len(started)+len(ended) > 0 {
			l.send(ctx, supervise.LocalRanks{Started: started, Ended: ended})
		}
		if m, ok := procs.Memory(); ok && known && m.Kills > seen {
			seen = m.Kills
			m.Kills -= first.Kills
			l.send(ctx, supervise.LocalMemory{State: m})
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(limits.ScanSlow):
		}
	}
}

// waitLine spaces the lines that say what is waited for.
type waitLine struct {
	began, last time.Time
	said        string
}

func (w *waitLine) begin() { w.began = time.Now() }

// line returns the line to print now, empty for none: each change, but not more than one a SayEvery,
// and a reminder now and then. The first moments pass in silence, most often there is no more to say.
func (w *waitLine) line(current string, now time.Time) string {
	switch {
	case current == "", now.Sub(w.began) < limits.SayEvery, now.Sub(w.last) < limits.SayEvery:
		return ""
	case current == w.said && now.Sub(w.last) < limits.RemindEvery:
		return ""
	}
	w.said, w.last = current, now
	return current
}

// done is the line that ends the waiting.
func (w *waitLine) done(workers int) string {
	who := fmt.Sprintf("all %d Workers are", workers)
	switch workers {
	case 0:
		return "this job has no Workers"
	case 1:
		who = "the Worker is"
	}
	return fmt.Sprintf("%s reachable after %.1f s", who, time.Since(w.began).Seconds())
}
