package service

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// sseReader reads a stream's events.
type sseReader struct {
	t     testing.TB
	resp  *http.Response
	lines *bufio.Scanner
}

func openStream(t testing.TB, s *httptest.Server, token, path string, header ...string) *sseReader {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d", path, resp.StatusCode)
	}
	return &sseReader{t: t, resp: resp, lines: bufio.NewScanner(resp.Body)}
}

// next is the next event that tells something; an empty kind is the end of the stream.
func (s *sseReader) next() (kind, id, data string) {
	for {
		if kind, id, data = s.event(); kind != "beat" {
			return kind, id, data
		}
	}
}

// event is the next one, a sign of life too.
func (s *sseReader) event() (kind, id, data string) {
	for s.lines.Scan() {
		field, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch field {
		case "event":
			kind = value
		case "id":
			id = value
		case "data":
			data = value
		case "":
			if kind != "" {
				return kind, id, data
			}
		}
	}
	return "", "", ""
}

func (s *sseReader) until(kind string) (id, data string) {
	s.t.Helper()
	var seen []string
	for {
		k, id, data := s.next()
		if k == kind {
			return id, data
		}
		if seen = append(seen, k); k == "" || len(seen) > 1000 {
			s.t.Fatalf("no %q among %v", kind, seen)
		}
	}
}

// A browser opens a stream again with the cookie of the moment, which may be somebody else's by then.
func TestStreamForSomebodyElseIsRefused(t *testing.T) {
	s := newCluster(t).start(t)
	const jobs = "/api/v1/streams/namespaces/team-a/trainingjobs"
	if k, _, _ := openStream(t, s, "ann-token", jobs+"?callerIs=ann").next(); k != "reset" {
		t.Errorf("as herself ann's begins with %q", k)
	}
	paths := strings.NewReplacer("{namespace}", "team-a", "{name}", "first")
	contract, err := newContract()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for pattern, route := range contract.routes {
		if !strings.HasPrefix(route.Path, "/api/v1/streams/") {
			continue
		}
		tried++
		path := paths.Replace(route.Path) + "?callerIs=bob"
		if route.Operation.OperationID == "execTrainingJob" {
			path += "&command=x"
		}
		resp, text := call(t, s, "ann-token", "GET", path, "")
		if resp.StatusCode != http.StatusConflict || !strings.Contains(text, "OtherCaller") {
			t.Errorf("%s as bob: %d %s", pattern, resp.StatusCode, text)
		}
		if !slices.ContainsFunc(route.Operation.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.Name == "callerIs" }) {
			t.Errorf("%s: the contract doesn't say so", pattern)
		}
	}
	if tried < 5 {
		t.Errorf("%d streams were tried", tried)
	}
}

func TestStreamTellsAndResumes(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	s := c.start(t)
	const path = "/api/v1/streams/namespaces/team-a/trainingjobs"
	a := openStream(t, s, "ann-token", path)
	if k, _, _ := a.next(); k != "reset" {
		t.Fatalf("begins with %q", k)
	}
	if _, data := a.until("job"); !strings.Contains(data, `"first"`) {
		t.Errorf("got %s", data)
	}
	from, _ := a.until("synced")
	c.put(job("team-b", "secret"))
	c.put(job("team-a", "second"))
	id, data := a.until("job")
	if !strings.Contains(data, `"second"`) {
		t.Errorf("got %s", data)
	}
	c.remove("team-a", "first")
	if _, data := a.until("removed"); !strings.Contains(data, `"first"`) {
		t.Errorf("got %s", data)
	}
	// From the event on, nothing that came before is told again, and nothing is missed.
	b := openStream(t, s, "ann-token", path, "Last-Event-ID", id)
	if k, _, data := b.next(); k != "removed" || !strings.Contains(data, `"first"`) {
		t.Errorf("resumed with %s %s", k, data)
	}
	d := openStream(t, s, "ann-token", path+"?from="+from)
	if k, _, data := d.next(); k != "job" || !strings.Contains(data, `"second"`) {
		t.Errorf("from the first position: %s %s", k, data)
	}
	for _, bogus := range []string{"0.0.0.0", "99999999.0.0.0", "nonsense", "1.1.1.1.1", strings.Repeat("9", 200)} {
		if k, _, _ := openStream(t, s, "ann-token", path, "Last-Event-ID", bogus).next(); k != "reset" {
			t.Errorf("Last-Event-ID %q: begins with %q", bogus, k)
		}
	}
	one := openStream(t, s, "ann-token", "/api/v1/streams/namespaces/team-a/trainingjobs/second")
	one.until("synced")
	c.put(job("team-a", "third"))
	c.remove("team-a", "second")
	if k, _, data := one.next(); k != "removed" || !strings.Contains(data, `"second"`) {
		t.Errorf("one job's stream: %s %s", k, data)
	}
}

// A stream that has nothing to tell says that it is alive, and how far it is: from there on nothing is told again.
func TestStreamBeats(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	s := c.start(t, func(o *Options) { o.Heartbeat = 10 * time.Millisecond })
	const path = "/api/v1/streams/namespaces/team-a/trainingjobs"
	a := openStream(t, s, "ann-token", path)
	from, _ := a.until("synced")
	c.put(job("team-b", "elsewhere"))
	at := from
	for at == from {
		var kind, data string
		if kind, at, data = a.event(); kind != "beat" || at == "" || data != "{}" {
			t.Fatalf("got %q %q %q", kind, at, data)
		}
	}
	b := openStream(t, s, "ann-token", path, "Last-Event-ID", at)
	c.put(job("team-a", "second"))
	if kind, _, data := b.next(); kind != "job" || !strings.Contains(data, `"second"`) {
		t.Errorf("after a beat: %s %s", kind, data)
	}
}

// What happens to a job while its status is read is told by a stream from the status's position.
func TestStatusCanBeFollowed(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	s := c.start(t)
	const status, stream = "/api/v1/namespaces/team-a/trainingjobs/first/status", "/api/v1/streams/namespaces/team-a/trainingjobs"
	changed := job("team-a", "first")
	changed.Labels = map[string]string{"changed": "while-it-was-read"}
	var once sync.Once
	c.read = func() {
		once.Do(func() {
			c.put(changed)
			await(t, "the service to know of the change", func() bool {
				_, text := call(t, s, "ann-token", "GET", "/api/v1/namespaces/team-a/trainingjobs", "")
				return strings.Contains(text, "while-it-was-read")
			})
		})
	}
	resp, text := call(t, s, "ann-token", "GET", status, "")
	if resp.StatusCode != http.StatusOK || strings.Contains(text, "while-it-was-read") {
		t.Fatalf("status: %d %s", resp.StatusCode, text)
	}
	follow := openStream(t, s, "ann-token", stream+"?from="+resp.Header.Get("Position"))
	c.put(job("team-a", "second")) // all there is to tell, if the change is missed
	if kind, _, data := follow.next(); kind != "job" || !strings.Contains(data, "while-it-was-read") {
		t.Errorf("from %q: %s %s", resp.Header.Get("Position"), kind, data)
	}
	// Who may see this job, but not follow the namespace's, learns nothing about those.
	c.deny("ann", "mpijobs")
	c.deny("ann", "trainjobs")
	_, fresh := c.startService(t)
	if resp, text := call(t, fresh, "ann-token", "GET", status, ""); resp.StatusCode != http.StatusOK || resp.Header.Values("Position") != nil {
		t.Errorf("without the right: %d %s, position %q", resp.StatusCode, text, resp.Header.Values("Position"))
	}
}

// Who may see a job of a type that a stream wouldn't tell them of isn't told from where to follow it.
func TestStatusOfATypeThatIsNotFollowed(t *testing.T) {
	c := newCluster(t)
	c.trainJobs = []string{"first"}
	c.put(job("team-a", "first"))
	c.deny("ann", "trainjobs")
	s := c.start(t)
	for path, follows := range map[string]bool{"/status": true, "/status?type=TrainJob": false} {
		resp, text := call(t, s, "ann-token", "GET", onePath+path, "")
		if position := resp.Header.Get("Position"); resp.StatusCode != http.StatusOK || (position != "") != follows {
			t.Errorf("%s: %d %s, position %q", path, resp.StatusCode, text, position)
		}
	}
}

func TestStreamEndsWithTheRight(t *testing.T) {
	for name, lose := range map[string]func(*fakeCluster){
		"the token is revoked": func(c *fakeCluster) { c.revoke("ann-token") },
		"the right is gone":    func(c *fakeCluster) { c.forbid("ann") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			s := c.start(t, func(o *Options) { o.Recheck = 200 * time.Millisecond })
			a := openStream(t, s, "ann-token", "/api/v1/streams/namespaces/team-a/trainingjobs")
			a.until("synced")
			lose(c)
			_, data := a.until("end")
			if !strings.Contains(data, `"Unauthenticated"`) && !strings.Contains(data, `"Forbidden"`) {
				t.Errorf("ends with %s", data)
			}
			if k, _, _ := a.next(); k != "" {
				t.Errorf("goes on with %q", k)
			}
		})
	}
}

func TestDrain(t *testing.T) {
	c := newCluster(t)
	service, s := c.startService(t)
	a := openStream(t, s, "ann-token", "/api/v1/streams/namespaces/team-a/trainingjobs")
	a.until("synced")
	service.Drain()
	if _, data := a.until("end"); !strings.Contains(data, `"Draining"`) {
		t.Errorf("ends with %s", data)
	}
}
