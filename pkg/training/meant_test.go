package training

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
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
	trainJob := json.RawMessage(strings.Replace(aTrainJob, `"uid":"u2"`, `"uid":"u1"`, 1))
	for _, c := range []struct {
		name string
		of   Type
		has  any
		do   func(j *Jobs, uid string) error
	}{
		{"delete", TypeMPIJob, m, remove},
		{"suspend", TypeMPIJob, m, suspend},
		{"resume", TypeMPIJob, stopped, resume},
		{"retry", TypeMPIJob, over, retry},
		{"clone", TypeMPIJob, over, clone},
		{"delete a TrainJob", TypeTrainJob, trainJob, remove},
		{"suspend a TrainJob", TypeTrainJob, trainJob, suspend},
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
			if err := c.do(jobs, uid); err != nil || writes != 1 {
				t.Errorf("%s with UID %q: error %v, %d writes", c.name, uid, err, writes)
			}
		}
	}
}
