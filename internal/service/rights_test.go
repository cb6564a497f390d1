package service

import (
	"net/http"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Jobs of one name and different types are told apart where many are changed.
func TestBulkTellsTypesApart(t *testing.T) {
	c := newCluster(t)
	c.trainJobs = []string{"same"}
	c.put(job("team-a", "same"))
	s := c.start(t)
	const bulk = "/api/v1/namespaces/team-a/bulk"
	resp, text := call(t, s, "ann-token", "POST", bulk, `{"action":"delete","jobs":[{"name":"same","type":"TrainJob"}]}`)
	if resp.StatusCode != http.StatusOK || !strings.Contains(text, `"done":true,"name":"same","type":"TrainJob"`) {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	c.mu.Lock()
	deleted := c.requests["DELETE /apis/trainer.kubeflow.org/v1alpha1/namespaces/team-a/trainjobs/same"]
	stays := c.jobs["team-a/same"] != nil
	c.mu.Unlock()
	if deleted != 1 || !stays {
		t.Errorf("the TrainJob was deleted %d times; the MPIJob stays: %v", deleted, stays)
	}
	// Named twice, it is deleted once.
	_, text = call(t, s, "ann-token", "POST", bulk, `{"action":"delete","jobs":[{"name":"same"},{"name":"same","type":"MPIJob"}]}`)
	if strings.Count(text, `"name":"same"`) != 1 || !strings.Contains(text, `"type":"MPIJob"`) {
		t.Errorf("%s", text)
	}
}

// A job that was made anew under a name since somebody looked isn't the one they mean: it stays as it is.
func TestMeansTheJobThatWasSeen(t *testing.T) {
	c := newCluster(t)
	now := job("team-a", "anew")
	now.UID = "u2"
	c.put(now)
	over := job("team-a", "over")
	over.UID = "u2"
	over.Status.Conditions = []kubeflow.JobCondition{{Type: kubeflow.JobSucceeded, Status: corev1.ConditionTrue}}
	c.put(over)
	s := c.start(t)
	for _, action := range []string{"delete", "suspend"} {
		for uid, want := range map[string]string{"u1": `"code":"Replaced"`, "u2": `"done":true`} {
			if action == "delete" && uid == "u2" {
				continue // at the end
			}
			_, text := call(t, s, "ann-token", "POST", "/api/v1/namespaces/team-a/bulk", `{"action":"`+action+`","jobs":[{"name":"anew","uid":"`+uid+`"}]}`)
			if !strings.Contains(text, want) || !strings.Contains(text, `"uid":"`+uid+`"`) || strings.Contains(text, "try again") {
				t.Errorf("%s of %s: %s", action, uid, text)
			}
		}
	}
	const one, ended = "/api/v1/namespaces/team-a/trainingjobs/anew", "/api/v1/namespaces/team-a/trainingjobs/over"
	for _, r := range [][3]string{
		{"GET", one + "/manifest"}, {"POST", one + "/clone", "{}"}, {"POST", one + "/suspend"}, {"POST", ended + "/retry"}, {"POST", one + "/resume"}, {"DELETE", one},
	} {
		if resp, text := call(t, s, "ann-token", r[0], r[1]+"?uid=u1", r[2]); resp.StatusCode != http.StatusConflict || !strings.Contains(text, `"code":"Replaced"`) {
			t.Errorf("%s %s: %d %s", r[0], r[1], resp.StatusCode, text)
		}
		if resp, text := call(t, s, "ann-token", r[0], r[1]+"?uid=u2", r[2]); resp.StatusCode >= 300 {
			t.Errorf("%s %s: %d %s", r[0], r[1], resp.StatusCode, text)
		}
	}
	const templates = "/api/v1/namespaces/team-a/templates"
	for uid, want := range map[string]string{"u1": `"code":"Replaced"`, "u2": `"name":"mine"`} {
		if _, text := call(t, s, "ann-token", "POST", templates, `{"name":"mine","from":"over","uid":"`+uid+`"}`); !strings.Contains(text, want) {
			t.Errorf("a template of %s: %s", uid, text)
		}
	}
}

// A stream of several types of job goes with the caller's rights: it begins again with more, or with fewer, and one
// that is resumed too, whatever it was told before.
func TestStreamsGoWithTheRights(t *testing.T) {
	c := newCluster(t)
	c.trainJobs = []string{"theirs"}
	c.put(job("team-a", "first"))
	s := c.start(t, forgetful(t, c))
	const path = "/api/v1/streams/namespaces/team-a/trainingjobs"
	// told is what a stream begins with.
	told := func(a *sseReader) (names, id string) {
		t.Helper()
		a.until("reset")
		var all []string
		for {
			kind, id, data := a.next()
			switch {
			case kind == "synced":
				return strings.Join(all, " "), id
			case kind != "job":
				t.Fatalf("got %s %s among %v", kind, data, all)
			case strings.Contains(data, `"type":"`+string(training.TypeTrainJob)):
				all = append(all, "TrainJob")
			default:
				all = append(all, "MPIJob")
			}
		}
	}
	c.deny("ann", "trainjobs")
	a := openStream(t, s, "ann-token", path)
	names, without := told(a)
	if names != "MPIJob" {
		t.Fatalf("begins with %s", names)
	}
	c.grant("ann", "trainjobs")
	names, with := told(a)
	if !strings.Contains(names, "TrainJob") || !strings.Contains(names, "MPIJob") {
		t.Errorf("with more rights: %s", names)
	}
	// A position from when less was seen is none now, and one of the same is.
	if kind, _, _ := openStream(t, s, "ann-token", path, "Last-Event-ID", without).next(); kind != "reset" {
		t.Errorf("from before: begins with %q", kind)
	}
	b := openStream(t, s, "ann-token", path, "Last-Event-ID", with)
	c.put(job("team-a", "second"))
	if kind, _, data := b.next(); kind != "job" || !strings.Contains(data, `"second"`) {
		t.Errorf("resumed with %s %s", kind, data)
	}
	a.until("job")
	c.deny("ann", "trainjobs")
	if names, _ := told(a); strings.Contains(names, "TrainJob") {
		t.Errorf("with fewer rights: %s", names)
	}
	// With none it ends.
	c.forbid("ann")
	if _, data := a.until("end"); !strings.Contains(data, `"Forbidden"`) {
		t.Errorf("ends with %s", data)
	}
}
