package service

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
)

// made is how often the cluster was asked to create a job in team-a.
func (c *fakeCluster) made() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests["POST /apis/kubeflow.org/v2beta1/namespaces/team-a/mpijobs"]
}

// count is how many jobs there are.
func (c *fakeCluster) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.jobs)
}

const mpijobs = "/api/v1/namespaces/team-a/trainingjobs"

func TestIdempotencyKey(t *testing.T) {
	c := newCluster(t)
	s := c.start(t)
	for range 3 {
		if resp, text := call(t, s, "ann-token", "POST", mpijobs, simple, "Idempotency-Key", "one"); resp.StatusCode != http.StatusCreated {
			t.Errorf("%d %s", resp.StatusCode, text)
		}
	}
	if n := c.made(); n != 1 {
		t.Errorf("the job was created %d times", n)
	}
	other := strings.Replace(simple, "new", "newer", 1)
	if resp, text := call(t, s, "ann-token", "POST", mpijobs, other, "Idempotency-Key", "one"); resp.StatusCode != http.StatusUnprocessableEntity {
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
		if resp.StatusCode != http.StatusCreated || resp.Header.Get("Location") != mpijobs+"/of-template" || first != "" && text != first {
			t.Errorf("of a template: %d %s", resp.StatusCode, text)
		}
		first = text
	}
	for template, body := range map[string]string{"deepspeed": changes, "horovod": strings.Replace(changes, "train.py", "other.py", 1)} {
		if resp, text := of(template, body); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "IdempotencyKeyReused") {
			t.Errorf("another job of %s: %d %s", template, resp.StatusCode, text)
		}
	}
	if n := c.made(); n != 2 {
		t.Errorf("jobs were created %d times", n)
	}
	// Another caller's key is another key.
	if resp, text := call(t, s, "bob-token", "POST", "/api/v1/namespaces/team-b/trainingjobs", other, "Idempotency-Key", "one"); resp.StatusCode != http.StatusCreated {
		t.Errorf("another caller: %d %s", resp.StatusCode, text)
	}
}

// withFailed is a cluster with a job that failed, and its neighbour.
func withFailed(t *testing.T) *fakeCluster {
	c := newCluster(t)
	for _, name := range []string{"first", "second"} {
		m := job("team-a", name)
		m.Status.Conditions = []kubeflow.JobCondition{{Type: kubeflow.JobFailed, Status: corev1.ConditionTrue, Reason: "RankExited"}}
		c.put(m)
	}
	return c
}

// copies are the two ways to a copy of a job, of which none names it.
var copies = map[string]struct {
	path, body, otherPath, otherBody string
	status                           int
}{
	"clone": {"/first/clone", `{"changes":{"workers":3}}`, "/second/clone", `{"changes":{"workers":4}}`, http.StatusCreated},
	"retry": {"/first/retry", "", "/second/retry", "", http.StatusOK},
}

func TestACopyIsMadeOnceForEachKey(t *testing.T) {
	for verb, x := range copies {
		t.Run(verb, func(t *testing.T) {
			c := withFailed(t)
			s := c.start(t)
			var first string
			for range 3 {
				resp, text := call(t, s, "ann-token", "POST", mpijobs+x.path, x.body, "Idempotency-Key", "one")
				if resp.StatusCode != x.status || !strings.Contains(text, `"name":"first-2"`) || first != "" && text != first {
					t.Errorf("%d %s", resp.StatusCode, text)
				}
				first = text
			}
			if c.made() != 1 || c.count() != 3 {
				t.Errorf("a copy was made %d times, and there are %d jobs", c.made(), c.count())
			}
			for what, other := range map[string][2]string{
				"another job": {x.otherPath, x.body}, "other changes": {x.path, x.otherBody}, "another name": {x.path + "?copyName=mine", x.body}, "another operation": {"", simple},
			} {
				if what == "other changes" && x.otherBody == "" || what == "another name" && verb != "retry" {
					continue
				}
				resp, text := call(t, s, "ann-token", "POST", mpijobs+other[0], other[1], "Idempotency-Key", "one")
				if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "IdempotencyKeyReused") {
					t.Errorf("%s: %d %s", what, resp.StatusCode, text)
				}
			}
			// What changes nothing is no use of the key, and another key, or none, is another copy.
			if resp, text := call(t, s, "ann-token", "POST", mpijobs+x.path+"?dryRun=client", x.body, "Idempotency-Key", "one"); resp.StatusCode != http.StatusOK || !strings.Contains(text, `"name":"first-3"`) {
				t.Errorf("a dry run: %d %s", resp.StatusCode, text)
			}
			for i, header := range [][]string{{"Idempotency-Key", "two"}, nil} {
				if resp, text := call(t, s, "ann-token", "POST", mpijobs+x.path, x.body, header...); resp.StatusCode != x.status || c.count() != 4+i {
					t.Errorf("another request: %d %s, of %d jobs", resp.StatusCode, text, c.count())
				}
			}
		})
	}
}

// The answer is lost, and so is the replica that would remember it: the job that was made is found, and none is made beside it.
func TestWhoseAnswerWasLostMakesNoSecondJob(t *testing.T) {
	requests := map[string][2]string{"create": {"", simple}, "of a template": {"", `{"name":"of-template","changes":{"image":"i","command":["x"]}}`}, "clone by name": {"/first/clone", `{"name":"mine"}`}}
	for verb, x := range copies {
		requests[verb] = [2]string{x.path, x.body}
	}
	for what, x := range requests {
		t.Run(what, func(t *testing.T) {
			c := withFailed(t)
			at := mpijobs + x[0]
			if what == "of a template" {
				at = "/api/v1/namespaces/team-a/templates/horovod/jobs"
			}
			service, _ := c.startService(t)
			loses := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				service.Handler().ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler) // the connection breaks off
			}))
			defer loses.Close()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, loses.URL+at, strings.NewReader(x[1]))
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range map[string]string{"Authorization": "Bearer ann-token", "Content-Type": "application/json", "Idempotency-Key": "one"} {
				r.Header.Set(k, v)
			}
			if x[1] == "" {
				r.Header.Del("Content-Type")
			}
			if resp, err := loses.Client().Do(r); err == nil {
				resp.Body.Close()
				t.Fatal("there was an answer")
			}
			if c.count() != 3 {
				t.Fatalf("the first request made %d jobs", c.count()-2)
			}
			other := c.start(t)
			for range 2 {
				resp, text := call(t, other, "ann-token", "POST", at, x[1], "Idempotency-Key", "one")
				if resp.StatusCode >= 300 || c.count() != 3 {
					t.Errorf("sent again: %d %s, of %d jobs", resp.StatusCode, text, c.count())
				}
			}
		})
	}
}
