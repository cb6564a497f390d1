package service

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/stats"
)

// every is how often the dashboards and loops ask that the service stands beside.
const every = 3 * time.Second

// board notes when each change was written, and when who saw it.
type board struct {
	mu      sync.Mutex
	written map[int]time.Time
	seconds []float64
	bytes   atomic.Int64
}

// word is what marks a change; it is searched for as text, so none may begin with another.
func word(change int) []byte { return fmt.Appendf(nil, "bench-change-%06d.", change) }

func (b *board) saw(change int, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seconds = append(b.seconds, at.Sub(b.written[change]).Seconds())
}

func (b *board) last() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.written) - 1
}

// look tells the changes in what was read, from the first not yet seen on.
func (b *board) look(text []byte, next *int) {
	for last := b.last(); *next <= last && bytes.Contains(text, word(*next)); *next++ {
		b.saw(*next, time.Now())
	}
}

// change writes the status of one job after the other, as a controller does: each begins to run.
func (w *World) change(ctx context.Context, b *board, changes int, pause time.Duration) error {
	d, err := dynamic.NewForConfig(w.config)
	if err != nil {
		return err
	}
	jobs := d.Resource(mpiJobs).Namespace(namespace)
	for i := range changes {
		now := time.Now()
		stamp := now.UTC().Format(time.RFC3339)
		patch := fmt.Sprintf(`{"status":{"conditions":[{"type":"Running","status":"True","reason":"MPIJobRunning","message":"%s","lastTransitionTime":%q,"lastUpdateTime":%q}]}}`, word(i), stamp, stamp)
		b.mu.Lock()
		b.written[i] = now
		b.mu.Unlock()
		if _, err := jobs.Patch(ctx, jobName(i), types.MergePatchType, []byte(patch), metav1.PatchOptions{}, "status"); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Until(now.Add(pause))):
		}
	}
	return nil
}

// watcher looks until the context ends; it says when it has seen all there was at first.
type watcher func(ctx context.Context, b *board, subscriber int, ready func()) error

// watched changes jobs while so many look, and says after what time they knew.
func (w *World) watched(ctx context.Context, out result.Changes, pause, grace time.Duration, look watcher) (result.Changes, error) {
	b := &board{written: map[int]time.Time{}}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	var all, ready sync.WaitGroup
	failed := make(chan error, out.Subscribers)
	for i := range out.Subscribers {
		ready.Add(1)
		all.Add(1)
		go func() {
			defer all.Done()
			once := sync.OnceFunc(ready.Done)
			defer once()
			if err := look(watching, b, i, once); err != nil && watching.Err() == nil {
				failed <- err
			}
		}()
	}
	ready.Wait()
	b.bytes.Store(0)
	before, start := used(), time.Now()
	err := w.change(ctx, b, out.Changes, pause)
	for deadline := time.Now().Add(grace); err == nil && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		b.mu.Lock()
		done := len(b.seconds) >= out.Changes*out.Subscribers
		b.mu.Unlock()
		if done || ctx.Err() != nil {
			break
		}
	}
	out.Over, out.CPU, out.Bytes = time.Since(start).Seconds(), since(before), b.bytes.Load()
	stop()
	all.Wait()
	select {
	case e := <-failed:
		err = errors.Join(err, e)
	default:
	}
	out.Seconds = stats.Summarize(b.seconds)
	out.P99 = percentile(b.seconds, 99)
	out.Missed = out.Changes*out.Subscribers - len(b.seconds)
	w.say("%s, %d subscribers: %d changes, p50 %.0f, p99 %.0f ms, %d missed", out.Title, out.Subscribers, out.Changes, out.Seconds.P50*1000, out.P99*1000, out.Missed)
	if err != nil {
		return out, fmt.Errorf("%s: %w", out.Title, err)
	}
	return out, w.still(ctx, out.Changes)
}

// still takes the jobs' status back, so that the next begin to run anew.
func (w *World) still(ctx context.Context, changes int) error {
	d, err := dynamic.NewForConfig(w.config)
	if err != nil {
		return err
	}
	for i := range changes {
		if _, err := d.Resource(mpiJobs).Namespace(namespace).Patch(ctx, jobName(i), types.MergePatchType, []byte(`{"status":{"conditions":null}}`), metav1.PatchOptions{}, "status"); err != nil {
			return err
		}
	}
	return nil
}

// Changes measures the service's streams, then asking anew every three seconds, then a loop of kubectl.
func (w *World) Changes(ctx context.Context, subscribers, pollers int) ([]result.Changes, error) {
	var out []result.Changes
	c, err := w.watched(ctx, result.Changes{Key: "stream", Title: "training service, one stream each", Subscribers: subscribers, Changes: 100}, 200*time.Millisecond, 10*time.Second, w.stream)
	out = append(out, c)
	if err != nil {
		return out, err
	}
	c, err = w.watched(ctx, result.Changes{Key: "polling", Title: "asking the API server for all jobs every 3 s", Subscribers: pollers, Changes: 30}, time.Second, 4*every, w.poll)
	out = append(out, c)
	if err != nil {
		return out, err
	}
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		w.say("no kubectl here: its loop is left out")
		return out, nil
	}
	dir, err := os.MkdirTemp("", "bench-service-")
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(dir)
	config, err := w.kubeconfig(dir)
	if err != nil {
		return out, err
	}
	c, err = w.watched(ctx, result.Changes{Key: "kubectl", Title: "`kubectl get mpijobs` in a loop with 3 s of sleep", Subscribers: 1, Changes: 30}, time.Second, 4*every, loop(kubectl, config))
	return append(out, c), err
}

// stream is a subscriber of the service.
func (w *World) stream(ctx context.Context, b *board, subscriber int, ready func()) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.service+"/api/v1/streams/namespaces/"+namespace+"/trainingjobs", http.NoBody)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+w.tokens[subscriber%len(w.tokens)])
	answer, err := w.open(ctx, r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 300))
		return fmt.Errorf("opening a stream: %s: %s", answer.Status, text)
	}
	lines := bufio.NewReaderSize(answer.Body, 64<<10)
	next, synced := 0, false
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil {
			return err
		}
		b.bytes.Add(int64(len(line)))
		switch {
		case bytes.HasPrefix(line, []byte("event: synced")):
			synced = true
			ready()
		case synced && bytes.HasPrefix(line, []byte("data:")):
			b.look(line, &next)
		}
	}
}

// open opens a stream as a browser does: where the service is too busy for the moment, again a little later. Nothing is
// measured until all are open.
func (w *World) open(ctx context.Context, r *http.Request) (*http.Response, error) {
	client := w.client()
	for left := 10; ; left-- {
		answer, err := client.Do(r)
		if err != nil || left == 0 || answer.StatusCode < http.StatusInternalServerError {
			return answer, err
		}
		_ = answer.Body.Close()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// poll is a subscriber who asks the API server, as a dashboard's backend without streams does for each user.
func (w *World) poll(ctx context.Context, b *board, subscriber int, ready func()) error {
	c := w.apiClient()
	defer c.CloseIdleConnections()
	// Users don't begin at the same moment.
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(every * time.Duration(subscriber%20) / 20):
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for next := 0; ; {
		text, err := w.ask(ctx, c, subscriber, http.MethodGet, w.apiURL(), nil)
		if err != nil {
			return err
		}
		b.bytes.Add(int64(len(text)))
		b.look(text, &next)
		ready()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// loop is a user with `while sleep 3; do kubectl get mpijobs; done`.
func loop(kubectl, config string) watcher {
	return func(ctx context.Context, b *board, _ int, ready func()) error {
		for next := 0; ; {
			text, err := exec.CommandContext(ctx, kubectl, "--kubeconfig", config, "get", "mpijobs.v2beta1.kubeflow.org",
				"-o", `jsonpath={range .items[*]}{.metadata.name} {.status.conditions[-1:].type} {.status.conditions[-1:].message}{"\n"}{end}`).Output()
			if err != nil {
				return fmt.Errorf("kubectl: %w", err)
			}
			b.look(text, &next)
			ready()
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(every):
			}
		}
	}
}
