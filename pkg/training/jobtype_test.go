package training

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Objects of the other types, as the cluster stores them.
const (
	aTrainJob = `{"apiVersion":"trainer.kubeflow.org/v1alpha1","kind":"TrainJob",
		"metadata":{"name":"tune","namespace":"team","uid":"u2","creationTimestamp":"2026-01-02T12:00:00Z","labels":{"kueue.x-k8s.io/queue-name":"gold"}},
		"spec":{"runtimeRef":{"name":"torch-distributed"},"trainer":{"image":"torch:2","numNodes":4,"numProcPerNode":2,
			"resourcesPerNode":{"requests":{"cpu":"500m","memory":"1Gi"},"limits":{"nvidia.com/gpu":"2"}}}},
		"status":{"jobsStatus":[{"name":"node","ready":1,"active":1,"succeeded":0,"failed":0,"suspended":0}]}}`
	aPyTorchJob = `{"apiVersion":"kubeflow.org/v1","kind":"PyTorchJob",
		"metadata":{"name":"old","namespace":"team","uid":"u3","creationTimestamp":"2026-01-02T11:00:00Z"},
		"spec":{"runPolicy":{"schedulingPolicy":{"queue":"silver"}},"pytorchReplicaSpecs":{
			"Master":{"replicas":1,"template":{"spec":{"containers":[{"name":"pytorch","image":"torch:1","resources":{"limits":{"cpu":"1","nvidia.com/gpu":"1"}}}]}}},
			"Worker":{"replicas":3,"template":{"spec":{"containers":[{"name":"pytorch","image":"torch:1","resources":{"limits":{"cpu":"1","nvidia.com/gpu":"1"}}}]}}}}},
		"status":{"startTime":"2026-01-02T11:00:05Z","completionTime":"2026-01-02T11:10:05Z","conditions":[
			{"type":"Created","status":"True","lastTransitionTime":"2026-01-02T11:00:00Z"},
			{"type":"Failed","status":"True","reason":"PyTorchJobFailed","message":"Worker replicas failed","lastTransitionTime":"2026-01-02T11:10:05Z"}]}}`
)

func parsed(t *testing.T, text string) *Job {
	t.Helper()
	var u unstructured.Unstructured
	if err := json.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatal(err)
	}
	j, ok := JobOf(&u, noon.Add(time.Minute))
	if !ok {
		t.Fatalf("no job: %s", text)
	}
	return j
}

func TestTrainJobs(t *testing.T) {
	j := parsed(t, aTrainJob)
	if j.Type != TypeTrainJob || j.Phase != Running || j.Workers != (Workers{Ready: 4, Total: 4}) || j.SlotsPerWorker != 2 || j.Queue != "gold" || j.Image != "torch:2" {
		t.Errorf("got %+v", j)
	}
	if r := j.TotalResources; r.CPU.String() != "2" || r.Memory.String() != "4Gi" || r.GPUs != 8 {
		t.Errorf("resources: %+v", r)
	}
	head, _, _ := strings.Cut(aTrainJob, `"status":`)
	status := func(s string) string { return head + `"status":` + s + "}" }
	condition := func(kind, status, reason string) string {
		return `{"conditions":[{"type":"` + kind + `","status":"` + status + `","reason":"` + reason + `","message":"m","lastTransitionTime":"2026-01-02T12:00:30Z"}]}`
	}
	for _, c := range []struct {
		name, status string
		phase        Phase
		steps        string
	}{
		{"new", `{}`, Pending, "Created"},
		{"its pods start", `{"jobsStatus":[{"name":"node","ready":0,"active":1}]}`, Pending, "Created"},
		{"it loads its data", `{"jobsStatus":[{"name":"dataset-initializer","ready":1,"active":1},{"name":"node","ready":0,"active":0}]}`, Initializing, "Created"},
		{"suspended, in a queue", condition("Suspended", "True", "Suspended"), Queued, "Created Suspended"},
		{"resumed", condition("Suspended", "False", "Resumed"), Pending, "Created Resumed"},
		{"done", condition("Complete", "True", "JobsCompleted"), Succeeded, "Created Succeeded"},
		{"failed", condition("Failed", "True", "DeadlineExceeded"), Failed, "Created Failed"},
	} {
		j := parsed(t, status(c.status))
		var steps []string
		for _, s := range j.Timeline {
			steps = append(steps, s.Name)
		}
		if j.Phase != c.phase || strings.Join(steps, " ") != c.steps {
			t.Errorf("%s: %s %v", c.name, j.Phase, steps)
		}
		if !j.Phase.Finished() && j.Phase != Running && j.Message == "" {
			t.Errorf("%s: says not what it waits for", c.name)
		}
	}
}

func TestOldJobs(t *testing.T) {
	j := parsed(t, aPyTorchJob)
	if j.Type != TypePyTorchJob || j.Phase != Failed || j.Reason != "PyTorchJobFailed" || j.Workers.Total != 4 || j.Queue != "silver" ||
		j.TotalResources.GPUs != 4 || j.ResourcesPerWorker.CPU.String() != "1" || j.Duration() != 10*time.Minute || len(j.Timeline) != 3 {
		t.Errorf("got %+v", j)
	}
	tf := strings.NewReplacer("PyTorchJob", "TFJob", "pytorchReplicaSpecs", "tfReplicaSpecs", "Master", "PS").Replace(aPyTorchJob)
	if j := parsed(t, tf); j.Type != TypeTFJob || j.Workers.Total != 4 {
		t.Errorf("got %+v", j)
	}
}

func TestOurOwnTrainJobsAreNoJobs(t *testing.T) {
	var u unstructured.Unstructured
	if err := json.Unmarshal([]byte(aTrainJob), &u.Object); err != nil {
		t.Fatal(err)
	}
	u.SetLabels(map[string]string{"training.opendatahub.io/mpijob": "pi"})
	if j, ok := JobOf(&u, noon); ok {
		t.Errorf("got %+v", j)
	}
}

// manyTypes answers the lists of each type: MPIJobs and TrainJobs with one job, the others as told.
func manyTypes(t *testing.T, mpijobs, old http.HandlerFunc) *Client {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/mpijobs"):
			mpijobs(w, r)
		case strings.HasSuffix(r.URL.Path, "/trainjobs"):
			if r.URL.Query().Get("labelSelector") != "!training.opendatahub.io/mpijob" {
				t.Errorf("asks for TrainJobs with %q", r.URL.RawQuery)
			}
			answer(w, 200, map[string]any{"kind": "TrainJobList", "apiVersion": "trainer.kubeflow.org/v1alpha1", "items": []any{json.RawMessage(aTrainJob)}})
		default:
			old(w, r)
		}
	})
}

func oneMPIJob(w http.ResponseWriter, _ *http.Request) {
	answer(w, 200, map[string]any{"kind": "MPIJobList", "apiVersion": "kubeflow.org/v2beta1", "items": []any{aJob()}})
}

func TestListOfAllTypes(t *testing.T) {
	denied := status(403, "Forbidden", `x is forbidden: User "ann" cannot list resource "pytorchjobs" in API group "kubeflow.org" in the namespace "team"`, nil)
	for _, c := range []struct {
		name         string
		mpijobs, old http.HandlerFunc
		want         string
		notes        int
		err          any
	}{
		{"two types the cluster doesn't have", oneMPIJob, http.NotFound, "pi tune", 0, nil},
		{"two types the caller may not read", oneMPIJob, denied, "pi tune", 0, nil},
		{"all four", oneMPIJob, func(w http.ResponseWriter, r *http.Request) {
			kind := map[bool]string{true: "PyTorchJobList", false: "TFJobList"}[strings.HasSuffix(r.URL.Path, "/pytorchjobs")]
			list := []any{}
			if kind == "PyTorchJobList" {
				list = append(list, json.RawMessage(aPyTorchJob))
			}
			answer(w, 200, map[string]any{"kind": kind, "apiVersion": "kubeflow.org/v1", "items": list})
		}, "pi tune old", 0, nil},
		{"no MPIJobs here", http.NotFound, http.NotFound, "tune", 1, nil},
		{"a server in trouble", status(500, "InternalError", "etcd is away", nil), http.NotFound, "", 0, new(*ServerError)},
	} {
		page, err := manyTypes(t, c.mpijobs, c.old).Jobs("").List(t.Context(), ListOptions{})
		if c.err != nil {
			if !errors.As(err, c.err) {
				t.Errorf("%s: got %v", c.name, err)
			}
			continue
		}
		if err != nil || listed(page.Items) != c.want || len(page.Notes) != c.notes {
			t.Errorf("%s: got %v, error %v", c.name, page, err)
		}
	}
}

// Old jobs that are asked for and may not be read are told of.
func TestListOfOldJobs(t *testing.T) {
	denied := status(403, "Forbidden", `x is forbidden: User "ann" cannot list resource "tfjobs" in API group "kubeflow.org" in the namespace "team"`, nil)
	page, err := manyTypes(t, oneMPIJob, denied).Jobs("").List(t.Context(), ListOptions{Types: []Type{TypeMPIJob, TypeTFJob}})
	if err != nil || len(page.Notes) != 1 || !strings.Contains(page.Notes[0], "ann may not list tfjobs") {
		t.Errorf("got %v, error %v", page, err)
	}
}

// Where no type can be read, the error is the one about MPIJobs.
func TestListOfNothing(t *testing.T) {
	var absent *NotInstalledError
	_, err := serve(t, http.NotFound).Jobs("").List(t.Context(), ListOptions{})
	if !errors.As(err, &absent) || !strings.Contains(err.Error(), "MPIJobs (mpijobs.kubeflow.org)") {
		t.Errorf("got %v", err)
	}
	var denied *DeniedError
	_, err = serve(t, status(403, "Forbidden", "no", nil)).Jobs("").List(t.Context(), ListOptions{})
	if !errors.As(err, &denied) {
		t.Errorf("got %v", err)
	}
}

// A list is one request a type, however many jobs there are.
func TestListIsOneRequestPerType(t *testing.T) {
	var requests atomic.Int32
	c := manyTypes(t, func(w http.ResponseWriter, r *http.Request) { requests.Add(1); oneMPIJob(w, r) }, http.NotFound)
	page, err := c.Jobs("").List(t.Context(), ListOptions{Types: []Type{TypeMPIJob}, Phases: []Phase{Pending}})
	if err != nil || len(page.Items) != 1 || page.Total != 1 || requests.Load() != 1 {
		t.Errorf("%v in %d requests, error %v", page, requests.Load(), err)
	}
}

func TestParseType(t *testing.T) {
	for word, want := range map[string]Type{
		"mpijob": TypeMPIJob, "MPIJobs": TypeMPIJob, "mj": TypeMPIJob, "mpijobs.kubeflow.org": TypeMPIJob,
		"trainjob": TypeTrainJob, "trainjobs.trainer.kubeflow.org": TypeTrainJob, "tfjob": TypeTFJob, "PyTorchJob": TypePyTorchJob,
		"trainjobs.kubeflow.org": "", "pi": "", "": "",
	} {
		if got, ok := ParseType(word); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v", word, got, ok)
		}
	}
}

// A watch holds all types: those that aren't there, or are denied, take nothing from the others.
func TestWatchOfAllTypes(t *testing.T) {
	denied := status(403, "Forbidden", `x is forbidden: User "ann" cannot watch resource "tfjobs" in API group "kubeflow.org" in the namespace "team"`, nil)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		list := func(kind, version string, items ...any) {
			answer(w, 200, map[string]any{"kind": kind, "apiVersion": version, "metadata": map[string]string{"resourceVersion": "1"}, "items": items})
		}
		watch := r.URL.Query().Get("watch") != ""
		switch {
		case strings.HasSuffix(r.URL.Path, "/tfjobs"):
			denied(w, r)
		case watch && strings.HasSuffix(r.URL.Path, "/pytorchjobs"):
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"type":"DELETED","object":` + aPyTorchJob + `}`))
		case watch:
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case strings.HasSuffix(r.URL.Path, "/trainjobs"):
			http.NotFound(w, r)
		case strings.HasSuffix(r.URL.Path, "/pytorchjobs"):
			list("PyTorchJobList", "kubeflow.org/v1", json.RawMessage(aPyTorchJob))
		default:
			list("MPIJobList", "kubeflow.org/v2beta1", aJob())
		}
	})
	seen := map[string]bool{}
	for change, err := range c.Jobs("").Watch(t.Context(), ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		seen[fmt.Sprintf("%s/%s deleted %v", change.Job.Type, change.Job.Name, change.Deleted)] = true
		if seen["PyTorchJob/old deleted true"] && seen["MPIJob/pi deleted false"] {
			break
		}
	}
	var absent *NotInstalledError
	for _, err := range c.Jobs("").Of(TypeTrainJob).Watch(t.Context(), ListOptions{}) {
		if !errors.As(err, &absent) {
			t.Errorf("of one type that isn't there: %v", err)
		}
	}
}
