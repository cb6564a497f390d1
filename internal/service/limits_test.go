package service

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestLimits(t *testing.T) {
	c := newCluster(t)
	s := c.start(t, func(o *Options) {
		o.Limits = Defaults()
		o.Limits.Rate, o.Limits.Burst, o.Limits.PerCaller = 0.001, 8, 2
	})
	const jobs = "/api/v1/namespaces/team-a/trainingjobs"
	if resp, text := call(t, s, "ann-token", "POST", jobs, `{"name":"`+strings.Repeat("x", 10<<20)+`"}`); resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("10 MiB: %d %s", resp.StatusCode, text)
	}
	labels := make([]string, 100_000)
	for i := range labels {
		labels[i] = fmt.Sprintf(`"l%d":"v"`, i)
	}
	if resp, _ := call(t, s, "ann-token", "POST", jobs, `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"x","labels":{`+strings.Join(labels, ",")+`}},"spec":{}}`); resp.StatusCode != http.StatusRequestEntityTooLarge && resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("100,000 labels: %d", resp.StatusCode)
	}
	for range 2 {
		openStream(t, s, "ann-token", "/api/v1/streams/namespaces/team-a/trainingjobs")
	}
	if resp, text := call(t, s, "ann-token", "GET", "/api/v1/streams/namespaces/team-a/trainingjobs", ""); resp.StatusCode != http.StatusTooManyRequests || !strings.Contains(text, "TooManyStreams") {
		t.Errorf("a third stream: %d %s", resp.StatusCode, text)
	}
	await(t, "refusal", func() bool {
		resp, _ := call(t, s, "ann-token", "GET", jobs, "")
		return resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != ""
	})
	// Another caller isn't held back.
	if resp, text := call(t, s, "bob-token", "GET", "/api/v1/namespaces/team-b/trainingjobs", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("another caller: %d %s", resp.StatusCode, text)
	}
}
