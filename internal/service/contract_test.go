package service

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
)

// What is answered is what the contract says, of each operation that reads JSON.
func TestAnswersFitTheContract(t *testing.T) {
	c := onClaim(t, map[string]string{"model.bin": "weights"})
	c.mu.Lock()
	c.rights["ann"] = []string{"team-a", ""}
	c.mu.Unlock()
	c.put(telling(c.jobs["team-a/first"].DeepCopy(), time.Now(), 0, "40% done, loss=0.31"))
	c.put(job("team-a", "plain"))
	worker := pod("first", "worker", "0", false)
	c.add("pods", worker)
	c.measure(worker, "1500m", "2Gi")
	c.add("resourcequotas", quota("team-a"))
	s := c.start(t)
	const team = "/api/v1/namespaces/team-a"
	for _, body := range []string{`{"name":"mine","from":"plain"}`, `{"name":"big","mpijob":{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{},"spec":{"mpiReplicaSpecs":{"Launcher":{"replicas":1,"template":{"spec":{"containers":[{"name":"l","image":"i","command":["mpirun"]}]}}},"Worker":{"replicas":1,"template":{"spec":{"containers":[{"name":"w","image":"i"}]}}}}}}}`} {
		if resp, text := call(t, s, "ann-token", "POST", team+"/templates", body); resp.StatusCode != http.StatusCreated {
			t.Fatalf("saving a template: %d %s", resp.StatusCode, text)
		}
	}
	contract, err := newContract()
	if err != nil {
		t.Fatal(err)
	}
	paths := strings.NewReplacer("{namespace}", "team-a", "{name}", "first")
	queries := map[string]string{"compareTrainingJobs": "?job=first&job=plain", "getMe": "?namespace=team-a"}
	tried := 0
	for pattern, route := range contract.routes {
		id := route.Operation.OperationID
		ok := route.Operation.Responses.Status(http.StatusOK)
		if route.Method != http.MethodGet || ok == nil || ok.Value.Content.Get("application/json") == nil || len(ok.Value.Content) != 1 {
			continue
		}
		path := paths.Replace(route.Path)
		if id == "getTemplate" {
			path = team + "/templates/big"
		}
		resp, text := call(t, s, "ann-token", http.MethodGet, path+queries[id], "")
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", pattern, resp.StatusCode, text)
			continue
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: route}, Status: resp.StatusCode, Header: resp.Header,
			Body: io.NopCloser(strings.NewReader(text)), Options: &openapi3filter.Options{IncludeResponseStatus: true},
		})
		if err != nil {
			t.Errorf("%s answers what the contract doesn't say: %.1500s\n%.1500s", pattern, err, text)
		}
		tried++
	}
	if tried < 15 {
		t.Errorf("%d operations were tried", tried)
	}
}
