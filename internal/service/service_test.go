package service

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/opendatahub-io/mpijob/internal/service/api"
)

const simple = `{"name":"new","image":"i","workers":2,"command":["true"]}`

func TestReadsAndWrites(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	c.put(job("team-b", "other"))
	s := c.start(t)
	const jobs = "/api/v1/namespaces/team-a/trainingjobs"
	for _, x := range []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{"who", "GET", "/api/v1/me?namespace=team-a", "", 200, `"connections":true,"create":true,"createTemplates":true,"delete":true,"deleteTemplates":true,"events":true,"exec":true,`},
		{"list", "GET", jobs, "", 200, `"total":1`},
		{"list by phase", "GET", jobs + "?phase=Failed&phase=Running", "", 200, `"total":0`},
		{"an unknown phase", "GET", jobs + "?phase=Nearly", "", 400, `"code":"BadRequest"`},
		{"a misspelt parameter", "GET", jobs + "?phases=Failed", "", 400, `no parameter \"phases\"`},
		{"a bad selector", "GET", jobs + "?labelSelector=a=b=c", "", 422, `labelSelector`},
		{"beyond the last", "GET", jobs + "?offset=1", "", 200, `"items":[]`},
		{"both ways of paging", "GET", jobs + "?offset=1&continue=x", "", 422, `offset`},
		{"a bad continue", "GET", jobs + "?continue=%FF", "", 422, `continue`},
		{"get", "GET", jobs + "/first", "", 200, `"name":"first"`},
		{"no such job", "GET", jobs + "/none", "", 404, `"code":"NotFound"`},
		{"no such job to describe", "GET", jobs + "/none/status", "", 404, `"code":"NotFound"`},
		{"a name that can't be", "GET", jobs + "/..%2f..%2fsecrets", "", 400, `"code":"BadRequest"`},
		{"client dry run", "POST", jobs + "?dryRun=client", simple, 200, `"manifest"`},
		{"client dry run, the simple form", "POST", jobs + "?dryRun=client", simple, 200, `"spec":{"name":"new","namespace":"team-a","image":"i","command":["true"]`},
		{"unknown field", "POST", jobs, `{"name":"new","image":"i","workers":2,"comand":["true"]}`, 422, `comand`},
		{"words for amounts", "POST", jobs, `{"name":"new","image":"i","workers":2,"cpuPerWorker":"many","memoryPerWorker":"lots","command":["true"]}`, 422, `"field":"memoryPerWorker","message":"\"lots\" is no amount`},
		{"a word for a number", "POST", jobs, `{"name":"new","image":"i","workers":"2","command":["true"]}`, 422, `"field":"workers"`},
		{"manifest, unknown field", "POST", jobs, `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"x"},"spec":{"slotsPerWorkr":1}}`, 422, `slotsPerWorkr`},
		{"another namespace", "POST", jobs, `{"name":"new","namespace":"team-b","image":"i","workers":2,"command":["true"]}`, 422, `team-b`},
		{"no JSON", "POST", jobs, `{`, 400, `"code":"BadRequest"`},
		{"create", "POST", jobs, simple, 201, `"name":"new"`},
		{"create again", "POST", jobs, simple, 409, `"code":"AlreadyExists"`},
		{"a queue that nobody looks after", "POST", jobs + "?dryRun=server", `{"name":"queued","image":"i","workers":2,"command":["true"],"queue":"team"}`, 200, `queue \"team\" has no effect: this cluster has no Kueue`},
		{"memory without its unit", "POST", jobs, `{"name":"new","image":"i","workers":2,"command":["true"],"memoryPerWorker":"96"}`, 422, `did you mean 96Mi?`},
		{"days", "POST", jobs + "?dryRun=client", `{"name":"days","image":"i","workers":2,"command":["true"],"timeLimit":"2d"}`, 200, `"timeLimit":"48h"`},
		{"clone with a word that isn't one", "POST", jobs + "/first/clone", `{"changes":{"worker":3}}`, 422, `worker`},
		{"bulk without jobs", "POST", "/api/v1/namespaces/team-a/bulk", `{"action":"delete"}`, 422, `jobs`},
		{"bulk", "POST", "/api/v1/namespaces/team-a/bulk", `{"action":"delete","jobs":[{"name":"new"},{"name":"none"}]}`, 200, `"code":"NotFound"`},
		{"delete", "DELETE", jobs + "/first", "", 202, ""},
		{"no such address", "GET", "/api/v1/trainingjob", "", 404, `"code":"NoSuchAddress"`},
		{"no such method", "PUT", jobs, "", 405, `takes GET, POST`},
		{"HEAD", "HEAD", "/api/v1/streams/trainingjobs", "", 405, ``},
		{"the docs", "GET", "/docs", "", 200, `createTrainingJob`},
	} {
		resp, text := call(t, s, "ann-token", x.method, x.path, x.body)
		if resp.StatusCode != x.status || !strings.Contains(text, x.says) {
			t.Errorf("%s: %d %s", x.name, resp.StatusCode, text)
		}
		if resp.StatusCode >= 400 && x.method != "HEAD" {
			var p api.Problem
			if err := json.Unmarshal([]byte(text), &p); err != nil || resp.Header.Get("Content-Type") != "application/problem+json" || p.Code == "" || p.Instance == nil {
				t.Errorf("%s: is no problem: %s", x.name, text)
			}
		}
	}
	if !c.bearer["ann-token"] {
		t.Error("nothing was written with the caller's own token")
	}
}

// Every code that a problem can have is explained on the docs page, and no other.
func TestCodesAreExplained(t *testing.T) {
	var known []string
	for _, c := range codes {
		known = append(known, c.Code)
	}
	for _, err := range someErrors() {
		if p := asProblem(err); p.Code != "Cancelled" && !slices.Contains(known, p.Code) {
			t.Errorf("code %q of %T is explained nowhere", p.Code, err)
		}
	}
}

func TestTags(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	s := c.start(t)
	for _, path := range []string{"/api/v1/namespaces/team-a/trainingjobs", "/api/v1/namespaces/team-a/trainingjobs/first"} {
		resp, _ := call(t, s, "ann-token", "GET", path, "")
		tag := resp.Header.Get("ETag")
		if again, body := call(t, s, "ann-token", "GET", path, "", "If-None-Match", tag); again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%s with %s: %d %q", path, tag, again.StatusCode, body)
		}
	}
	resp, _ := call(t, s, "ann-token", "GET", "/api/v1/namespaces/team-a/trainingjobs", "")
	c.put(job("team-a", "second"))
	await(t, "the new job", func() bool {
		again, _ := call(t, s, "ann-token", "GET", "/api/v1/namespaces/team-a/trainingjobs", "", "If-None-Match", resp.Header.Get("ETag"))
		return again.StatusCode == http.StatusOK
	})
}

func TestIdempotencyKey(t *testing.T) {
	c := newCluster(t)
	s := c.start(t)
	const jobs = "/api/v1/namespaces/team-a/trainingjobs"
	for range 3 {
		if resp, text := call(t, s, "ann-token", "POST", jobs, simple, "Idempotency-Key", "one"); resp.StatusCode != http.StatusCreated {
			t.Errorf("%d %s", resp.StatusCode, text)
		}
	}
	if n := c.requests["POST /apis/kubeflow.org/v2beta1/namespaces/team-a/mpijobs"]; n != 1 {
		t.Errorf("the job was created %d times", n)
	}
	other := strings.Replace(simple, "new", "newer", 1)
	if resp, text := call(t, s, "ann-token", "POST", jobs, other, "Idempotency-Key", "one"); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("another body: %d %s", resp.StatusCode, text)
	}
	// A job of a template is created once too, and the same key with another template is another body.
	const templates = "/api/v1/namespaces/team-a/templates"
	of := func(template, body string) (answer, string) {
		t.Helper()
		return call(t, s, "ann-token", "POST", templates+"/"+template+"/jobs", body, "Idempotency-Key", "two")
	}
	const changes = `{"name":"of-template","changes":{"image":"i","command":["python","train.py"]}}`
	var first string
	for range 3 {
		resp, text := of("horovod", changes)
		if resp.StatusCode != http.StatusCreated || resp.Header.Get("Location") != jobs+"/of-template" || first != "" && text != first {
			t.Errorf("of a template: %d %s", resp.StatusCode, text)
		}
		first = text
	}
	for template, body := range map[string]string{"deepspeed": changes, "horovod": strings.Replace(changes, "train.py", "other.py", 1)} {
		if resp, text := of(template, body); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "IdempotencyKeyReused") {
			t.Errorf("another job of %s: %d %s", template, resp.StatusCode, text)
		}
	}
	if n := c.requests["POST /apis/kubeflow.org/v2beta1/namespaces/team-a/mpijobs"]; n != 2 {
		t.Errorf("jobs were created %d times", n)
	}
	// Another caller's key is another key.
	if resp, text := call(t, s, "bob-token", "POST", "/api/v1/namespaces/team-b/trainingjobs", other, "Idempotency-Key", "one"); resp.StatusCode != http.StatusCreated {
		t.Errorf("another caller: %d %s", resp.StatusCode, text)
	}
}

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

// next is the next event; an empty kind is the end of the stream.
func (s *sseReader) next() (kind, id, data string) {
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

func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no %s after 20 seconds", what)
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

func TestLimits(t *testing.T) {
	c := newCluster(t)
	s := c.start(t, func(o *Options) {
		o.Limits = Defaults()
		o.Limits.Rate, o.Limits.Burst, o.Limits.PerCaller = 0.001, 8, 2
	})
	const jobs = "/api/v1/namespaces/team-a/trainingjobs"
	if resp, text := call(t, s, "ann-token", "POST", jobs, `{"name":"`+strings.Repeat("x", 10<<20)+`"}`); resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("10 MiB: %d %s", resp.StatusCode, text)
	}
	labels := make([]string, 100_000)
	for i := range labels {
		labels[i] = fmt.Sprintf(`"l%d":"v"`, i)
	}
	if resp, _ := call(t, s, "ann-token", "POST", jobs, `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"x","labels":{`+strings.Join(labels, ",")+`}},"spec":{}}`); resp.StatusCode != http.StatusRequestEntityTooLarge && resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("100,000 labels: %d", resp.StatusCode)
	}
	for range 2 {
		openStream(t, s, "ann-token", "/api/v1/streams/namespaces/team-a/trainingjobs")
	}
	if resp, text := call(t, s, "ann-token", "GET", "/api/v1/streams/namespaces/team-a/trainingjobs", ""); resp.StatusCode != http.StatusTooManyRequests || !strings.Contains(text, "TooManyStreams") {
		t.Errorf("a third stream: %d %s", resp.StatusCode, text)
	}
	await(t, "refusal", func() bool {
		resp, _ := call(t, s, "ann-token", "GET", jobs, "")
		return resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != ""
	})
	// Another caller isn't held back.
	if resp, text := call(t, s, "bob-token", "GET", "/api/v1/namespaces/team-b/trainingjobs", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("another caller: %d %s", resp.StatusCode, text)
	}
}
