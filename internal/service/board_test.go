package service

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

func quota(namespace string) *corev1.ResourceQuota {
	return &corev1.ResourceQuota{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ResourceQuota"}, ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "jobs"},
		Status: corev1.ResourceQuotaStatus{Hard: corev1.ResourceList{"count/mpijobs.kubeflow.org": resource.MustParse("4")}, Used: corev1.ResourceList{"count/mpijobs.kubeflow.org": resource.MustParse("2")}}}
}

func TestNamespaceUsage(t *testing.T) {
	c := newCluster(t)
	mine := job("team-a", "first")
	mine.Annotations = map[string]string{training.CreatorAnnotation: "ann"}
	c.put(mine)
	c.put(job("team-b", "secret-job"))
	c.add("resourcequotas", quota("team-a"))
	s := c.start(t)
	const path = "/api/v1/namespaces/team-a/usage"
	resp, text := call(t, s, "ann-token", "GET", path, "")
	var u training.NamespaceUsage
	if err := json.Unmarshal([]byte(text), &u); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s %v", resp.StatusCode, text, err)
	}
	if u.Unfinished != 1 || len(u.Quotas) != 1 || u.Quotas[0].Percent != 50 || len(u.Creators) != 1 || u.Creators[0].Creator != "ann" || len(u.Waiting) != 1 || strings.Contains(text, "secret") {
		t.Errorf("got %s", text)
	}
	c.deny("ann", "resourcequotas")
	if resp, text := call(t, s, "ann-token", "GET", path, ""); resp.StatusCode != http.StatusOK || !strings.Contains(text, `"quotas":[]`) || !strings.Contains(text, "resourcequotas") {
		t.Errorf("without the right to quotas: %d %s", resp.StatusCode, text)
	}
	if resp, text := call(t, s, "ann-token", "GET", "/api/v1/usage", ""); resp.StatusCode != http.StatusForbidden {
		t.Errorf("of all namespaces: %d %s", resp.StatusCode, text)
	}
	c.mu.Lock()
	c.rights["ann"] = []string{""}
	c.mu.Unlock()
	await(t, "the new right", func() bool {
		resp, text := call(t, s, "ann-token", "GET", "/api/v1/usage", "")
		return resp.StatusCode == http.StatusOK && strings.Contains(text, `"team-b"`)
	})
}
