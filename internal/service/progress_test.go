package service

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// telling is a job whose program told something some seconds after its run's first report.
func telling(m *kubeflow.MPIJob, began time.Time, seconds int, message string) *kubeflow.MPIJob {
	m.Status.Conditions = append(m.Status.Conditions, kubeflow.JobCondition{
		Type: "Progress", Status: corev1.ConditionTrue, Message: message,
		LastUpdateTime: metav1.NewTime(began.Add(time.Duration(seconds) * time.Second)), LastTransitionTime: metav1.NewTime(began),
	})
	return m
}

// What the watch brings is kept, report by report, and dropped with the job or when it runs anew.
func TestProgressOverTime(t *testing.T) {
	c := newCluster(t)
	s := c.start(t)
	began := time.Now().Add(-time.Hour).Truncate(time.Second)
	curve := func() (out training.ProgressCurve) {
		t.Helper()
		resp, text := call(t, s, "ann-token", http.MethodGet, onePath+"/progress", "")
		if resp.StatusCode != http.StatusOK || json.Unmarshal([]byte(text), &out) != nil {
			t.Fatalf("%d %s", resp.StatusCode, text)
		}
		return out
	}
	c.put(job("team-a", "first"))
	await(t, "the job", func() bool {
		resp, _ := call(t, s, "ann-token", http.MethodGet, onePath, "")
		return resp.StatusCode == http.StatusOK
	})
	if got := curve(); got.Percent != nil || len(got.Training) != 0 || got.Since.IsZero() {
		t.Errorf("of a program that told nothing: %+v", got)
	}
	for i := range 3 {
		c.put(telling(job("team-a", "first"), began, 10*i, fmt.Sprintf("%d%% done, loss=%d", 10*i, 9-i)))
		await(t, "the report", func() bool { p := curve().Percent; return p != nil && p.Reports == i+1 })
	}
	got := curve()
	if len(got.Training) != 1 || got.Training[0].Name != "loss" || got.Training[0].Min != 7 || got.Training[0].Max != 9 || got.Partial {
		t.Errorf("got %+v", got)
	}
	if p := got.Percent.Points; len(p) != 3 || p[2].Value != 20 || !p[2].At.Equal(began.Add(20*time.Second)) {
		t.Errorf("points %+v", p)
	}
	c.put(telling(job("team-a", "first"), began.Add(time.Minute), 0, "1% done"))
	await(t, "a new run's curve", func() bool { got := curve(); return len(got.Training) == 0 && got.Percent.Reports == 1 })
	isProblemFor := func(token string, status int, code string) {
		t.Helper()
		resp, text := call(t, s, token, http.MethodGet, onePath+"/progress", "")
		isProblem(t, resp, text, status, code)
	}
	isProblemFor("bob-token", http.StatusForbidden, "Forbidden")
	c.remove("team-a", "first")
	await(t, "the deletion", func() bool {
		resp, _ := call(t, s, "ann-token", http.MethodGet, onePath+"/progress", "")
		return resp.StatusCode == http.StatusNotFound
	})
}

// What was told before the service watched isn't there, and that is said.
func TestProgressFromBeforeItWasWatched(t *testing.T) {
	c := newCluster(t)
	began := time.Now().Add(-time.Hour).Truncate(time.Second)
	c.put(telling(job("team-a", "first"), began, 600, "50% done"))
	resp, text := call(t, c.start(t), "ann-token", http.MethodGet, onePath+"/progress", "")
	var got training.ProgressCurve
	if err := json.Unmarshal([]byte(text), &got); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s %v", resp.StatusCode, text, err)
	}
	if !got.Partial || !got.Since.After(began.Add(600*time.Second)) || got.Percent == nil || got.Percent.Reports != 1 {
		t.Errorf("got %s", text)
	}
}
