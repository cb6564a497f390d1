package training

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// cluster serves jobs and takes new ones, as the API server would.
func cluster(t *testing.T, jobs map[string]*MPIJob) *Client {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch name := path.Base(r.URL.Path); r.Method {
		case http.MethodGet:
			if m := jobs[name]; m != nil {
				answer(w, 200, m)
				return
			}
			if name == "mpijobs" {
				answer(w, 200, map[string]any{"kind": "MPIJobList", "apiVersion": "kubeflow.org/v2beta1", "items": slices.Collect(maps.Values(jobs))})
				return
			}
			status(404, "NotFound", "not found", &metav1.StatusDetails{Name: name, Kind: "mpijobs"})(w, r)
		case http.MethodPost:
			m := &MPIJob{}
			if err := json.NewDecoder(r.Body).Decode(m); err != nil {
				t.Error(err)
			}
			if jobs[m.Name] != nil {
				status(409, "AlreadyExists", "already exists", &metav1.StatusDetails{Name: m.Name, Kind: "mpijobs"})(w, r)
				return
			}
			jobs[m.Name] = m
			answer(w, 201, m)
		}
	})
}

func TestClone(t *testing.T) {
	jobs := map[string]*MPIJob{"pi": aJob(withMemory("", "512Mi"))}
	c := cluster(t, jobs)
	for _, step := range []struct{ of, name string }{{"pi", "pi-2"}, {"pi", "pi-3"}, {"pi-2", "pi-4"}} {
		got, err := c.Jobs("").Clone(t.Context(), step.of, Changes{MemoryPerWorker: mem("1Gi")}, CloneOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if j := newJob(got.Job, noon); j.Name != step.name || j.ClonedFrom != step.of || got.From != step.of {
			t.Errorf("the copy of %s is %s, cloned from %q, want %s", step.of, j.Name, j.ClonedFrom, step.name)
		}
	}
	// A dry run finds the free name too, and stores nothing.
	got, err := c.Jobs("").Clone(t.Context(), "pi", Changes{}, CloneOptions{DryRun: DryRunClient})
	if err != nil || got.Job.Name != "pi-5" || jobs["pi-5"] != nil {
		t.Errorf("dry run: %+v, error %v", got, err)
	}
	var taken *AlreadyExistsError
	if _, err := c.Jobs("").Clone(t.Context(), "pi", Changes{}, CloneOptions{Name: "pi-2"}); !errors.As(err, &taken) {
		t.Errorf("a name that is taken: %v", err)
	}
	var missing *NotFoundError
	if _, err := c.Jobs("").Clone(t.Context(), "no", Changes{}, CloneOptions{}); !errors.As(err, &missing) {
		t.Errorf("no such job: %v", err)
	}
}

func TestCloneGivesUpOnNames(t *testing.T) {
	jobs := map[string]*MPIJob{"pi": aJob()}
	for n := range 200 {
		jobs[fmt.Sprintf("pi-%d", n)] = aJob()
	}
	var taken *AlreadyExistsError
	if _, err := cluster(t, jobs).Jobs("").Clone(t.Context(), "pi", Changes{}, CloneOptions{}); !errors.As(err, &taken) {
		t.Errorf("want AlreadyExistsError, got %v", err)
	}
}

func TestNumbered(t *testing.T) {
	copyOf := func(name string) *MPIJob {
		return aJob(func(m *MPIJob) { m.Name, m.Annotations = name, map[string]string{mpijob.AnnotationClonedFrom: "x"} })
	}
	for _, c := range []struct {
		source *MPIJob
		want   string
	}{
		{aJob(), "pi-2"},
		{copyOf("pi-2"), "pi-3"},
		{copyOf("pi-9"), "pi-10"},
		{copyOf("other"), "other-2"},
		{aJob(func(m *MPIJob) { m.Name = "resnet-50" }), "resnet-50-2"},
		{aJob(func(m *MPIJob) { m.Name = strings.Repeat("n", 54) }), strings.Repeat("n", 52) + "-2"},
	} {
		_, n := stem(c.source)
		if got := numbered(c.source, n+1); got != c.want {
			t.Errorf("the copy of %s is %s, want %s", c.source.Name, got, c.want)
		}
		if err := Check(aJob(func(m *MPIJob) { m.Name = c.want })); err != nil {
			t.Error(err)
		}
	}
}

func TestRemedy(t *testing.T) {
	for _, c := range []struct {
		name string
		job  *MPIJob
		f    *Failure
		want string // the memory; "again" for an unchanged copy; "" for none
	}{
		{"twice the limit", aJob(withMemory("", "512Mi")), &Failure{Reason: failure.WorkerOOMKilled, Where: "Worker 1"}, "1Gi"},
		{"in the user's own unit", aJob(withMemory("", "1500M")), &Failure{Reason: "RankOOMKilled", Where: "Worker 1"}, "3G"},
		{"of the namespace's default", aJob(), &Failure{Reason: failure.WorkerOOMKilled, Where: "Worker 0", Limit: 256 << 20}, "512Mi"},
		{"no limit known", aJob(), &Failure{Reason: failure.WorkerOOMKilled, Where: "Worker 0"}, ""},
		{"the Launcher's memory", aJob(withMemory("", "512Mi")), &Failure{Reason: "RankOOMKilled", Where: "Launcher"}, ""},
		{"lost", aJob(), &Failure{Reason: failure.WorkerLost, Where: "Worker 0"}, "again"},
		{"the program's own", aJob(), &Failure{Reason: failure.RankExited}, ""},
		{"nothing known", aJob(), nil, ""},
	} {
		got := ""
		if r := remedy(c.job, c.f); r != nil {
			if got = "again"; r.MemoryPerWorker != nil {
				got = r.MemoryPerWorker.String()
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What the cluster doesn't allow of the changes is said in their words.
func TestCloneRefused(t *testing.T) {
	const refusal = "ValidatingAdmissionPolicy 't' with binding 't' denied request: metadata.annotations[training.opendatahub.io/timeout]: is 5h, longer than 4h, the most a job may ask for in namespace team: ask for less"
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			answer(w, 200, aJob())
			return
		}
		status(422, "Invalid", "mpijobs is invalid", &metav1.StatusDetails{Causes: []metav1.StatusCause{{Message: refusal}}})(w, r)
	})
	for name, changes := range map[string]struct {
		Changes
		field string
	}{
		"":     {Changes{TimeLimit: "5h"}, "timeLimit"},
		"mine": {Changes{TimeLimit: "5h"}, "timeLimit"},
		"same": {Changes{}, "metadata.annotations[training.opendatahub.io/timeout]"},
	} {
		_, err := c.Jobs("").Clone(t.Context(), "pi", changes.Changes, CloneOptions{Name: name})
		var invalid *InvalidError
		if !errors.As(err, &invalid) || len(invalid.Problems) != 1 || invalid.Problems[0].Field != changes.field {
			t.Errorf("%q: %v, want a problem of %s", name, err, changes.field)
		}
	}
}

// A request that is sent again finds the copy that it has made.
func TestARequestThatComesAgainMakesNoSecondCopy(t *testing.T) {
	jobs := map[string]*MPIJob{"pi": aJob(cond("Failed", "RankExited", ""))}
	c := cluster(t, jobs).Jobs("")
	clone := func(o CloneOptions) (string, error) {
		got, err := c.Clone(t.Context(), "pi", Changes{}, o)
		if err != nil {
			return "", err
		}
		return got.Job.Name, nil
	}
	retry := func(o CloneOptions) (string, error) {
		got, err := c.Retry(t.Context(), "pi", RetryOptions(o))
		if err != nil {
			return "", err
		}
		return got.Job.Name, nil
	}
	for _, step := range []struct {
		do   func(CloneOptions) (string, error)
		o    CloneOptions
		want string // empty for a name that is taken
	}{
		{clone, CloneOptions{Request: "a"}, "pi-2"},
		{retry, CloneOptions{Request: "b"}, "pi-3"},
		{clone, CloneOptions{Request: "a"}, "pi-2"},
		{retry, CloneOptions{Request: "b"}, "pi-3"},
		{retry, CloneOptions{}, "pi-4"},
		{clone, CloneOptions{Request: "c", Name: "mine"}, "mine"},
		{clone, CloneOptions{Request: "c", Name: "mine"}, "mine"},
		{clone, CloneOptions{Request: "d", Name: "mine"}, ""},
		{clone, CloneOptions{Name: "mine"}, ""},
	} {
		got, err := step.do(step.o)
		var taken *AlreadyExistsError
		if got != step.want || step.want == "" && !errors.As(err, &taken) {
			t.Errorf("%+v: %q, error %v, want %q", step.o, got, err, step.want)
		}
	}
	// A copy of that copy is another request's, and one that is going is no answer.
	if got, err := c.Clone(t.Context(), "pi-2", Changes{}, CloneOptions{DryRun: DryRunClient}); err != nil || got.Job.Annotations[mpijob.AnnotationRequest] != "" {
		t.Errorf("the copy's request goes on to its copies: %+v, error %v", got, err)
	}
	going := metav1.NewTime(noon)
	jobs["pi-2"].DeletionTimestamp = &going
	if got, err := clone(CloneOptions{Request: "a"}); err != nil || got != "pi-5" {
		t.Errorf("while the copy goes: %q, error %v", got, err)
	}
}

// The copy that was made is found whatever happened to the others meanwhile.
func TestARequestFindsItsCopyByItself(t *testing.T) {
	jobs := map[string]*MPIJob{"pi": aJob(cond("Failed", "RankExited", "")), "pi-2": aJob(), "pi-3": aJob()}
	jobs["pi-2"].Name, jobs["pi-3"].Name = "pi-2", "pi-3"
	c := cluster(t, jobs).Jobs("")
	clone := func(request string) string {
		got, err := c.Clone(t.Context(), "pi", Changes{}, CloneOptions{Request: request})
		if err != nil {
			t.Fatal(err)
		}
		return got.Job.Name
	}
	if got := clone("a"); got != "pi-4" {
		t.Fatalf("the first copy is %s", got)
	}
	delete(jobs, "pi-2") // a lower number is free again
	if got := clone("a"); got != "pi-4" || len(jobs) != 3 {
		t.Errorf("sent again: %s, of %d jobs", got, len(jobs))
	}
	// Somebody else's job says it was the request's, in the words of the copy.
	jobs["pi-3"].Annotations = map[string]string{mpijob.AnnotationRequest: jobs["pi-4"].Annotations[mpijob.AnnotationRequest]}
	delete(jobs, "pi-4")
	if got := clone("a"); got != "pi-2" {
		t.Errorf("the answer is %s", got)
	}
	if mark := jobs["pi-2"].Annotations[mpijob.AnnotationRequest]; mark == "" || strings.Contains(mark, "a\x00") || mark == jobs["pi-3"].Annotations[mpijob.AnnotationRequest] {
		t.Errorf("the copy remembers %q", mark)
	}
}
