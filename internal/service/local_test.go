package service

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// A local service is for whoever has the run's token, on this machine, with the user's own rights.
func TestServeLocal(t *testing.T) {
	c := newCluster(t)
	c.put(job("team-a", "first"))
	c.put(job("team-b", "other"))
	// Credentials are only sent over TLS.
	secure := httptest.NewTLSServer(http.HandlerFunc(c.serve))
	t.Cleanup(func() { secure.CloseClientConnections(); secure.Close() })
	config := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],
"clusters":[{"name":"c","cluster":{"server":%q,"insecure-skip-tls-verify":true}}],"users":[{"name":"u","user":{"token":"ann-token"}}]}`, secure.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	told, ended := make(chan Serving, 1), make(chan error, 1)
	go func() {
		ended <- ServeLocal(ctx, training.Kubeconfig{Path: config}, 0, func(s Serving) { told <- s })
	}()
	var s Serving
	select {
	case s = <-told:
	case err := <-ended:
		t.Fatal(err)
	}
	if s.User != "ann" || !strings.HasPrefix(s.Address, "http://127.0.0.1:") {
		t.Errorf("told %+v", s)
	}
	get := func(path, token, host string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Address+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		if host != "" {
			r.Host = host
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	for _, x := range []struct {
		path, token, host string
		status            int
		says              string
	}{
		{"/api/v1/namespaces/team-a/trainingjobs", s.Token, "", 200, `"first"`},
		{"/api/v1/namespaces/team-b/trainingjobs", s.Token, "", 403, `"Forbidden"`},
		{"/api/v1/namespaces/team-a/trainingjobs", "ann-token", "", 401, "odh training serve"},
		{"/api/v1/namespaces/team-a/trainingjobs", s.Token, "evil.example", 421, `"WrongHost"`},
		{"/docs", "", "evil.example", 421, `"WrongHost"`},
	} {
		if status, text := get(x.path, x.token, x.host); status != x.status || !strings.Contains(text, x.says) {
			t.Errorf("%s as %q: %d %s", x.path, x.host, status, text)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}
