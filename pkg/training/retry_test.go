package training

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

func TestRetry(t *testing.T) {
	for _, c := range []struct {
		name string
		job  *MPIJob
		want string // the name of what runs; empty for an InvalidError
		copy bool
	}{
		{"a failed job is copied", aJob(cond("Failed", "RankExited", "")), "pi-2", true},
		{"one that succeeded too", aJob(cond("Succeeded", "", "")), "pi-2", true},
		{"a suspended job is resumed", aJob(suspended, cond("Suspended", "", "")), "pi", false},
		{"a running one isn't touched", aJob(cond("Running", "", "")), "", false},
		{"one that waits isn't either", aJob(), "", false},
	} {
		var wrote []string
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			switch r.Method {
			case http.MethodGet:
				if strings.HasSuffix(r.URL.Path, "/mpijobs/pi") {
					answer(w, 200, c.job)
					return
				}
				status(404, "NotFound", "not found", &metav1.StatusDetails{Name: "x"})(w, r)
			case http.MethodPost:
				wrote = append(wrote, "create")
				copied := c.job.DeepCopy()
				copied.Name, copied.Annotations = "pi-2", map[string]string{"training.opendatahub.io/cloned-from": "pi"}
				answer(w, 201, copied)
			case http.MethodPatch:
				wrote = append(wrote, "resume")
				answer(w, 200, aJob())
			}
		})
		got, err := client.Jobs("").Retry(t.Context(), "pi", RetryOptions{})
		var bad *InvalidError
		switch {
		case c.want == "":
			if !errors.As(err, &bad) || len(wrote) > 0 {
				t.Errorf("%s: %v, error %v, wrote %v", c.name, got, err, wrote)
			}
		case err != nil || got.Job.Name != c.want || got.Copy != c.copy || got.From != "pi" || len(wrote) != 1:
			t.Errorf("%s: %+v, error %v, wrote %v", c.name, got, err, wrote)
		}
	}
	var unsupported *UnsupportedError
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, json.RawMessage(aTrainJob)) })
	if _, err := client.Jobs("").Of(TypeTrainJob).Retry(t.Context(), "tune", RetryOptions{}); !errors.As(err, &unsupported) {
		t.Errorf("a TrainJob: %v", err)
	}
}

func TestFamily(t *testing.T) {
	job := func(name, from string, minute int) *Job {
		return &Job{Name: name, Namespace: "team", Type: TypeMPIJob, ClonedFrom: from, Created: noon.Add(time.Duration(minute) * time.Minute)}
	}
	jobs := []*Job{
		job("train-3", "train-2", 3), job("train", "", 1), job("train-2", "train", 2), job("other", "", 1),
		job("fork", "gone", 4), job("fork-2", "gone", 5), job("loop", "loop", 6), job("x", "y", 7), job("y", "x", 8),
		{Name: "train-4", Namespace: "elsewhere", Type: TypeMPIJob, ClonedFrom: "train"},
	}
	for name, want := range map[string]string{
		"train": "train train-2 train-3", "train-3": "train train-2 train-3", "other": "other",
		"fork": "fork fork-2", "loop": "loop", "x": "x y",
	} {
		var of *Job
		for _, j := range jobs {
			if j.Name == name {
				of = j
			}
		}
		if got := listed(Family(jobs, of)); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// What Export prints creates the same job again: it is read, checked and exported to the same text.
func TestExportComesRound(t *testing.T) {
	m := aJob(cond("Failed", "RankExited", "boom"), func(m *MPIJob) {
		m.APIVersion, m.Kind = "kubeflow.org/v2beta1", "MPIJob"
		m.Generation, m.ManagedFields = 3, []metav1.ManagedFieldsEntry{{Manager: "odh"}}
		m.OwnerReferences, m.Finalizers = []metav1.OwnerReference{{Name: "o"}}, []string{"f"}
		m.Labels = map[string]string{"team": "vision"}
		m.Annotations["kubectl.kubernetes.io/last-applied-configuration"] = "{}"
		m.Annotations["training.opendatahub.io/creator"] = "ann"
		m.Annotations["training.opendatahub.io/timeout"] = "1h" // by admission: nobody asked for one
		m.Annotations["training.opendatahub.io/timeout-source"] = "Namespace:1h"
		m.Annotations["mine"] = "kept"
	})
	text, err := several(t, m).Jobs("").Export(t.Context(), "pi", ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{"status", "uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "ownerReferences", "finalizers", "creator", "last-applied", "null", "/timeout"} {
		if strings.Contains(string(text), never) {
			t.Errorf("has %s:\n%s", never, text)
		}
	}
	for _, kept := range []string{"team: vision", "default-timeout: 24h", "mine: kept", "namespace: team"} {
		if !strings.Contains(string(text), kept) {
			t.Errorf("has no %q:\n%s", kept, text)
		}
	}
	again, err := ReadManifest(strings.NewReader(string(text)), "export")
	if err != nil {
		t.Fatal(err)
	}
	var back MPIJob
	if err := yaml.UnmarshalStrict(text, &back); err != nil {
		t.Error(err)
	}
	if len(again) != 1 || Check(again[0]) != nil {
		t.Fatalf("can't be created: %v", Check(again[0]))
	}
	twice, err := Exported(again[0])
	if err != nil || string(twice) != string(text) {
		t.Errorf("comes round as\n%s\nnot as\n%s\nerror %v", twice, text, err)
	}
}

func TestExportSaysWhatTheServerSaid(t *testing.T) {
	c := serve(t, status(403, "Forbidden", `mpijobs.kubeflow.org "pi" is forbidden: User "ann" cannot get resource "mpijobs" in API group "kubeflow.org" in the namespace "team"`, nil))
	var denied *DeniedError
	if _, err := c.Jobs("").Export(t.Context(), "pi", ReadOptions{}); !errors.As(err, &denied) || denied.User != "ann" {
		t.Errorf("got %v", err)
	}
}

func TestExportOfOtherTypes(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, json.RawMessage(aTrainJob))
	})
	text, err := client.Jobs("").Of(TypeTrainJob).Export(t.Context(), "tune", ReadOptions{})
	if err != nil || !strings.Contains(string(text), "kind: TrainJob") || strings.Contains(string(text), "jobsStatus") || !strings.Contains(string(text), "numNodes: 4") {
		t.Errorf("error %v:\n%s", err, text)
	}
}
