package service

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/cache"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// forgetful is a cluster's Gate that believes what it was told for moments only, so that a test needn't wait.
func forgetful(t *testing.T, c *fakeCluster) func(*Options) {
	return func(o *Options) {
		gate, err := NewReviewer(c.config(), nil)
		if err != nil {
			t.Fatal(err)
		}
		gate.callers = cache.NewLRUExpireCacheWithClock(maxCallers, hurried{})
		gate.allowed = newShares[asked, bool](maxAllowed, maxAllowedEach, hurried{}.Now)
		o.Gate, o.Recheck, o.Heartbeat = gate, 100*time.Millisecond, 50*time.Millisecond
	}
}

// hurried is a clock that runs fifty times as fast.
type hurried struct{}

var hurriedFrom = time.Now()

// Now is later than now.
func (hurried) Now() time.Time { return hurriedFrom.Add(50 * time.Since(hurriedFrom)) }

// While the API server is away a stream stays open or ends and says why, a new one is refused with a problem; when it
// is back, the stream goes on where it was.
func TestStreamsThroughAnOutage(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	s := c.start(t, forgetful(t, c))
	const path = "/api/v1/streams/namespaces/team-a/trainingjobs"
	a := openStream(t, s, "ann-token", path)
	last, _ := a.until("synced")
	c.goDown(true)
	_, data := a.until("end")
	if !strings.Contains(data, `"ClusterUnreachable"`) {
		t.Errorf("the stream ends with %s", data)
	}
	for _, path := range []string{path, path + "/first", path + "/first/logs", "/api/v1/namespaces/team-a/trainingjobs", "/api/v1/namespaces/team-a/trainingjobs/first/outputs"} {
		resp, text := call(t, s, "ann-token", "GET", path, "", "Last-Event-ID", last)
		isProblem(t, resp, text, http.StatusServiceUnavailable, "ClusterUnreachable")
		if resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: it isn't said when to try again", path)
		}
	}
	c.put(job("team-a", "meanwhile"))
	c.goDown(false)
	var b *sseReader
	await(t, "the API server", func() bool {
		resp, text := call(t, s, "ann-token", "GET", "/api/v1/me?namespace=team-a", "")
		if resp.StatusCode >= 500 && resp.StatusCode != http.StatusServiceUnavailable {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
		return resp.StatusCode == http.StatusOK
	})
	b = openStream(t, s, "ann-token", path, "Last-Event-ID", last)
	if kind, _, data := b.next(); kind != "job" || !strings.Contains(data, `"meanwhile"`) {
		t.Errorf("it goes on with %s %s", kind, data)
	}
}

// logLine is a line as the kubelet has it.
func logLine(at time.Duration, text string) string {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(at).Format(time.RFC3339Nano) + " " + text + "\n"
}

// placed has the place told behind each line.
func placed(o *Options) { o.Places = time.Nanosecond }

// A stream of several logs that is resumed loses and doubles no line, though one of them is behind the others, or
// has two lines of one time.
func TestLogsResumeEachWhereItWas(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	for _, p := range [][2]string{{"launcher", ""}, {"worker", "0"}, {"worker", "1"}} {
		c.add("pods", pod("first", p[0], p[1], true))
	}
	s := c.start(t, placed)
	has := func(whose string, lines ...string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.core.logs["/api/v1/namespaces/team-a/pods/first-"+whose+"/previous"] += strings.Join(lines, "")
	}
	has("launcher", logLine(10*time.Second, "L1"))
	has("worker0", logLine(20*time.Second, "W0 a"), logLine(20*time.Second, "W0 b"), logLine(21*time.Second, "W0 c"))
	var got []string
	// read is broken off behind a line whose place hasn't come: what has none is taken back.
	read := func(id string, most int) (last string) {
		t.Helper()
		kept := len(got)
		defer func() { got = got[:kept] }()
		var header []string
		if id != "" {
			header = []string{"Last-Event-ID", id}
		}
		a := openStream(t, s, "ann-token", "/api/v1/streams/namespaces/team-a/trainingjobs/first/logs?previous=true&launcher=true&allWorkers=true", header...)
		defer a.resp.Body.Close()
		for last = id; most > 0; {
			kind, id, data := a.next()
			if kind == "place" {
				last, kept = id, len(got)
				continue
			}
			if most--; kind != "line" {
				return last
			}
			if id != "" {
				t.Errorf("%s has an id of its own", data)
			}
			var l training.LogLine
			if err := json.Unmarshal([]byte(data), &l); err != nil {
				t.Fatal(err)
			}
			if !l.Note {
				got = append(got, l.Text)
			}
		}
		return last
	}
	id := read("", 3) // L1, W0 a; W0 b, of the same time, is taken back
	id = read(id, 2)  // W0 b
	id = read(id, 99)
	// What comes late, from before what was told last, is new all the same; and so is a log that had said nothing.
	has("launcher", logLine(15*time.Second, "L2"))
	has("worker1", logLine(5*time.Second, "W1 a"), logLine(30*time.Second, "W1 b"))
	id = read(id, 2)
	read(id, 99)
	slices.Sort(got)
	if want := []string{"L1", "L2", "W0 a", "W0 b", "W0 c", "W1 a", "W1 b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The same through an outage of the API server, of a log that is being written.
func TestLogsThroughAnOutage(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	c.add("pods", pod("first", "launcher", "", false))
	s := c.start(t, forgetful(t, c))
	const where = "/api/v1/namespaces/team-a/pods/first-launcher"
	has := func(line string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.core.logs[where] += line
	}
	has(logLine(time.Second, "one"))
	const path = "/api/v1/streams/namespaces/team-a/trainingjobs/first/logs"
	a := openStream(t, s, "ann-token", path)
	_, data := a.until("line")
	if !strings.Contains(data, `"one"`) {
		t.Errorf("begins with %s", data)
	}
	last, _ := a.until("place")
	c.goDown(true)
	has(logLine(2*time.Second, "two"))
	if _, data := a.until("end"); !strings.Contains(data, `"ClusterUnreachable"`) {
		t.Errorf("ends with %s", data)
	}
	c.goDown(false)
	await(t, "the API server", func() bool {
		resp, _ := call(t, s, "ann-token", "GET", "/api/v1/me", "")
		return resp.StatusCode == http.StatusOK
	})
	for query, header := range map[string][]string{"": {"Last-Event-ID", last}, "?from=" + last: nil} {
		b := openStream(t, s, "ann-token", path+query, header...)
		if _, data := b.until("line"); !strings.Contains(data, `"two"`) {
			t.Errorf("%q goes on with %s", query, data)
		}
	}
}

func TestClusterIsAway(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	down := make(chan error, 1)
	s := c.start(t, func(o *Options) {
		o.Reachable = func() error {
			select {
			case err := <-down:
				down <- err
				return err
			default:
				return nil
			}
		}
	})
	call(t, s, "ann-token", "GET", "/api/v1/namespaces/team-a/trainingjobs", "")
	c.goDown(true)
	for _, path := range []string{"/api/v1/namespaces/team-a/trainingjobs/first/status", "/api/v1/namespaces/team-a/trainingjobs/none"} {
		if resp, text := call(t, s, "ann-token", "GET", path, ""); resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, "ClusterUnreachable") || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", path, resp.StatusCode, text)
		}
	}
	if resp, text := call(t, s, "unknown-token", "GET", "/api/v1/me", ""); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("an unknown token: %d %s", resp.StatusCode, text)
	}
	c.goDown(false)
	c.put(job("team-a", "second"))
	await(t, "job that came after the outage", func() bool {
		_, text := call(t, s, "ann-token", "GET", "/api/v1/namespaces/team-a/trainingjobs", "")
		return strings.Contains(text, `"second"`)
	})
}
