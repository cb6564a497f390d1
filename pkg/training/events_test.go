package training

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

func event(name, about, reason string, second int, count int32) *corev1.Event {
	at := metav1.NewTime(noon.Add(time.Duration(second) * time.Second))
	return &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: name, Namespace: "team", UID: types.UID("e-" + name), ResourceVersion: "1", CreationTimestamp: at},
		InvolvedObject: corev1.ObjectReference{UID: types.UID(about)}, Reason: reason, Count: count, LastTimestamp: at,
	}
}

// withEvents serves one job, its pods and the namespace's events, and after them changes of events.
func withEvents(m *MPIJob, pods []any, events []any, later ...*corev1.Event) http.HandlerFunc {
	job := oneJob(m, http.NotFound, pods...)
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasSuffix(r.URL.Path, "/events"):
			job(w, r)
		case r.URL.Query().Get("watch") == "":
			answer(w, 200, map[string]any{"kind": "EventList", "apiVersion": "v1", "metadata": map[string]string{"resourceVersion": "1"}, "items": events})
		default:
			w.Header().Set("Content-Type", "application/json")
			for _, e := range later {
				e.TypeMeta = metav1.TypeMeta{Kind: "Event", APIVersion: "v1"}
				_ = json.NewEncoder(w).Encode(map[string]any{"type": "MODIFIED", "object": e})
			}
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}
}

func TestEvents(t *testing.T) {
	c := serve(t, withEvents(aJob(), []any{pod("worker", "1", state("Running", runs))}, []any{
		event("b", "p-1", "Started", 2, 1), event("a", "uid-1", "MPIJobCreated", 1, 0), event("c", "stranger", "Pulled", 3, 1),
	}))
	got, err := c.Jobs("").Events(t.Context(), "pi")
	if err != nil || len(got) != 2 || got[0].Reason != "MPIJobCreated" || got[0].Count != 1 || got[1].About != "Worker 1" {
		t.Errorf("got %+v, error %v", got, err)
	}
	// What a pod's events tell outlives it.
	m := aJob()
	gone := func(name, pod string) *corev1.Event {
		e := event(name, "gone", "Killing", 5, 1)
		e.InvolvedObject.Kind, e.InvolvedObject.Name = "Pod", pod
		return e
	}
	second := mpijob.AttemptName(m, 2)
	c2 := serve(t, withEvents(m, nil, []any{gone("a", second+"-worker-0-7-abcde"), gone("b", second+"-launch-0-abcde"), gone("c", "other-worker-0-1-abcde"), gone("d", second+"-worker-0-x-abcde")}))
	got, err = c2.Jobs("").Events(t.Context(), "pi")
	if err != nil || len(got) != 2 || got[0].About != "Worker 7" || got[1].About != "Launcher" {
		t.Errorf("of pods that are gone: %+v, error %v", got, err)
	}
	var missing *NotFoundError
	if _, err := c.Jobs("").Events(t.Context(), "none"); !errors.As(err, &missing) {
		t.Errorf("no such job: %v", err)
	}
}

// Events are followed until the job is finished; one that repeats itself comes again, the others once.
func TestFollowEvents(t *testing.T) {
	done := aJob(cond("Succeeded", "", ""))
	c := serve(t, withEvents(done, nil, []any{event("a", "uid-1", "MPIJobCreated", 1, 1), event("b", "uid-1", "Unscheduled", 2, 1)},
		event("b", "uid-1", "Unscheduled", 3, 2), event("d", "uid-1", "MPIJobSucceeded", 4, 1)))
	var got []string
	for e, err := range c.Jobs("").FollowEvents(t.Context(), "pi") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Reason)
	}
	text := strings.Join(got, " ")
	// The first state of the repeated one may have been overtaken.
	if text != "MPIJobCreated Unscheduled Unscheduled MPIJobSucceeded" && text != "MPIJobCreated Unscheduled MPIJobSucceeded" {
		t.Errorf("got %s", text)
	}
	var missing *NotFoundError
	for _, err := range c.Jobs("").FollowEvents(t.Context(), "none") {
		if !errors.As(err, &missing) {
			t.Errorf("no such job: %v", err)
		}
	}
}
