//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	authnv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/testkit"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// serviceURL is where the sandbox has the training service.
const serviceURL = "https://127.0.0.1:8443/api/v1"

// face speaks to the training service as one user.
type face struct {
	t     *testing.T
	http  *http.Client
	token string
}

func (e *env) face(u *testkit.User) *face {
	e.t.Helper()
	transport, err := rest.TransportFor(&rest.Config{TLSClientConfig: rest.TLSClientConfig{CAData: u.Config.CAData, CAFile: u.Config.CAFile}})
	e.must(err, "trusting the sandbox's authority")
	return &face{t: e.t, http: &http.Client{Transport: transport}, token: u.Config.BearerToken}
}

func (f *face) do(ctx context.Context, method, path, body string) *http.Response {
	f.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, serviceURL+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+f.token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := f.http.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	return resp
}

// call is one request with its whole answer; the problem's instance, which differs each time, is left out.
func (f *face) call(method, path, body string) (status int, text string) {
	f.t.Helper()
	resp := f.do(f.t.Context(), method, path, body)
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	var problem map[string]any
	if resp.StatusCode >= http.StatusBadRequest && json.Unmarshal(all, &problem) == nil {
		delete(problem, "instance")
		all, _ = json.Marshal(problem)
	}
	return resp.StatusCode, string(all)
}

// A job is created over REST, followed on a stream while it runs, read and deleted, by the service that
// runs as a restricted pod; what the API server would not show, the service doesn't either.
func TestTrainingService(t *testing.T) {
	t.Parallel()
	e := setup(t)
	scientist, other := e.face(e.scientist), e.face(e.sandbox.User(t, "other-scientist"))
	const jobs = "/namespaces/" + teamA + "/trainingjobs"

	if status, text := scientist.call("GET", "/me", ""); status != http.StatusOK || !strings.Contains(text, `"scientist"`) {
		t.Fatalf("who am I: %d %s", status, text)
	}
	if status, text := scientist.call("POST", jobs, `{"name":"e2e-rest","image":"`+imageOpenMPI+`","workers":0,"command":["hostname"]}`); status != http.StatusUnprocessableEntity || !strings.Contains(text, "workers") {
		t.Errorf("a job without Workers: %d %s", status, text)
	}

	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	stream := scientist.do(ctx, "GET", "/streams"+jobs+"?search=e2e-rest", "")
	defer stream.Body.Close()
	if status, text := scientist.call("POST", jobs, `{"name":"e2e-rest","image":"`+imageOpenMPI+`","workers":2,"command":["hostname"]}`); status != http.StatusCreated {
		t.Fatalf("creating: %d %s", status, text)
	}
	t.Cleanup(func() {
		// The test deletes it itself, where it comes that far.
		job := &kubeflow.MPIJob{ObjectMeta: metav1.ObjectMeta{Name: "e2e-rest", Namespace: teamA}}
		if err := e.admin.Client.Delete(context.Background(), job); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	})
	var seen []training.Phase
	for lines := bufio.NewScanner(stream.Body); lines.Scan(); {
		var j training.Job
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok || json.Unmarshal([]byte(data), &j) != nil || j.Name != "e2e-rest" {
			continue
		}
		if seen = append(seen, j.Phase); j.Phase.Finished() {
			break
		}
	}
	if len(seen) == 0 || seen[len(seen)-1] != training.Succeeded {
		t.Fatalf("the stream told of %v", seen)
	}

	status, text := scientist.call("GET", jobs+"/e2e-rest/logs", "")
	if status != http.StatusOK || !strings.Contains(text, "e2e-rest-worker-1") {
		t.Errorf("the log: %d %s", status, text)
	}
	for _, path := range []string{"", "/status", "/events", "/logs", "/manifest"} {
		_, there := other.call("GET", jobs+"/e2e-rest"+path, "")
		status, notThere := other.call("GET", jobs+"/e2e-none"+path, "")
		if there = strings.ReplaceAll(there, "e2e-rest", "e2e-none"); status != http.StatusForbidden || there != notThere {
			t.Errorf("another team can tell whether a job is there by GET %s: %s, but %s", path, there, notThere)
		}
	}
	if status, text := other.call("DELETE", jobs+"/e2e-rest", ""); status != http.StatusForbidden {
		t.Errorf("another team deletes: %d %s", status, text)
	}
	if status, text := scientist.call("DELETE", jobs+"/e2e-rest", ""); status >= http.StatusBadRequest {
		t.Errorf("deleting: %d %s", status, text)
	}
}

// A token that isn't for this cluster's API is nobody's, and an invented one neither.
func TestTrainingServiceTokens(t *testing.T) {
	t.Parallel()
	e := setup(t)
	f := e.face(e.scientist)
	token, err := e.admin.Kube.CoreV1().ServiceAccounts(teamA).CreateToken(e.ctx, "default", &authnv1.TokenRequest{
		Spec: authnv1.TokenRequestSpec{Audiences: []string{"somewhere-else"}, ExpirationSeconds: ptr(int64(600))}}, metav1.CreateOptions{})
	e.must(err, "asking for a token of another audience")
	for name, bad := range map[string]string{"another audience": token.Status.Token, "forged": f.token + "x", "none": "x"} {
		f.token = bad
		if status, text := f.call("GET", "/me", ""); status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	f.token = e.scientist.Config.BearerToken
	if status, text := f.call("GET", "/me", ""); status != http.StatusOK {
		t.Errorf("the right one again: %d %s", status, text)
	}
}
