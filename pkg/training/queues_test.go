package training

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQueuesOfBothManagers(t *testing.T) {
	forbidden := ""
	jobs := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case forbidden != "" && strings.Contains(r.URL.Path, forbidden):
			status(403, "Forbidden", `x is forbidden: User "ann" cannot list resource "x" in API group "y" in the namespace "team"`, nil)(w, r)
		case r.URL.Path == "/apis/kueue.x-k8s.io/v1beta1/namespaces/team/localqueues": // an older Kueue
			answer(w, 200, map[string]any{"items": []any{
				map[string]any{"metadata": map[string]any{"name": "late"}, "spec": map[string]any{"stopPolicy": "Hold"}},
				map[string]any{"metadata": map[string]any{"name": "batch"}, "status": map[string]any{"admittedWorkloads": 2, "pendingWorkloads": 3}}}})
		case strings.HasSuffix(r.URL.Path, "/queues"):
			answer(w, 200, map[string]any{"items": []any{map[string]any{"metadata": map[string]any{"name": "gold"}, "status": map[string]any{"state": "Open", "running": 1, "inqueue": 1, "pending": 4}}}})
		default:
			http.NotFound(w, r)
		}
	}).Jobs("")
	got, err := jobs.Queues(t.Context())
	want := &QueueList{Items: []Queue{{Name: "batch", Manager: "Kueue", Admitted: 2, Waiting: 3}, {Name: "late", Manager: "Kueue", Stopped: true}, {Name: "volcano:gold", Manager: "Volcano", Admitted: 1, Waiting: 5}}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("error %v, (-want +got):\n%s", err, d)
	}
	forbidden = "volcano"
	if got, err := jobs.Queues(t.Context()); err != nil || len(got.Items) != 2 || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "queues.scheduling.volcano.sh") {
		t.Errorf("without the right to Volcano's: %+v %v", got, err)
	}
	forbidden = "apis"
	var denied *DeniedError
	if _, err := jobs.Queues(t.Context()); !errors.As(err, &denied) {
		t.Errorf("without any right: %v", err)
	}
}
