package service

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/getkin/kin-openapi/routers"

	"github.com/opendatahub-io/mpijob/internal/service/api"
)

// try is one request of an operation; NAMESPACE and NAME stand for what it is tried on.
type try struct {
	query, body string
	header      []string
	// about says what the operation tells instead of refusing: of the caller, or of each of many jobs.
	about string
}

const (
	ofCaller  = "the caller"
	ofEachJob = "each job"
)

// tries are requests that the contract allows, of each of its operations. A new operation is to be added here:
// until then the tests of strangers fail.
var tries = map[string][]try{
	"getMe":                      {{about: ofCaller}, {query: "?namespace=NAMESPACE", about: ofCaller}},
	"listNamespaces":             {{about: ofCaller}},
	"listAllTrainingJobs":        {{}, {query: "?search=NAME"}},
	"listTrainingJobs":           {{}, {query: "?search=NAME"}, {header: []string{"If-None-Match", `W/"1-MPIJob"`}}},
	"createTrainingJob":          {{body: strings.Replace(simple, "new", "NAME", 1)}, {query: "?dryRun=server", body: simple}, {body: simple, header: []string{"Idempotency-Key", "k"}}},
	"getTrainingJob":             {{}, {query: "?type=TrainJob"}},
	"deleteTrainingJob":          {{}, {query: "?type=TrainJob"}},
	"suspendTrainingJob":         {{}, {query: "?type=TrainJob"}},
	"resumeTrainingJob":          {{}, {query: "?type=TrainJob"}},
	"cloneTrainingJob":           {{body: `{}`}, {query: "?dryRun=client", body: `{"name":"copy"}`}, {query: "?type=TrainJob", body: `{}`}, {body: `{}`, header: []string{"Idempotency-Key", "k"}}},
	"retryTrainingJob":           {{}, {query: "?type=TrainJob"}, {query: "?dryRun=client"}, {header: []string{"Idempotency-Key", "k"}}},
	"listTrainingJobFamily":      {{}, {query: "?type=TrainJob"}},
	"describeTrainingJob":        {{}, {query: "?type=TrainJob"}},
	"listTrainingJobEvents":      {{}, {query: "?type=TrainJob"}},
	"getTrainingJobManifest":     {{}, {query: "?type=TrainJob"}},
	"getTrainingJobLogs":         {{}, {query: "?type=TrainJob"}, {query: "?allWorkers=true&previous=true"}},
	"downloadTrainingJobLogs":    {{}, {query: "?type=TrainJob"}, {query: "?allWorkers=true"}},
	"getTrainingJobUsage":        {{}, {query: "?type=TrainJob"}},
	"getTrainingJobCurves":       {{}, {query: "?type=TrainJob"}},
	"getTrainingJobProgress":     {{}, {query: "?type=TrainJob"}},
	"listTrainingJobOutputs":     {{}, {query: "?type=TrainJob"}},
	"downloadTrainingJobOutputs": {{}, {query: "?type=TrainJob"}, {query: "?path=model.bin"}},
	"compareTrainingJobs":        {{query: "?job=NAME&job=other"}, {query: "?job=other&job=NAME"}},
	"preflightTrainingJob":       {{body: simple}},
	"listUsage":                  {{}},
	"getNamespaceUsage":          {{}},
	"listConnections":            {{}},
	"listQueues":                 {{}},
	"listImages":                 {{}},
	"listTemplates":              {{}},
	"saveTemplate":               {{body: `{"name":"mine","from":"NAME"}`}, {query: "?replace=true", body: `{"name":"NAME","spec":{"image":"i"}}`}},
	"getTemplate":                {{}},
	"deleteTemplate":             {{}},
	"createFromTemplate":         {{body: `{"name":"new"}`}, {query: "?dryRun=client", body: `{"name":"new"}`}},
	"changeTrainingJobs": {{body: `{"action":"delete","jobs":[{"name":"NAME"}]}`, about: ofEachJob}, {body: `{"action":"suspend","jobs":[{"name":"NAME","type":"TrainJob"}]}`, about: ofEachJob},
		{body: `{"action":"resume","labelSelector":"secret-label"}`}},
	"streamAllTrainingJobs": {{}},
	"streamTrainingJobs":    {{}, {query: "?from=1.1.1.1", header: []string{"Last-Event-ID", "1.1.1.1"}}},
	"streamTrainingJob":     {{}, {query: "?type=TrainJob"}},
	"streamTrainingJobLogs": {{}, {query: "?type=TrainJob"}, {query: "?allWorkers=true"}},
	"execTrainingJob":       {{query: "?command=cat"}, {query: "?command=cat&worker=0", header: handshake}, {query: "?command=cat&worker=7", header: handshake}, {query: "?command=cat&worker=0&type=TrainJob", header: handshake}},
}

// eachOperation calls a test for each try of each operation of the contract.
func eachOperation(t *testing.T, do func(t *testing.T, route *routers.Route, x try)) {
	contract, err := newContract()
	if err != nil {
		t.Fatal(err)
	}
	left := maps.Clone(tries)
	for pattern, route := range contract.routes {
		id := route.Operation.OperationID
		if len(tries[id]) == 0 {
			t.Errorf("%s, %s, is tried by no test: add it to tries", id, pattern)
		}
		for i, x := range tries[id] {
			t.Run(fmt.Sprint(id, "/", i), func(t *testing.T) { do(t, route, x) })
		}
		delete(left, id)
	}
	for id := range left {
		t.Errorf("the contract has no operation %s", id)
	}
}

// send sends a try, about one name in one namespace.
func (x try) send(t *testing.T, s *httptest.Server, route *routers.Route, token, namespace, name string) (answer, string) {
	t.Helper()
	path := strings.NewReplacer("{namespace}", namespace, "{name}", name).Replace(route.Path)
	words := strings.NewReplacer("NAMESPACE", namespace, "NAME", name)
	return call(t, s, token, route.Method, path+words.Replace(x.query), words.Replace(x.body), x.header...)
}

// isProblem says whether an answer is a problem of this status and code, as the contract has them.
func isProblem(t *testing.T, resp answer, text string, status int, code string) {
	t.Helper()
	var p api.Problem
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil || resp.StatusCode != status || p.Status != status || p.Code != code || p.Instance == nil || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("want the problem %d %s, not %d %s", status, code, resp.StatusCode, text)
	}
}

var instance = regexp.MustCompile(`"instance":"[0-9a-f]{16}"`)

// seen is all that a caller sees of an answer, but for the request's own id and the time.
func seen(resp answer, text string) string {
	h := resp.Header.Clone()
	h.Del("Date")
	return fmt.Sprint(resp.StatusCode, " ", h, " ", instance.ReplaceAllString(text, `"instance":""`))
}

// theirs is a cluster in which team-a has something under each name that a stranger may try.
func theirs(t *testing.T, name string) *fakeCluster {
	c := onClaim(t, map[string]string{"model.bin": "secret-weights"})
	c.trainJobs = []string{name}
	c.mu.Lock()
	m := c.jobs["team-a/first"].DeepCopy()
	c.mu.Unlock()
	m.Name, m.UID = name, ""
	m.Labels = map[string]string{"secret-label": "x"}
	c.put(m)
	for _, p := range []*corev1.Pod{pod(name, "launcher", "", true), pod(name, "worker", "0", false)} {
		c.add("pods", p)
		c.measure(p, "1500m", "2Gi")
		c.mu.Lock()
		c.core.logs["/api/v1/namespaces/team-a/pods/"+p.Name] = "2026-01-01T00:00:00Z secret-line\n"
		c.mu.Unlock()
	}
	c.add("events", &corev1.Event{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Event"}, ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: name},
		InvolvedObject: corev1.ObjectReference{Kind: "MPIJob", Name: name, Namespace: "team-a"}, Message: "secret-event"})
	c.add("resourcequotas", quota("team-a"))
	return c
}

// Nobody who doesn't say who they are is told anything, and the body they send is not looked at.
func TestNoOperationWithoutAToken(t *testing.T) {
	c := theirs(t, "there-0")
	s := c.start(t)
	var first string
	eachOperation(t, func(t *testing.T, route *routers.Route, x try) {
		for name, token := range map[string]string{"none": "", "forged": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ."} {
			for _, job := range []string{"there-0", "absent0"} {
				resp, text := x.send(t, s, route, token, "team-a", job)
				isProblem(t, resp, text, http.StatusUnauthorized, "Unauthenticated")
				if resp.Header.Get("WWW-Authenticate") == "" {
					t.Errorf("%s: it isn't said how to log in: %v", name, resp.Header)
				}
				if name == "none" && first == "" {
					first = seen(resp, text)
				}
				if got := seen(resp, text); name == "none" && got != first {
					t.Errorf("without a token the answers differ:\n%s%s", first, got)
				}
			}
		}
	})
}

// Of every operation of the contract: what a caller of another tenant is told is the same whether the job
// exists or not, and nothing of it is in the answer; and nothing has changed.
func TestExistenceDoesNotLeak(t *testing.T) {
	const there, absent = "there-0", "absent0" // of one length, as the answers must be
	c := theirs(t, there)
	s := c.start(t, func(o *Options) { o.Limits = Defaults(); o.Limits.Burst = 10_000 })
	if resp, text := call(t, s, "ann-token", "POST", "/api/v1/namespaces/team-a/templates", `{"name":"`+there+`","description":"secret-template","from":"`+there+`"}`); resp.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	c.mu.Lock()
	version, objects := c.version, slices.Sorted(maps.Keys(c.core.objects))
	c.mu.Unlock()
	eachOperation(t, func(t *testing.T, route *routers.Route, x try) {
		var answers []string
		for _, on := range [][2]string{{"team-a", there}, {"team-a", absent}, {"team-z", absent}} {
			resp, text := x.send(t, s, route, "bob-token", on[0], on[1])
			switch x.about {
			case ofCaller:
				if resp.StatusCode != http.StatusOK || strings.Contains(text, "true") {
					t.Errorf("%v: %d %s", on, resp.StatusCode, text)
				}
			case ofEachJob:
				var all api.BulkResult
				if err := json.Unmarshal([]byte(text), &all); err != nil || len(all.Results) != 1 || all.Results[0].Done || all.Results[0].Problem == nil || all.Results[0].Problem.Code != "Forbidden" {
					t.Errorf("%v: %d %s", on, resp.StatusCode, text)
				}
			default:
				isProblem(t, resp, text, http.StatusForbidden, "Forbidden")
			}
			if strings.Contains(text, "secret-") {
				t.Errorf("%v: it tells of another tenant's: %s", on, text)
			}
			answers = append(answers, strings.NewReplacer(there, "NAME", absent, "NAME", "team-z", "team-a").Replace(seen(resp, text)))
		}
		if answers[0] != answers[1] {
			t.Errorf("it tells whether the job exists:\n%s%s", answers[0], answers[1])
		}
		if answers[1] != answers[2] {
			t.Errorf("it tells whether the namespace exists:\n%s%s", answers[1], answers[2])
		}
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := slices.Sorted(maps.Keys(c.core.objects)); c.version != version || !slices.Equal(now, objects) {
		t.Errorf("something was changed: there were %v, and are %v", objects, now)
	}
}
