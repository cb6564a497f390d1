package training

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	"k8s.io/apimachinery/pkg/types"
)

// Who means one job changes no other that has its name by now.
func TestOnlyTheJobThatIsMeant(t *testing.T) {
	m := aJob(cond(kubeflow.JobRunning, "", ""))
	m.UID = "u1"
	stopped := aJob(suspended)
	stopped.UID = "u1"
	remove := func(j *Jobs, uid string) error {
		return j.Delete(t.Context(), "pi", DeleteOptions{UID: uid})
	}
	suspend := func(j *Jobs, uid string) error {
		_, err := j.Suspend(t.Context(), "pi", SuspendOptions{UID: uid})
		return err
	}
	resume := func(j *Jobs, uid string) error {
		_, err := j.Resume(t.Context(), "pi", ResumeOptions{UID: uid})
		return err
	}
	over := aJob(cond(kubeflow.JobSucceeded, "", ""))
	over.UID = "u1"
	retry := func(j *Jobs, uid string) error {
		_, err := j.Retry(t.Context(), "pi", RetryOptions{UID: uid})
		return err
	}
	clone := func(j *Jobs, uid string) error {
		_, err := j.Clone(t.Context(), "pi", Changes{}, CloneOptions{UID: uid})
		return err
	}
	read := func(j *Jobs, uid string) error {
		_, err := j.MPIJob(t.Context(), "pi", ReadOptions{UID: uid})
		return err
	}
	export := func(j *Jobs, uid string) error {
		_, err := j.Export(t.Context(), "pi", ReadOptions{UID: uid})
		return err
	}
	trainJob := json.RawMessage(strings.Replace(aTrainJob, `"uid":"u2"`, `"uid":"u1"`, 1))
	for _, c := range []struct {
		name   string
		of     Type
		has    any
		do     func(j *Jobs, uid string) error
		writes int
	}{
		{"delete", TypeMPIJob, m, remove, 1},
		{"suspend", TypeMPIJob, m, suspend, 1},
		{"resume", TypeMPIJob, stopped, resume, 1},
		{"retry", TypeMPIJob, over, retry, 1},
		{"clone", TypeMPIJob, over, clone, 1},
		{"read", TypeMPIJob, m, read, 0},
		{"export", TypeMPIJob, m, export, 0},
		{"delete a TrainJob", TypeTrainJob, trainJob, remove, 1},
		{"suspend a TrainJob", TypeTrainJob, trainJob, suspend, 1},
		{"export a TrainJob", TypeTrainJob, trainJob, export, 0},
	} {
		writes := 0
		jobs := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				writes++
			}
			answer(w, 200, c.has)
		}).Jobs("").Of(c.of)
		var replaced *ReplacedError
		if err := c.do(jobs, "u0"); !errors.As(err, &replaced) || replaced.Type != c.of || replaced.Name == "" || !strings.Contains(err.Error(), "was made at 20") || writes != 0 {
			t.Errorf("%s of another: error %v, %d writes", c.name, err, writes)
		}
		for _, uid := range []string{"u1", ""} {
			writes = 0
			if err := c.do(jobs, uid); err != nil || writes != c.writes {
				t.Errorf("%s with UID %q: error %v, %d writes", c.name, uid, err, writes)
			}
		}
	}
}

// What is over is copied, and no job that takes its name between two readings.
func TestRetryOfWhatWasRead(t *testing.T) {
	reads, writes := 0, 0
	jobs := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet:
			writes++
		case strings.HasSuffix(r.URL.Path, "/mpijobs/pi"):
			reads++
		}
		over := aJob(cond(kubeflow.JobSucceeded, "", ""))
		over.UID = types.UID(fmt.Sprint("u", reads))
		answer(w, 200, over)
	}).Jobs("")
	var replaced *ReplacedError
	if _, err := jobs.Retry(t.Context(), "pi", RetryOptions{}); !errors.As(err, &replaced) || reads < 2 || writes != 0 {
		t.Errorf("error %v, %d readings, %d writes", err, reads, writes)
	}
}

// A request that is sent again is answered with what it has made, also where another job has the name of its source by now.
func TestMadeBeforeOfOneThatIsReplaced(t *testing.T) {
	made := aJob()
	made.Name = "pi-2"
	markRequest(made, CreateOptions{Request: "r1"})
	anew := aJob(cond(kubeflow.JobRunning, "", ""))
	anew.UID = "u2"
	writes := 0
	jobs := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet:
			writes++
		case strings.HasSuffix(r.URL.Path, "/mpijobs"):
			answer(w, 200, kubeflow.MPIJobList{Items: []kubeflow.MPIJob{*made}})
			return
		}
		answer(w, 200, anew)
	}).Jobs("")
	for request, want := range map[string]string{"r1": "pi-2", "r2": ""} {
		var replaced *ReplacedError
		r, err := jobs.Retry(t.Context(), "pi", RetryOptions{UID: "u1", Request: request})
		if (err == nil) != (want != "") || err == nil && r.Job.Name != want || err != nil && !errors.As(err, &replaced) {
			t.Errorf("retry %s: %v, error %v", request, r, err)
		}
		c, err := jobs.Clone(t.Context(), "pi", Changes{}, CloneOptions{UID: "u1", Request: request})
		if (err == nil) != (want != "") || err == nil && c.Job.Name != want || err != nil && !errors.As(err, &replaced) {
			t.Errorf("clone %s: %v, error %v", request, c, err)
		}
	}
	if writes != 0 {
		t.Errorf("%d writes", writes)
	}
}
