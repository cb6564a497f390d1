package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
)

// limited is an API server of a namespace with a quota of pods, to a user who may read nothing else.
func limited(t *testing.T, hard, used int) (kubeconfig string, created *int) {
	t.Helper()
	created = new(int)
	answer := func(w http.ResponseWriter, code int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(v)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/resourcequotas"):
			amounts := func(n int) map[string]string { return map[string]string{"pods": fmt.Sprint(n)} }
			answer(w, 200, map[string]any{"kind": "ResourceQuotaList", "apiVersion": "v1", "metadata": map[string]any{}, "items": []any{map[string]any{
				"metadata": map[string]string{"name": "team"}, "spec": map[string]any{"hard": amounts(hard)}, "status": map[string]any{"hard": amounts(hard), "used": amounts(used)}}}})
		case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/mpijobs"):
			*created++
			var m map[string]any
			_ = json.NewDecoder(r.Body).Decode(&m)
			answer(w, 201, m)
		default:
			answer(w, 403, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 403, "reason": "Forbidden",
				"message": `it is forbidden: User "ann" cannot list resource "nodes" in API group "" at the cluster scope`})
		}
	}))
	t.Cleanup(s.Close)
	kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","clusters":[{"name":"c","cluster":{"server":%q}}],"users":[{"name":"u","user":{}}],
		"contexts":[{"name":"c","context":{"cluster":"c","user":"u","namespace":"team"}}],"current-context":"c"}`, s.URL)
	if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return kubeconfig, created
}

func TestCreateLooksFirst(t *testing.T) {
	job := []string{"--image", "image", "--workers", "4", "--", "true"}
	for _, c := range []struct {
		name       string
		hard, used int
		args       []string
		code       int
		created    int
		out, err   string
	}{
		{"refused", 3, 0, append([]string{"create", "j"}, job...), exit.Quota, 0, "", `Requested 5 pods, 3 available under quota "team" (0 of 3 in use)`},
		{"and what fits", 3, 0, append([]string{"run", "j"}, job...), exit.Quota, 0, "", "ask for at most 2 Workers: that would fit now"},
		{"anyway", 3, 0, append([]string{"create", "j", "--preflight=false"}, job...), exit.OK, 1, "mpijob/j created", ""},
		{"waits", 8, 6, append([]string{"create", "j"}, job...), exit.OK, 1, "mpijob/j created", "will wait: Requested 5 pods, 2 available"},
		{"dry run", 8, 6, append([]string{"create", "j", "--dry-run=server"}, job...), exit.OK, 1, "would be created", "would wait"},
		{"preflight alone", 3, 0, []string{"preflight", "--workers", "4"}, exit.Quota, 0, "would be refused", ""},
		{"preflight of what waits", 8, 6, []string{"preflight", "--workers", "4", "-o", "json"}, exit.OK, 0, `"outcome": "Waits"`, ""},
		{"preflight of what fits as far as is known", 8, 0, []string{"preflight", "--workers", "4"}, exit.OK, 0, "whether the cluster's nodes have room isn't shown to you: it takes the right to\n                  list nodes\n", ""},
		{"and says what is so", 8, 0, []string{"preflight", "--workers", "4"}, exit.OK, 0, "fits, as far as can be seen\n  It fits the namespace's quotas; whether the namespace's limit ranges allow it isn't shown to you\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			kubeconfig, created := limited(t, c.hard, c.used)
			var out, err bytes.Buffer
			args := append([]string{"training", "--kubeconfig", kubeconfig}, c.args...)
			code := Main(args, iostreams.Test(strings.NewReader(""), &out, &err, false, 100))
			if code != c.code || *created != c.created || !strings.Contains(out.String(), c.out) || !strings.Contains(err.String(), c.err) {
				t.Errorf("code %d, %d created\n%s\n%s", code, *created, out.String(), err.String())
			}
		})
	}
}

// Whose fault it is that nothing could be read is told by the exit code.
func TestPreflightThatReadsNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		server http.HandlerFunc
		code   int
		says   string
	}{
		{"without any right", says(403, "Forbidden", `it is forbidden: User "ann" cannot list resource "nodes" in API group "" at the cluster scope`, ""), exit.Denied, "quotas have room isn't shown to you"},
		{"a server that is broken", says(500, "InternalError", "etcd is away", ""), exit.Error, "error 500: etcd is away"},
		{"a server that is busy", says(429, "TooManyRequests", "slow down", ""), exit.Error, "too busy to answer: slow down"},
	} {
		code, out, errOut := command(t, c.server, "preflight", "--workers", "1")
		if code != c.code || !strings.Contains(out, "unknown: nothing could be read") || !strings.Contains(out, c.says) {
			t.Errorf("%s: code %d\n%s\n%s", c.name, code, out, errOut)
		}
	}
}
