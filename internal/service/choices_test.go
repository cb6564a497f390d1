package service

import (
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Of a connection everything is told but what it keeps secret.
func TestConnections(t *testing.T) {
	c := inStore(t, "https://s3.example.com")
	c.mu.Lock()
	for _, o := range c.core.objects {
		o["metadata"].(map[string]any)["labels"] = map[string]any{"opendatahub.io/dashboard": "true"}
	}
	c.mu.Unlock()
	s := c.start(t)
	const path = "/api/v1/namespaces/team-a/connections"
	resp, text := call(t, s, "ann-token", "GET", path, "")
	if resp.StatusCode != http.StatusOK || !strings.Contains(text, `"name":"models"`) || !strings.Contains(text, `"type":"s3"`) || !strings.Contains(text, "AWS_SECRET_ACCESS_KEY") {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	for _, secret := range []string{"secret", "s3.example.com", "c2VjcmV0"} {
		if strings.Contains(text, `"`+secret) {
			t.Errorf("it tells %s: %s", secret, text)
		}
	}
	c.deny("ann", "secrets")
	if resp, text := call(t, s, "ann-token", "GET", path, ""); resp.StatusCode != http.StatusForbidden || !strings.Contains(text, "secrets") {
		t.Errorf("without the right: %d %s", resp.StatusCode, text)
	}
}

func TestQueuesWithoutAManager(t *testing.T) {
	s := newCluster(t).start(t)
	if resp, text := call(t, s, "ann-token", "GET", "/api/v1/namespaces/team-a/queues", ""); resp.StatusCode != http.StatusOK || !strings.Contains(text, `"items":[]`) {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}

// Images are those of the caller's jobs, and nobody else's.
func TestImages(t *testing.T) {
	c := newCluster(t)
	begun := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for i, x := range [][2]string{{"team-a", "train:2"}, {"team-a", "train:1"}, {"team-a", "train:2"}, {"team-b", "secret:1"}} {
		m := training.Spec{Name: "j" + string(rune('a'+i)), Namespace: x[0], Image: x[1], Workers: 1, Command: []string{"p"}}.MPIJob()
		m.CreationTimestamp = metav1.NewTime(begun.Add(time.Duration(i) * time.Minute))
		c.put(m)
	}
	s := c.start(t)
	const path = "/api/v1/namespaces/team-a/images"
	if resp, text := call(t, s, "ann-token", "GET", path, ""); resp.StatusCode != http.StatusOK || strings.TrimSpace(text) != `["train:2","train:1"]` {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if resp, text := call(t, s, "bob-token", "GET", path, ""); resp.StatusCode != http.StatusForbidden || strings.Contains(text, "train:") {
		t.Errorf("without the right: %d %s", resp.StatusCode, text)
	}
}
