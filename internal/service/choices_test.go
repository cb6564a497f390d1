package service

import (
	"net/http"
	"strings"
	"testing"
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
