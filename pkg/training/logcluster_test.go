package training

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// logCluster is an API server with one job, its pods and their logs, which change while they are
// followed. It speaks over pipes, so that it works on a test's own clock.
type logCluster struct {
	t *testing.T

	mu      sync.Mutex
	changed chan struct{}
	version int
	job     *MPIJob
	pods    map[string]*corev1.Pod
	events  []clusterEvent
	logs    map[string]*podLog
	opens   int
	held    int64 // bytes written to clients
	fault   func(pod string, opening int) fault
	forbid  string // a resource nobody may read
}

type clusterEvent struct {
	version        int
	resource, kind string
	object         any
}

// podLog is what a kubelet has of a pod's container.
type podLog struct {
	runs    [][]string // lines with their times, of each run
	rotated int        // how many of the newest run are no longer there
	over    bool       // the container doesn't run
}

// fault is what happens to a stream: it is cut, or ends cleanly, after some bytes; or stalls.
type fault struct {
	after        int // 0: never
	clean, stall bool
}

type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func newLogCluster(t *testing.T) (*logCluster, *Client) {
	t.Helper()
	c := &logCluster{
		t: t, changed: make(chan struct{}), version: 1, pods: map[string]*corev1.Pod{}, logs: map[string]*podLog{},
		job: aJob(cond("Running", "", "")),
	}
	c.job.CreationTimestamp = metav1.NewTime(time.Now())
	l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	s := &http.Server{Handler: c, ErrorLog: nil}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	client, err := NewClient(&rest.Config{Host: "http://cluster", Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		near, far := net.Pipe()
		select {
		case l.conns <- far:
			return near, nil
		case <-l.done:
			return nil, net.ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}, "team")
	if err != nil {
		t.Fatal(err)
	}
	return c, client
}

// change applies a change and tells the watchers.
func (c *logCluster) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *logCluster) publish(resource, kind string, o metav1.Object) {
	c.version++
	o.SetResourceVersion(strconv.Itoa(c.version))
	raw, err := json.Marshal(o)
	if err != nil {
		c.t.Error(err)
	}
	c.events = append(c.events, clusterEvent{c.version, resource, kind, json.RawMessage(raw)})
}

// start makes a pod whose container runs; write adds lines to its log.
func (c *logCluster) start(role, index, name string) {
	c.change(func() {
		p := pod(role, index, state(corev1.PodRunning, runs))
		p.TypeMeta = metav1.TypeMeta{Kind: "Pod", APIVersion: "v1"}
		p.Name, p.CreationTimestamp = name, metav1.NewTime(time.Now())
		c.pods[name], c.logs[name] = p, &podLog{runs: [][]string{nil}}
		c.publish("pods", "ADDED", p)
	})
}

func (c *logCluster) write(name string, lines ...string) {
	c.change(func() {
		l := c.logs[name]
		for _, text := range lines {
			l.runs[len(l.runs)-1] = append(l.runs[len(l.runs)-1], time.Now().UTC().Format(time.RFC3339Nano)+" "+text)
		}
	})
}

// restart ends the pod's container and starts it again; the status follows later, as it does.
func (c *logCluster) restart(name string, later time.Duration) {
	c.change(func() { c.logs[name].over = true })
	time.Sleep(10 * time.Millisecond)
	c.change(func() {
		l := c.logs[name]
		l.over, l.rotated, l.runs = false, 0, append(l.runs, nil)
	})
	time.Sleep(later)
	c.change(func() {
		p := c.pods[name]
		p.Status.ContainerStatuses[0].RestartCount++
		p.Status.ContainerStatuses[0].LastTerminationState = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1}}
		c.publish("pods", "MODIFIED", p)
	})
}

func (c *logCluster) end(name string, phase corev1.PodPhase) {
	c.change(func() {
		c.logs[name].over = true
		p := c.pods[name]
		p.Status.Phase = phase
		p.Status.ContainerStatuses[0].State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}}
		c.publish("pods", "MODIFIED", p)
	})
}

func (c *logCluster) remove(name string) {
	c.change(func() {
		c.publish("pods", "DELETED", c.pods[name])
		delete(c.pods, name)
		delete(c.logs, name)
	})
}

func (c *logCluster) finish() {
	c.change(func() {
		cond("Succeeded", "", "")(c.job)
		c.publish("mpijobs", "MODIFIED", c.job)
	})
}

func (c *logCluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	resource := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	c.mu.Lock()
	forbidden := c.forbid != "" && c.forbid == resource
	c.mu.Unlock()
	switch {
	case forbidden:
		status(403, "Forbidden", fmt.Sprintf(`%s is forbidden: User "ann" cannot get resource "pods/%s" in API group "" in the namespace "team"`, resource, resource), nil)(w, r)
	case r.URL.Query().Get("watch") != "":
		c.watch(w, r, resource)
	case resource == "log":
		c.serveLog(w, r)
	case resource == "pi":
		c.mu.Lock()
		defer c.mu.Unlock()
		answer(w, 200, c.job)
	default:
		c.list(w, resource)
	}
}

func (c *logCluster) list(w http.ResponseWriter, resource string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	items, kind, group := []any{}, "ConfigMapList", "v1"
	switch resource {
	case "pods":
		kind = "PodList"
		for _, p := range c.pods {
			items = append(items, p)
		}
	case "mpijobs":
		kind, group, items = "MPIJobList", "kubeflow.org/v2beta1", []any{c.job}
	}
	answer(w, 200, map[string]any{"kind": kind, "apiVersion": group, "metadata": map[string]string{"resourceVersion": strconv.Itoa(c.version)}, "items": items})
}

func (c *logCluster) watch(w http.ResponseWriter, r *http.Request, resource string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	after, _ := strconv.Atoi(r.URL.Query().Get("resourceVersion"))
	for {
		c.mu.Lock()
		changed := c.changed
		var out []clusterEvent
		for _, e := range c.events {
			if e.resource == resource && e.version > after {
				out, after = append(out, e), e.version
			}
		}
		c.mu.Unlock()
		for _, e := range out {
			if json.NewEncoder(w).Encode(map[string]any{"type": e.kind, "object": e.object}) != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

// serveLog does as a kubelet: the newest run's, or that of the run before, from a second on, the last
// lines, and what is added while the container runs.
func (c *logCluster) serveLog(w http.ResponseWriter, r *http.Request) {
	name := strings.Split(r.URL.Path[strings.Index(r.URL.Path, "/pods/")+6:], "/")[0]
	q := r.URL.Query()
	since, _ := time.Parse(time.RFC3339, q.Get("sinceTime"))
	tail, _ := strconv.Atoi(q.Get("tailLines"))
	c.mu.Lock()
	c.opens++
	l, ok := c.logs[name]
	plan := fault{}
	if c.fault != nil {
		plan = c.fault(name, c.opens)
		plan.clean = plan.clean && q.Get("follow") == "true" // what has ended ends cleanly only at its end
	}
	run := 0
	if ok {
		run = len(l.runs) - 1
		if q.Get("previous") == "true" {
			run--
		}
	}
	c.mu.Unlock()
	if !ok {
		status(404, "NotFound", "pods not found", &metav1.StatusDetails{Name: name, Kind: "pods"})(w, r)
		return
	}
	if run < 0 {
		status(400, "BadRequest", `previous terminated container "main" not found`, nil)(w, r)
		return
	}
	sent, written, first := 0, 0, true
	for {
		c.mu.Lock()
		lines := l.runs[run]
		begin := sent
		if first && run == len(l.runs)-1 {
			begin = l.rotated
		}
		var out []string
		for _, line := range lines[min(begin, len(lines)):] {
			if at, _, _ := splitTime([]byte(line)); !at.Before(since) {
				out = append(out, line)
			}
		}
		if first && tail > 0 && len(out) > tail {
			out = out[len(out)-tail:]
		}
		sent, first = len(lines), false
		over := l.over || run < len(l.runs)-1 || q.Get("follow") != "true" || c.logs[name] != l
		changed := c.changed
		c.mu.Unlock()
		for _, line := range out {
			line += "\n"
			if plan.after > 0 && written+len(line) > plan.after {
				if plan.stall {
					<-r.Context().Done()
					return
				}
				line = line[:max(0, plan.after-written)]
				_, _ = io.WriteString(w, line)
				w.(http.Flusher).Flush()
				if !plan.clean {
					panic(http.ErrAbortHandler)
				}
				return
			}
			n, err := io.WriteString(w, line)
			written += n
			c.mu.Lock()
			c.held += int64(n)
			c.mu.Unlock()
			if err != nil {
				return
			}
		}
		w.(http.Flusher).Flush()
		if over {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}
