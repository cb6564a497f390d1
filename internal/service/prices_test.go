package service

import (
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// What a job would cost is in the preflight's answer as soon as an administrator has set prices, and not before;
// the prices are read as the caller.
func TestPreflightTellsTheCost(t *testing.T) {
	c := newCluster(t)
	c.rights["ann"] = append(c.rights["ann"], training.PricesNamespace)
	s := c.start(t)
	const path, body = "/api/v1/namespaces/team-a/preflight", `{"name": "a", "image": "i", "workers": 2, "command": ["true"], "cpuPerWorker": "2", "gpusPerWorker": 1, "gpuType": "amd.com/gpu"}`
	if code, answer := call(t, s, "ann-token", http.MethodPost, path, body); code.StatusCode != http.StatusOK || strings.Contains(answer, `"cost"`) {
		t.Errorf("without prices: %d %s", code.StatusCode, answer)
	}
	prices := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: training.PricesNamespace, Name: training.PricesConfigMap}}
	prices.Data = map[string]string{training.PricesKey: "currency: EUR\nperHour: {cpu: 1, memory: 0}"}
	c.add("configmaps", prices)
	const want = `"cost":{"currency":"EUR","perHour":"4.10","atMost":"98.40","unpriced":["amd.com/gpu"],"text":"about 4.10 EUR an hour, at most 98.40 EUR by its time limit of 24h, without a price for amd.com/gpu"}`
	if code, answer := call(t, s, "ann-token", http.MethodPost, path, body); code.StatusCode != http.StatusOK || !strings.Contains(answer, want) {
		t.Errorf("with prices: %d %s", code.StatusCode, answer)
	}
	prices.Data[training.PricesKey] = "currency: EUR\nperHour: {cpu: 1}"
	c.add("configmaps", prices)
	if _, answer := call(t, s, "ann-token", http.MethodPost, path, body); strings.Contains(answer, `"cost"`) || !strings.Contains(answer, "line 2: perHour has no price for memory") {
		t.Errorf("with wrong ones: %s", answer)
	}
	// Who may not read them is told nothing of them.
	c.deny("ann", "configmaps")
	if _, answer := call(t, s, "ann-token", http.MethodPost, path, body); strings.Contains(answer, `"cost"`) || strings.Contains(answer, "prices") {
		t.Errorf("denied: %s", answer)
	}
}
