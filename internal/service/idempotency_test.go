package service

import (
	"net/http"
	"strings"
	"testing"
)

func TestIdempotencyKey(t *testing.T) {
	c := newCluster(t)
	s := c.start(t)
	const jobs = "/api/v1/namespaces/team-a/trainingjobs"
	for range 3 {
		if resp, text := call(t, s, "ann-token", "POST", jobs, simple, "Idempotency-Key", "one"); resp.StatusCode != http.StatusCreated {
			t.Errorf("%d %s", resp.StatusCode, text)
		}
	}
	if n := c.requests["POST /apis/kubeflow.org/v2beta1/namespaces/team-a/mpijobs"]; n != 1 {
		t.Errorf("the job was created %d times", n)
	}
	other := strings.Replace(simple, "new", "newer", 1)
	if resp, text := call(t, s, "ann-token", "POST", jobs, other, "Idempotency-Key", "one"); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("another body: %d %s", resp.StatusCode, text)
	}
	// A job of a template is created once too, and the same key with another template is another body.
	const templates = "/api/v1/namespaces/team-a/templates"
	of := func(template, body string) (answer, string) {
		t.Helper()
		return call(t, s, "ann-token", "POST", templates+"/"+template+"/jobs", body, "Idempotency-Key", "two")
	}
	const changes = `{"name":"of-template","changes":{"image":"i","command":["python","train.py"]}}`
	var first string
	for range 3 {
		resp, text := of("horovod", changes)
		if resp.StatusCode != http.StatusCreated || resp.Header.Get("Location") != jobs+"/of-template" || first != "" && text != first {
			t.Errorf("of a template: %d %s", resp.StatusCode, text)
		}
		first = text
	}
	for template, body := range map[string]string{"deepspeed": changes, "horovod": strings.Replace(changes, "train.py", "other.py", 1)} {
		if resp, text := of(template, body); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "IdempotencyKeyReused") {
			t.Errorf("another job of %s: %d %s", template, resp.StatusCode, text)
		}
	}
	if n := c.requests["POST /apis/kubeflow.org/v2beta1/namespaces/team-a/mpijobs"]; n != 2 {
		t.Errorf("jobs were created %d times", n)
	}
	// Another caller's key is another key.
	if resp, text := call(t, s, "bob-token", "POST", "/api/v1/namespaces/team-b/trainingjobs", other, "Idempotency-Key", "one"); resp.StatusCode != http.StatusCreated {
		t.Errorf("another caller: %d %s", resp.StatusCode, text)
	}
}
