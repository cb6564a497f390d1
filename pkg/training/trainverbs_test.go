package training

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// aTrainer serves one TrainJob, which can be suspended and deleted.
func aTrainer(t *testing.T, wrote *[]string) *Client {
	suspended, gone, version := false, false, 1
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		text := aTrainJob
		body, _ := io.ReadAll(r.Body)
		switch r.Method {
		case http.MethodPatch:
			before := suspended
			if suspended = strings.Contains(string(body), `"suspend":true`); suspended != before {
				version++
			}
			*wrote = append(*wrote, string(body))
		case http.MethodDelete:
			gone = true
			*wrote = append(*wrote, string(body))
		}
		if gone && r.Method == http.MethodGet {
			status(404, "NotFound", "not found", &metav1.StatusDetails{Name: "tune", Kind: "trainjobs"})(w, r)
			return
		}
		if suspended {
			text = strings.Replace(text, `"status":{`, `"status":{"conditions":[{"type":"Suspended","status":"True","reason":"Suspended"}],`, 1)
		}
		answer(w, 200, json.RawMessage(strings.Replace(text, `"uid":"u2"`, fmt.Sprintf(`"uid":"u2","resourceVersion":"%d"`, version), 1)))
	})
}

func TestVerbsOfTrainJobs(t *testing.T) {
	var wrote []string
	jobs := aTrainer(t, &wrote).Jobs("").Of(TypeTrainJob)
	job, err := jobs.Suspend(t.Context(), "tune", SuspendOptions{Wait: true, Timeout: 10 * time.Second})
	if err != nil || job.Phase != Queued || job.Unchanged { // it has a queue
		t.Errorf("suspend: %+v %v", job, err)
	}
	if job, err = jobs.Suspend(t.Context(), "tune", SuspendOptions{Wait: true, Timeout: 10 * time.Second}); err != nil || !job.Unchanged {
		t.Errorf("suspend again: %+v %v", job, err)
	}
	// A queue resumes its own.
	var bad *InvalidError
	if _, err := jobs.Resume(t.Context(), "tune", ResumeOptions{}); !errors.As(err, &bad) {
		t.Errorf("resume: %v", err)
	}
	if err := jobs.Delete(t.Context(), "tune", DeleteOptions{Wait: true, Timeout: 10 * time.Second}); err != nil {
		t.Errorf("delete: %v", err)
	}
	if len(wrote) != 3 || !strings.Contains(wrote[0], `"uid":"u2"`) || !strings.Contains(wrote[2], `"uid":"u2"`) {
		t.Errorf("wrote %q", wrote)
	}
}

func TestOldJobsAreOnlyRead(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			t.Errorf("unexpected %s %s", r.Method, r.URL)
		}
		answer(w, 200, json.RawMessage(aPyTorchJob))
	})
	jobs := c.Jobs("").Of(TypePyTorchJob)
	if job, err := jobs.Get(t.Context(), "old"); err != nil || job.Type != TypePyTorchJob {
		t.Errorf("get: %+v %v", job, err)
	}
	var unsupported *UnsupportedError
	_, suspend := jobs.Suspend(t.Context(), "old", SuspendOptions{})
	_, retry := jobs.Retry(t.Context(), "old", RetryOptions{})
	for _, err := range []error{suspend, retry, jobs.Delete(t.Context(), "old", DeleteOptions{})} {
		if !errors.As(err, &unsupported) {
			t.Errorf("got %v", err)
		}
	}
}
