package training

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"
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

// A queue that nobody looks after is told: the job would not wait in it.
func TestAQueueWithoutItsManager(t *testing.T) {
	server := func(serves ...string) *Jobs {
		return serve(t, func(w http.ResponseWriter, r *http.Request) {
			if !slices.Contains(serves, r.URL.Path) {
				http.NotFound(w, r)
				return
			}
			answer(w, 200, map[string]any{"metadata": map[string]any{"name": "team"}})
		}).Jobs("")
	}
	in := Spec{Name: "j", Image: "i", Workers: 1, Queue: "team"}.MPIJob()
	held := in.DeepCopy()
	held.Spec.RunPolicy.Suspend = ptr.To(true)
	for name, c := range map[string]struct {
		jobs *Jobs
		m    *MPIJob
		want string
	}{
		"no Kueue":           {server(), in, `queue "team" has no effect: this cluster has no Kueue, so the job starts as soon as there is room; leave it out, or name`},
		"a job that is held": {server(), held, `queue "team" has no effect: this cluster has no Kueue; leave it out, or name`},
		"a queue of Volcano's": {server("/apis/scheduling.volcano.sh/v1beta1/queues/team"), in,
			`queue "team" has no effect: this cluster has no Kueue, so the job starts as soon as there is room; Volcano has a queue of that name, volcano:team`},
		"Kueue":               {server("/apis/kueue.x-k8s.io"), in, ""},
		"nobody says":         {serve(t, status(403, "Forbidden", "forbidden", nil)).Jobs(""), in, ""},
		"a server that fails": {serve(t, status(500, "InternalError", "etcd is away", nil)).Jobs(""), in, ""},
		"no queue":            {server(), Spec{Name: "j", Image: "i", Workers: 1}.MPIJob(), ""},
	} {
		got := strings.Join(c.jobs.Doubts(t.Context(), c.m), " / ")
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Whether there is Kueue is asked once a minute; that it couldn't be told isn't remembered.
func TestKueueIsAskedForOnceAMinute(t *testing.T) {
	var asked, code atomic.Int32
	code.Store(404)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/apis/kueue.x-k8s.io" {
			asked.Add(1)
		}
		answer(w, int(code.Load()), map[string]any{})
	})
	now := noon
	c.now = func() time.Time { return now }
	doubts := func(want, times int) {
		t.Helper()
		in := Spec{Name: "j", Image: "i", Workers: 1, Queue: "team"}.MPIJob()
		if got := c.Jobs("").Doubts(t.Context(), in); len(got) != want || int(asked.Load()) != times {
			t.Errorf("%q after asking %d times, want %d after %d", got, asked.Load(), want, times)
		}
	}
	doubts(1, 1)
	doubts(1, 1)
	now = now.Add(kueueMemory)
	code.Store(500)
	doubts(0, 2)
	code.Store(200)
	doubts(0, 3)
	code.Store(404)
	doubts(0, 3)
	now = now.Add(kueueMemory)
	doubts(1, 4)
}
