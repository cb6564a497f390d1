package service

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

func someErrors() []error {
	return []error{
		&training.NotFoundError{}, &training.DeniedError{}, &training.DeniedError{Unauthenticated: true}, &training.QuotaExceededError{},
		&training.InvalidError{}, &training.AlreadyExistsError{}, &training.ConflictError{}, &training.ReplacedError{}, &training.TimeoutError{}, &training.UnreachableError{Err: errors.New("x")},
		&training.NotInstalledError{}, &training.UnsupportedError{}, &training.NotRunningError{}, &training.ServerError{Code: 500}, &training.ServerError{Code: 429}, &training.NoLogError{}, &training.NoMetricsError{},
		&training.NoOutputError{}, &training.OutputError{Err: errors.New("x")}, &training.OutputError{Err: errors.New("x"), Missing: true},
		&http.MaxBytesError{}, context.DeadlineExceeded, context.Canceled, errors.New("anything"), draining(), badRequest("x"),
	}
}

func TestTokens(t *testing.T) {
	c := newCluster(t)
	s := c.start(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	for name, header := range map[string][]string{
		"none":                          nil,
		"empty":                         {"Authorization", "Bearer "},
		"forged":                        {"Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ."},
		"basic":                         {"Authorization", "Basic YW5uOmFubg=="},
		"too long":                      {"Authorization", "Bearer " + strings.Repeat("x", 20<<10)},
		"the proxy's, from anybody":     {"X-Forwarded-Access-Token", "ann-token"},
		"expired though it is accepted": {"Authorization", "Bearer x.eyJleHAiOjF9.x"},
	} {
		c.mu.Lock()
		c.users["x.eyJleHAiOjF9.x"] = "ann"
		c.mu.Unlock()
		resp, text := call(t, s, "", "GET", "/api/v1/me", "", header...)
		if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("WWW-Authenticate") == "" || !strings.Contains(text, "Unauthenticated") {
			t.Errorf("%s: %d %s", name, resp.StatusCode, text)
		}
	}
	trusting := c.start(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	if resp, text := call(t, trusting, "", "GET", "/api/v1/me", "", "X-Forwarded-Access-Token", "ann-token"); resp.StatusCode != http.StatusOK || !strings.Contains(text, `"ann"`) {
		t.Errorf("the trusted proxy: %d %s", resp.StatusCode, text)
	}
	resp, _ := call(t, trusting, "", "DELETE", "/api/v1/namespaces/team-a/trainingjobs/x", "", "X-Forwarded-Access-Token", "ann-token", "Sec-Fetch-Site", "cross-site")
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("another site's page, through the proxy: %d", resp.StatusCode)
	}
}

func TestExpiry(t *testing.T) {
	if at := expiry("x.eyJleHAiOjE3MDAwMDAwMDB9.x"); at.Unix() != 1_700_000_000 {
		t.Errorf("got %s", at)
	}
	for _, token := range []string{"", "opaque", "a.b.c", "x.e30.x", "x.eyJleHAiOi01fQ.x"} {
		if at := expiry(token); !at.IsZero() {
			t.Errorf("%q expires at %s", token, at)
		}
	}
}

func TestHeadersOnEverything(t *testing.T) {
	s := newCluster(t).start(t)
	for _, path := range []string{"/docs", "/openapi.yaml", "/api/v1/me", "/nowhere"} {
		resp, _ := call(t, s, "ann-token", "GET", path, "")
		for _, h := range []string{"X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy", "X-Frame-Options", "Cache-Control"} {
			if resp.Header.Get(h) == "" {
				t.Errorf("%s has no %s", path, h)
			}
		}
		if resp.Header.Get("Access-Control-Allow-Origin") != "" || len(resp.Header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s lets other origins in, or sets a cookie", path)
		}
	}
}

func TestOtherHostsAreNotServed(t *testing.T) {
	s := newCluster(t).start(t, func(o *Options) { o.Hosts = []string{"127.0.0.1:1"} })
	if resp, text := call(t, s, "ann-token", "GET", "/api/v1/me", ""); resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}

// Whatever a header or an address holds: an answer of the contract, never a 500.
func FuzzRequests(f *testing.F) {
	c := newCluster(f)
	c.put(job("team-a", "first"))
	service, _ := c.startService(f, func(o *Options) { o.Limits = Defaults(); o.Limits.Burst = 1 << 30 })
	h := service.Handler()
	f.Add("GET", "/api/v1/namespaces/team-a/trainingjobs", "phase=Running&limit=3", "1.2.3.4", "{}")
	f.Add("POST", "/api/v1/namespaces/team-a/trainingjobs", "dryRun=client", "", simple)
	f.Add("GET", "/api/v1/namespaces/team-a/trainingjobs/first", "type=TrainJob", "\r\nX: y", "")
	f.Add("POST", "/api/v1/namespaces/team-a/preflight", "", "", `{"kind":"MPIJob"}`)
	f.Add("GET", "/api/v1/namespaces/team-a/trainingjobs/first/logs", "match=(&previous=true", "", "")
	f.Add("GET", "/api/v1/namespaces/team-a/trainingjobs/first/metrics", "sinceSeconds=9", "", "")
	f.Add("GET", "/api/v1/namespaces/team-a/trainingjobs/first/outputs", "path=..%2Fx&path=a", "", "")
	f.Add("GET", "/api/v1/namespaces/team-a/trainingjobs/first/outputs/content", "path=a", "", "")
	f.Add("POST", "/api/v1/namespaces/team-a/templates", "replace=true", "", `{"name":"a","spec":{"workers":1}}`)
	f.Add("POST", "/api/v1/namespaces/team-a/templates/mpi/jobs", "", "", `{"name":"a","changes":{"workers":-1}}`)
	f.Add("GET", "/api/v1/namespaces/team-a/usage", "", "", "")
	f.Fuzz(func(t *testing.T, method, path, query, header, body string) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, method, "http://service/", strings.NewReader(body))
		if err != nil {
			return
		}
		r.URL.Path, r.URL.RawQuery, r.RemoteAddr = path, query, "127.0.0.1:1"
		if !strings.HasPrefix(path, "/api/v1/namespaces/team-a/") && !strings.HasPrefix(path, "/api/v1/streams/") {
			r.URL.Path = "/api/v1/namespaces/team-a/trainingjobs/" + strings.TrimPrefix(path, "/")
		}
		r.Header.Set("Authorization", "Bearer ann-token")
		r.Header.Set("Content-Type", "application/json")
		for _, name := range []string{"Last-Event-ID", "If-None-Match", "Idempotency-Key"} {
			r.Header[name] = []string{header}
		}
		w := &plainWriter{header: http.Header{}, status: 200}
		h.ServeHTTP(w, r)
		if w.status == 500 {
			t.Errorf("%s %s?%s with %q and %q: 500", method, path, query, header, body)
		}
	})
}

// plainWriter takes what a handler writes, without a connection.
type plainWriter struct {
	header http.Header
	status int
}

func (w *plainWriter) Header() http.Header              { return w.header }
func (w *plainWriter) Write(b []byte) (int, error)      { return len(b), nil }
func (w *plainWriter) WriteHeader(status int)           { w.status = status }
func (w *plainWriter) Flush()                           {}
func (w *plainWriter) SetReadDeadline(time.Time) error  { return nil }
func (w *plainWriter) SetWriteDeadline(time.Time) error { return nil }
