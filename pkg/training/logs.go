package training

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// LogOptions say which logs, and how much of them.
type LogOptions struct {
	// Launcher's log, which has the output of all ranks. It is what the zero value means.
	Launcher bool
	// Workers by index, and AllWorkers.
	Workers    []int
	AllWorkers bool
	// Follow waits for what has not started yet, and goes on until the job is over.
	Follow bool
	// Tail is the number of lines from the end, of each log; 0 is all.
	Tail int64
	// Since leaves out what is older; 0 is all.
	Since time.Duration
}

func (o LogOptions) selects(index int) bool {
	if index < 0 {
		return o.Launcher || !o.AllWorkers && len(o.Workers) == 0
	}
	return o.AllWorkers || slices.Contains(o.Workers, index)
}

// LogLine is one line of a log.
type LogLine struct {
	At time.Time
	// Where is "Launcher" or "Worker 3", Index the Worker's or -1.
	Where string
	Index int
	// Rank whose line it is, where mpirun was asked to tag its output; else nil.
	Rank *int
	Text string
	// Note says that the line is not of the log, but about it: "Worker 3 has no log: its pod is gone".
	Note bool
}

// Logs yields the lines of a job's logs, those of several merged by time. Memory is bounded however
// long they are and however slow the reader is.
//
// Following, a log that breaks off is opened again where it ended, without losing or doubling lines
// as far as the timestamps tell.
func (j *Jobs) Logs(ctx context.Context, name string, o LogOptions) iter.Seq2[LogLine, error] {
	if o.Follow {
		return j.followLogs(ctx, name, o)
	}
	return j.readLogs(ctx, name, o)
}

// target is one log: a container of a pod that has started.
type target struct {
	index          int
	pod, container string
}

// readLogs merges logs as they are.
func (j *Jobs) readLogs(ctx context.Context, name string, o LogOptions) iter.Seq2[LogLine, error] {
	return func(yield func(LogLine, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		m, err := j.getJob(ctx, name)
		if err == nil {
			var pods []*corev1.Pod
			if pods, err = j.listPods(ctx, name); err == nil {
				j.readPods(ctx, observed{job: m, pods: pods}, o, yield)
				return
			}
		}
		yield(LogLine{}, err)
	}
}

func (j *Jobs) readPods(ctx context.Context, seen observed, o LogOptions, yield func(LogLine, error) bool) {
	targets, missing, err := choose(seen, o, j.c.now())
	if err == nil && len(targets) == 0 && len(missing) > 0 {
		err = noLog(seen.job, missing[0], j.c.now())
	}
	if err != nil {
		yield(LogLine{}, err)
		return
	}
	for _, m := range missing {
		if !yield(LogLine{Where: m.Where, Index: m.Index, Note: true, Text: noLog(seen.job, m, j.c.now()).Error()}, nil) {
			return
		}
	}
	sources := make([]<-chan LogLine, len(targets))
	failed := make(chan error, len(targets))
	for i, t := range targets {
		lines := make(chan LogLine, 64)
		sources[i] = lines
		go func() {
			defer close(lines)
			r := newReader(j.c.now(), o)
			if err := r.once(ctx, j.opener(t, false), t.index, lines); err != nil && ctx.Err() == nil {
				failed <- err
				if len(targets) == 1 {
					return
				}
				send(ctx, lines, LogLine{Where: where(t.index), Index: t.index, Note: true, At: r.last, Text: "the log of " + where(t.index) + " can't be read: " + err.Error()})
			}
		}()
	}
	if !merge(ctx, sources, func(l LogLine) bool { return yield(l, nil) }) {
		return
	}
	// Some logs are better than none; none is an error.
	if len(targets) > 0 && len(failed) == len(targets) {
		yield(LogLine{}, <-failed)
	}
}

// choose splits what the options select into logs that can be read and members that have none.
func choose(seen observed, o LogOptions, now time.Time) (targets []target, missing []Member, err error) {
	d := newDetail(seen, now)
	for _, w := range o.Workers {
		if w < 0 || w >= len(d.WorkerPods) {
			return nil, nil, &InvalidError{What: "Worker " + itoa(w), Problems: []Problem{{Message: noSuchWorker(d)}}}
		}
	}
	launcher, workers := newestPods(seen.pods, d.Created)
	for _, m := range append([]Member{d.LauncherPod}, d.WorkerPods...) {
		if !o.selects(m.Index) {
			continue
		}
		p := launcher
		if m.Index >= 0 {
			p = workers[m.Index]
		}
		if p == nil || !hasLog(p) {
			missing = append(missing, m)
			continue
		}
		targets = append(targets, target{index: m.Index, pod: p.Name, container: p.Spec.Containers[0].Name})
	}
	return targets, missing, nil
}

func noSuchWorker(d *Detail) string {
	if d.Workers.Total == 1 {
		return "the job has one Worker: ask for --worker=0"
	}
	return "the job has Workers 0 to " + itoa(int(d.Workers.Total)-1)
}

func noLog(m *MPIJob, of Member, now time.Time) error {
	return &NoLogError{
		Job: m.Name, Where: of.Where, Why: orElse(of.Message, "it is "+string(of.Phase)),
		Gone: of.Pod == "" && newJob(m, now).Phase.Finished(),
	}
}

// hasLog says whether the user's container has been started.
func hasLog(p *corev1.Pod) bool {
	s := mainStatus(p)
	return s != nil && (s.State.Running != nil || s.State.Terminated != nil || s.LastTerminationState.Terminated != nil)
}

func isRunning(p *corev1.Pod) bool {
	s := mainStatus(p)
	return s != nil && s.State.Running != nil
}

// How long logs must be quiet after their job's end until those that don't end by themselves are left
// (twice that for one that is being read), and how far apart lines of several
// logs may arrive and still be put into the order of their times.
const (
	lingerAfterEnd = 2 * time.Second
	reorderWindow  = 150 * time.Millisecond
)

// followLogs starts one reader for each log as it appears and merges what they read.
func (j *Jobs) followLogs(ctx context.Context, name string, o LogOptions) iter.Seq2[LogLine, error] {
	return func(yield func(LogLine, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		lines := make(chan LogLine, 256)
		done := make(chan error, 1)
		go func() {
			done <- j.startReaders(ctx, name, o, lines)
			close(lines)
		}()
		if !reorder(ctx, lines, reorderWindow, 4096, func(l LogLine) bool { return yield(l, nil) }) {
			return
		}
		if err := <-done; err != nil && ctx.Err() == nil {
			yield(LogLine{}, err)
		}
	}
}

// startReaders returns when the job is over and every log is read to its end.
func (j *Jobs) startReaders(ctx context.Context, name string, o LogOptions, lines chan<- LogLine) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()
	alive := &aliveSet{pods: map[string]bool{}}
	started := map[string]bool{}
	flow := &pulse{}
	failed := make(chan error, 1)
	over := false
	err := j.observe(ctx, name, failed, func(seen observed, notes []string) (bool, error) {
		if len(notes) > 0 && len(seen.pods) == 0 {
			return false, &DeniedError{Message: strings.TrimPrefix(notes[0], "denied: ")}
		}
		alive.set(seen.pods)
		targets, _, err := choose(seen, o, j.c.now())
		if err != nil {
			return false, err
		}
		for _, t := range targets {
			if started[t.pod] {
				continue
			}
			started[t.pod] = true
			wg.Go(func() {
				r := newReader(j.c.now(), o)
				r.pulse = flow
				err := r.follow(ctx, j.opener(t, true), t.index, lines, func() bool { return alive.has(t.pod) })
				if err != nil && ctx.Err() == nil {
					select {
					case failed <- err:
					default:
					}
				}
			})
		}
		over = newJob(seen.job, j.c.now()).Phase.Finished()
		return !over, nil
	})
	var gone *NotFoundError
	if err != nil && (!errors.As(err, &gone) || !gone.Deleted) {
		cancel()
		return err
	}
	// The Launcher's log ends by itself; Workers may stay for inspection.
	finished := make(chan struct{})
	go func() { wg.Wait(); close(finished) }()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for ended := time.Now(); ; {
		select {
		case <-finished:
			return err
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
		quiet := flow.quiet(ended)
		if quiet >= lingerAfterEnd {
			alive.set(nil)
		}
		if quiet >= 2*lingerAfterEnd {
			return err
		}
	}
}

// pulse is when a line last came from any of several logs.
type pulse struct {
	mu      sync.Mutex
	sending int
	last    time.Time
}

// send hands on a line; while its reader takes its time, the logs are not quiet.
func (p *pulse) send(ctx context.Context, out chan<- LogLine, l LogLine) bool {
	p.count(1)
	defer p.count(-1)
	return send(ctx, out, l)
}

func (p *pulse) count(n int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sending += n
	p.last = time.Now()
}

// quiet is for how long no line has come, counted from a time on.
func (p *pulse) quiet(from time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sending > 0 {
		return 0
	}
	if p.last.After(from) {
		from = p.last
	}
	return time.Since(from)
}

// aliveSet is which pods' containers run.
type aliveSet struct {
	mu   sync.Mutex
	pods map[string]bool
}

func (a *aliveSet) set(pods []*corev1.Pod) {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.pods)
	for _, p := range pods {
		a.pods[p.Name] = isRunning(p)
	}
}

func (a *aliveSet) has(pod string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pods[pod]
}
