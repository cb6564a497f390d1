package training

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
)

func TestSuspendAndResume(t *testing.T) {
	inQueue := func(m *MPIJob) { m.Labels = map[string]string{kueueQueueLabel: "q"} }
	suspend := func(c *Client) (*Job, error) { return c.Jobs("").Suspend(t.Context(), "pi", SuspendOptions{}) }
	resume := func(c *Client) (*Job, error) { return c.Jobs("").Resume(t.Context(), "pi", ResumeOptions{}) }
	for _, c := range []struct {
		name    string
		job     *MPIJob
		do      func(*Client) (*Job, error)
		patched int
		invalid bool
	}{
		{"a running job", aJob(cond(kubeflow.JobRunning, "", "")), suspend, 1, false},
		{"one that is suspended", aJob(suspended), suspend, 0, false},
		{"one that is finished", aJob(cond(kubeflow.JobSucceeded, "", "")), suspend, 0, true},
		{"resume", aJob(suspended), resume, 1, false},
		{"resume what runs", aJob(cond(kubeflow.JobRunning, "", "")), resume, 0, false},
		{"resume what failed", aJob(cond(kubeflow.JobFailed, "", "")), resume, 0, true},
		{"resume what a queue holds", aJob(suspended, inQueue), resume, 0, true},
	} {
		patched := 0
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPatch {
				answer(w, 200, c.job)
				return
			}
			patched++
			change := &MPIJob{}
			if err := json.NewDecoder(r.Body).Decode(change); err != nil || change.UID != c.job.UID || change.Spec.RunPolicy.Suspend == nil {
				t.Errorf("%s: patch %+v, error %v", c.name, change, err)
			}
			c.job.Spec.RunPolicy.Suspend = change.Spec.RunPolicy.Suspend
			answer(w, 200, c.job)
		})
		job, err := c.do(client)
		var invalid *InvalidError
		if patched != c.patched || errors.As(err, &invalid) != c.invalid || err != nil && !c.invalid {
			t.Errorf("%s: %d patches, error %v", c.name, patched, err)
		}
		if err == nil && job.Unchanged != (c.patched == 0) {
			t.Errorf("%s: unchanged is %v after %d patches", c.name, job.Unchanged, c.patched)
		}
	}
}

// Still is a job only when the last of its pods is gone.
func TestStill(t *testing.T) {
	d := newDetail(observed{job: aJob(suspended)}, noon)
	if !d.still() {
		t.Errorf("a suspended job without pods stands still: %+v", d)
	}
	d.WorkerPods[1].Phase = PodTerminating
	if d.still() {
		t.Error("a Worker that is being stopped still runs")
	}
	d = newDetail(observed{job: aJob(cond(kubeflow.JobSuspended, "", ""))}, noon)
	if d.Workers.Ready = 1; d.still() {
		t.Error("its status still counts a Worker")
	}
	if newDetail(observed{job: aJob(cond(kubeflow.JobRunning, "", ""))}, noon).still() {
		t.Error("a running job doesn't stand still")
	}
}
