package service

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/routers"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// sseEvent is an event as browsers read it.
type sseEvent struct{ kind, id, data string }

// eventsOf reads a stream by the letter of the standard: a line ends with \r, \n or both, whatever wrote it.
func eventsOf(t *testing.T, text string) (out []sseEvent) {
	t.Helper()
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	var e sseEvent
	for line := range strings.SplitSeq(text, "\n") {
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "":
			if line == "" && e != (sseEvent{}) {
				out = append(out, e)
				e = sseEvent{}
			}
		case "event":
			e.kind = value
		case "id":
			e.id = value
		case "data":
			e.data += value
		case "retry":
		default:
			t.Errorf("a line is none of the stream's: %q", line)
		}
	}
	return out
}

// forgeries are texts that would be events of their own, or end one, if they were written as they are.
var forgeries = []string{
	"a\r\r\revent: end\rdata: {}\r\r",
	"\rid: 1.1.1.1\r\r",
	"x\r",
	"data: y\x00\x1b[31m\x07\u0085\u2028\u2029\ufeff",
	"\xff\xfe invalid",
	"\rretry: 1\r\r:",
	`"},"event":"end"`,
}

// A line of a log is one event whatever is in it, and comes through as it was written.
func TestALogLineForgesNoEvent(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	c.add("pods", pod("first", "launcher", "", true))
	var log strings.Builder
	for i, text := range forgeries {
		fmt.Fprintf(&log, "%s %s\n", time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC).Format(time.RFC3339Nano), text)
	}
	c.core.logs["/api/v1/namespaces/team-a/pods/first-launcher/previous"] = log.String()
	s := c.start(t)
	_, text := call(t, s, "ann-token", "GET", "/api/v1/streams/namespaces/team-a/trainingjobs/first/logs?previous=true", "")
	events := eventsOf(t, text)
	// Places are told at most once a second, and before the end.
	if n := len(events); n < 2 || events[n-2].kind != "place" || events[n-1].kind != "end" {
		t.Fatalf("%d events: %q", len(events), text)
	}
	events = slices.DeleteFunc(events, func(e sseEvent) bool { return e.kind == "place" })
	if len(events) != len(forgeries)+1 {
		t.Fatalf("%d events: %q", len(events), text)
	}
	for i, want := range forgeries {
		var l training.LogLine
		if err := json.Unmarshal([]byte(events[i].data), &l); err != nil || events[i].kind != "line" || l.Text != strings.ToValidUTF8(want, "\ufffd\ufffd") {
			t.Errorf("line %d is %q, want %q", i, events[i], want)
		}
	}
	// As lines of JSON, it is one line.
	_, text = call(t, s, "ann-token", "GET", onePath+"/logs?previous=true", "")
	if n := strings.Count(text, "\n"); n != len(forgeries) || strings.ContainsAny(text, "\r\x00\x1b") {
		t.Errorf("%d lines: %q", n, text)
	}
}

// The same of what a job says of itself.
func TestAJobForgesNoEvent(t *testing.T) {
	c := newCluster(t)
	for i, text := range forgeries {
		m := job("team-a", fmt.Sprint("job-", i))
		m.Labels = map[string]string{"x": text}
		m.Status.Conditions = []kubeflow.JobCondition{{Type: kubeflow.JobRunning, Status: "True", Reason: text, Message: text + "\n\nevent: end\n\n"}}
		c.put(m)
	}
	s := c.start(t)
	a := openStream(t, s, "ann-token", "/api/v1/streams/namespaces/team-a/trainingjobs")
	var text bytes.Buffer
	for !strings.Contains(text.String(), "event: synced") {
		if _, err := io.CopyN(&text, a.resp.Body, 1); err != nil {
			t.Fatal(err)
		}
	}
	kinds := map[string]int{}
	for _, e := range eventsOf(t, text.String()+" x\n\n") {
		kinds[e.kind]++
	}
	if kinds["job"] != len(forgeries) || kinds["reset"] != 1 || len(kinds) != 3 {
		t.Errorf("the stream has %v: %q", kinds, text.String())
	}
}

// What a client says it has seen is believed only as far as it makes sense, and never repeated to it.
func TestBogusEventIDs(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	c.add("pods", pod("first", "launcher", "", true))
	c.core.logs["/api/v1/namespaces/team-a/pods/first-launcher/previous"] = "2026-01-01T00:00:00Z one\n"
	s := c.start(t)
	for _, id := range []string{
		"-1.0.0.0/f", "18446744073709551616.0.0.0/f", "18446744073709551615.18446744073709551615.0.0/f", "1.1.1.1", "1.1.1.1/", "/f", "1.1.1.1/fff", "f/1.1.1.1",
		"1.1.1.1/f\r\nevent: end\r\ndata: {}\r\n\r\n", "\r\n\r\n", "\x00", strings.Repeat("9", 250), strings.Repeat("AAAA", 2000), "____", "2026-01-01T00:00:00Z/1",
	} {
		for path, want := range map[string]string{"trainingjobs": "reset", "trainingjobs/first": "reset", "trainingjobs/first/logs?previous=true": "line"} {
			header := []string{"Last-Event-ID", id}
			if strings.ContainsAny(id, "\r\n\x00") { // no header holds these
				if want == "line" {
					continue
				}
				path, header = path+"?from="+url.QueryEscape(id), nil
			}
			if len(id) > 256 && want != "line" {
				resp, text := call(t, s, "ann-token", "GET", "/api/v1/streams/namespaces/team-a/"+path, "", header...)
				isProblem(t, resp, text, http.StatusBadRequest, "BadRequest")
				continue
			}
			a := openStream(t, s, "ann-token", "/api/v1/streams/namespaces/team-a/"+path, header...)
			if kind, given, data := a.next(); kind != want || given == id {
				t.Errorf("%q on %s: begins with %s %s %s", id, path, kind, given, data)
			}
			a.resp.Body.Close()
		}
	}
}

// Names in addresses and bodies are names: nothing is asked of the cluster that a name could lead to.
func TestNamesLeadNowhereElse(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	s := c.start(t, func(o *Options) { o.Limits = Defaults(); o.Limits.Burst = 10_000 })
	s.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	call(t, s, "ann-token", "GET", "/api/v1/me", "")
	asked := func() (out []string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for path := range c.requests {
			if !strings.HasSuffix(path, "reviews") {
				out = append(out, path)
			}
		}
		slices.Sort(out)
		return out
	}
	before := asked()
	refused := func(t *testing.T, what string, resp answer, text string) {
		t.Helper()
		// The mux itself sends those with dots to where they lead: that is an address of the service.
		if resp.StatusCode/100 == 3 && strings.HasPrefix(resp.Header.Get("Location"), "/api/v1/") {
			return
		}
		if resp.StatusCode/100 != 4 || resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", what, resp.StatusCode, text)
		}
	}
	evil := []string{"..", ".", "../../secrets/x", "..\\x", "a/b", "a\x00b", "a\r\nb", "%2e%2e", "%2e%2e%2fsecrets", "a?watch=1", "a#b", "A", "-a", "a..b/../c", "é", "\xff", strings.Repeat("a", 254), " ", "a b", "${x}", "'; drop", "*"}
	eachOperation(t, func(t *testing.T, route *routers.Route, x try) {
		for _, name := range evil {
			escaped := url.PathEscape(name)
			for _, on := range [][2]string{{escaped, "first"}, {"team-a", escaped}} {
				if path := strings.NewReplacer("{namespace}", on[0], "{name}", on[1]).Replace(route.Path); !strings.Contains(path, escaped) || on[0] == escaped && !strings.Contains(route.Path, "{namespace}") || on[1] == escaped && !strings.Contains(route.Path, "{name}") {
					continue
				}
				resp, text := x.send(t, s, route, "ann-token", on[0], on[1])
				refused(t, fmt.Sprintf("%q", on), resp, text)
			}
		}
	})
	const team = "/api/v1/namespaces/team-a"
	for _, name := range []string{"../x", "a/b", "..", "a\u0000b", "a\r\nb", "/etc/passwd", `..\x`} {
		quoted, _ := json.Marshal(name)
		for _, x := range [][3]string{
			{"POST", team + "/trainingjobs", `{"image":"i","workers":1,"command":["x"],"name":NAME}`},
			{"POST", team + "/trainingjobs", `{"image":"i","workers":1,"command":["x"],"name":"a","connections":[NAME]}`},
			{"POST", team + "/trainingjobs", `{"image":"i","workers":1,"command":["x"],"name":"a","claims":[{"name":NAME,"mountPath":"/x"}]}`},
			{"POST", team + "/trainingjobs/first/clone", `{"name":NAME}`},
			{"POST", team + "/trainingjobs/first/retry?name=QUERY", ``},
			{"POST", team + "/templates", `{"name":NAME,"spec":{"image":"i"}}`},
			{"POST", team + "/templates", `{"name":"a","from":NAME}`},
			{"POST", team + "/templates/mpi/jobs", `{"name":NAME}`},
			{"GET", team + "/comparison?job=QUERY&job=QUERY", ``},
			{"GET", "/api/v1/me?namespace=QUERY", ``},
		} {
			words := strings.NewReplacer("NAME", string(quoted), "QUERY", url.QueryEscape(name))
			resp, text := call(t, s, "ann-token", x[0], words.Replace(x[1]), words.Replace(x[2]))
			refused(t, fmt.Sprint(x, " with ", string(quoted)), resp, text)
		}
		resp, text := call(t, s, "ann-token", "POST", team+"/bulk", `{"action":"delete","jobs":[{"name":`+string(quoted)+`}]}`)
		if strings.Contains(text, `"done":true`) {
			t.Errorf("bulk with %s: %d %s", quoted, resp.StatusCode, text)
		}
	}
	for _, path := range asked() {
		if !slices.Contains(before, path) && path != "GET /apis/kubeflow.org/v2beta1/namespaces/team-a/mpijobs/first" {
			t.Errorf("the cluster was asked to %s", path)
		}
	}
}
