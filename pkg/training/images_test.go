package training

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

func TestImagesOf(t *testing.T) {
	job := func(image string) *Job { return &Job{Type: TypeMPIJob, Image: image} }
	failed := func(image string, why failure.Reason) *Job {
		return &Job{Type: TypeMPIJob, Image: image, Phase: Failed, Reason: string(why)}
	}
	var many []*Job
	var most []string
	for i := range 3 * maxImages {
		many = append(many, job(fmt.Sprint("train:", i)))
		if i < maxImages {
			most = append(most, fmt.Sprint("train:", i))
		}
	}
	for name, c := range map[string]struct {
		jobs []*Job
		want []string
	}{
		"no job":                               {nil, []string{}},
		"newest first, each once":              {[]*Job{job("b"), job("a"), job("b"), job("c")}, []string{"b", "a", "c"}},
		"of other types, and none":             {[]*Job{{Type: TypePyTorchJob, Image: "torch"}, {Type: TypeTrainJob}, job("")}, []string{}},
		"what no job got":                      {[]*Job{failed("typo", failure.ImageNotFound), failed("private", failure.ImagePullFailed), job("a")}, []string{"a"}},
		"what one got, and what failed for it": {[]*Job{failed("private", failure.ImagePullFailed), job("a"), job("private"), failed("b", failure.RankExited)}, []string{"a", "private", "b"}},
		"no more than one reads":               {many, most},
	} {
		if d := cmp.Diff(c.want, ImagesOf(c.jobs)); d != "" {
			t.Errorf("%s: (-want +got):\n%s", name, d)
		}
	}
}

// Images asks for MPIJobs only, as the caller.
func TestImages(t *testing.T) {
	item := func(name, created, image string) map[string]any {
		m := Spec{Name: name, Image: image, Workers: 1, Command: []string{"p"}}.MPIJob()
		return map[string]any{"metadata": map[string]any{"name": name, "namespace": "team", "creationTimestamp": created}, "spec": m.Spec}
	}
	denied := false
	jobs := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case denied:
			status(403, "Forbidden", `mpijobs.kubeflow.org is forbidden: User "ann" cannot list resource "mpijobs" in API group "kubeflow.org" in the namespace "team"`, nil)(w, r)
		case r.URL.Path == "/apis/kubeflow.org/v2beta1/namespaces/team/mpijobs":
			answer(w, 200, map[string]any{"apiVersion": "kubeflow.org/v2beta1", "kind": "MPIJobList", "items": []any{item("old", "2026-01-01T00:00:00Z", "train:1"), item("new", "2026-01-02T00:00:00Z", "train:2")}})
		default:
			t.Errorf("it asks for %s", r.URL.Path)
			http.NotFound(w, r)
		}
	}).Jobs("")
	got, err := jobs.Images(t.Context())
	if d := cmp.Diff([]string{"train:2", "train:1"}, got); d != "" || err != nil {
		t.Errorf("error %v, (-want +got):\n%s", err, d)
	}
	denied = true
	var refused *DeniedError
	if _, err := jobs.Images(t.Context()); !errors.As(err, &refused) {
		t.Errorf("without the right: %v", err)
	}
}
