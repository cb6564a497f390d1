package service

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestExecIsRefusedBefore(t *testing.T) {
	c := shells(t)
	s := c.start(t)
	with := func(more ...string) []string { return append(append([]string{}, handshake...), more...) }
	without := func(name string) (out []string) {
		for i := 0; i < len(handshake); i += 2 {
			if handshake[i] != name {
				out = append(out, handshake[i], handshake[i+1])
			}
		}
		return out
	}
	const other = "/api/v1/streams/namespaces/team-a/trainingjobs/"
	for name, x := range map[string]struct {
		token, path string
		header      []string
		status      int
		code        string
	}{
		"no WebSocket":            {"ann-token", execPath + "?command=cat", nil, 426, "UpgradeRequired"},
		"no protocol":             {"ann-token", execPath + "?command=cat", without("Sec-WebSocket-Protocol"), 400, "BadRequest"},
		"no key":                  {"ann-token", execPath + "?command=cat", without("Sec-WebSocket-Key"), 400, "BadRequest"},
		"an older protocol":       {"ann-token", execPath + "?command=cat", append(without("Sec-WebSocket-Protocol"), "Sec-WebSocket-Protocol", "v4.channel.k8s.io"), 400, "BadRequest"},
		"no command":              {"ann-token", execPath, handshake, 400, "BadRequest"},
		"no such job":             {"ann-token", other + "absent/exec?command=cat", handshake, 404, "NotFound"},
		"no such Worker":          {"ann-token", execPath + "?command=cat&worker=9", handshake, 422, "Invalid"},
		"not running":             {"ann-token", execPath + "?command=cat&worker=1", handshake, 409, "NotRunning"},
		"nothing of it runs":      {"ann-token", other + "waiting/exec?command=cat", handshake, 409, "NotRunning"},
		"not running, by GET":     {"ann-token", other + "waiting/exec?command=cat", nil, 409, "NotRunning"},
		"an old type's job":       {"ann-token", execPath + "?command=cat&type=PyTorchJob&worker=0", handshake, 409, "Unsupported"},
		"another tenant":          {"bob-token", execPath + "?command=cat", handshake, 403, "Forbidden"},
		"no token":                {"", execPath + "?command=cat", handshake, 401, "Unauthenticated"},
		"another site's page":     {"ann-token", execPath + "?command=cat", with("Origin", "https://evil.example"), 403, "CrossOrigin"},
		"a page of nowhere":       {"ann-token", execPath + "?command=cat", with("Origin", "null"), 403, "CrossOrigin"},
		"a page of another port":  {"ann-token", execPath + "?command=cat", with("Origin", "http://127.0.0.1:1"), 403, "CrossOrigin"},
		"another site, in part":   {"ann-token", execPath + "?command=cat", with("Origin", s.URL+".evil.example"), 403, "CrossOrigin"},
		"another site, as a user": {"ann-token", execPath + "?command=cat", with("Origin", strings.Replace(s.URL, "://", "://evil.example@", 1)+".x"), 403, "CrossOrigin"},
	} {
		resp, text := call(t, s, x.token, "GET", x.path, "", x.header...)
		t.Run(name, func(t *testing.T) { isProblem(t, resp, text, x.status, x.code) })
	}
	resp, _ := call(t, s, "ann-token", "GET", execPath+"?command=cat", "")
	if resp.Header.Get("Upgrade") != "websocket" {
		t.Errorf("it isn't said what to upgrade to: %v", resp.Header)
	}
	c.deny("ann", "pods/exec")
	for _, worker := range []string{"", "&worker=1"} {
		resp, text := call(t, c.start(t), "ann-token", "GET", execPath+"?command=cat"+worker, "", handshake...)
		isProblem(t, resp, text, http.StatusForbidden, "Forbidden")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.requests["GET /api/v1/namespaces/team-a/pods/first-launcher/exec"]; n > 0 {
		t.Error("a command was run")
	}
}

// Over HTTP/2, where a connection can't become a WebSocket, that is said.
func TestExecOverHTTP2(t *testing.T) {
	c := shells(t)
	service, _ := c.startService(t)
	s := httptest.NewUnstartedServer(service.Handler())
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	resp, text := call(t, s, "ann-token", "GET", execPath+"?command=cat", "")
	isProblem(t, resp, text, http.StatusUpgradeRequired, "UpgradeRequired")
}

func TestExecOfABrowser(t *testing.T) {
	c := shells(t)
	s := c.start(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	cookie := []string{"Cookie", sessionCookie + "=ann-token", "Origin", s.URL}
	if told, _, _ := openShell(t, s, "", "?command=exit&command=0&callerIs=ann", cookie...).end(); told[channelOut] != "to stdout" {
		t.Errorf("with a cookie: %q", told)
	}
	// Where the browser speaks TLS to the proxy, a page that came without is another one.
	secure := append(append([]string{}, handshake...), "Cookie", secureCookie+"=ann-token", "X-Forwarded-Proto", "https", "Origin", s.URL)
	resp, text := call(t, s, "", "GET", execPath+"?command=cat", "", secure...)
	isProblem(t, resp, text, http.StatusForbidden, "CrossOrigin")
	secure[len(secure)-1] = strings.Replace(s.URL, "http", "https", 1)
	if resp, text := call(t, s, "", "GET", execPath+"?command=exit&command=0", "", secure...); resp.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("over TLS: %d %s", resp.StatusCode, text)
	}
}

// The cookie of a service that somebody runs for themselves is for its own pages alone, and browsers don't say of a
// WebSocket in Sec-Fetch-Site which one opens it.
func TestExecOfTheOwnSession(t *testing.T) {
	c := shells(t)
	own := newOwnSession("ann-token")
	s := c.start(t, func(o *Options) { o.own = own })
	host := strings.TrimPrefix(s.URL, "http://")
	cookie := sessionCookie + host[strings.LastIndex(host, ":"):] + "=" + own.secret
	cookie = strings.Replace(cookie, ":", "-", 1)
	if told, _, _ := openShell(t, s, "", "?command=exit&command=0", "Cookie", cookie, "Origin", s.URL).end(); told[channelOut] != "to stdout" {
		t.Errorf("the own page: %q", told)
	}
	for origin, want := range map[string]int{"": 401, "http://127.0.0.1:1": 401} {
		header := append(append([]string{}, handshake...), "Cookie", cookie)
		if origin != "" {
			header = append(header, "Origin", origin)
		}
		if resp, text := call(t, s, "", "GET", execPath+"?command=cat", "", header...); resp.StatusCode != want {
			t.Errorf("origin %q: %d %s", origin, resp.StatusCode, text)
		}
	}
}

// askedFirst are streams that ask of the cluster before they begin, and what is said where there are too many of them.
var askedFirst = map[string]struct{ path, code string }{
	"exec": {execPath + "?command=cat", "TooManyShells"},
	"logs": {"/api/v1/streams/namespaces/team-a/trainingjobs/first/logs", "TooManyStreams"},
}

// firstAsked is where they ask.
const firstAsked = "/apis/kubeflow.org/v2beta1/namespaces/team-a/mpijobs/first"

// What streams ask of the cluster before they begin is bounded in number, though the cluster doesn't answer.
func TestWhatStreamsAskFirstIsBounded(t *testing.T) {
	for name, x := range askedFirst {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := shells(t)
			service, s := c.startService(t, func(o *Options) {
				o.Limits = Defaults()
				o.Limits.ShellsPerCaller, o.Limits.PerCaller = 2, 2
			})
			c.hang(firstAsked)
			ctx, leave := context.WithCancel(t.Context())
			var waiting sync.WaitGroup
			defer waiting.Wait()
			defer leave()
			for range 2 {
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+x.path, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer ann-token")
				waiting.Go(func() {
					if resp, err := s.Client().Do(r); err == nil {
						resp.Body.Close()
						t.Errorf("one that is to wait is answered %d", resp.StatusCode)
					}
				})
			}
			open := func() float64 { return service.shells.count() + service.streams.count() }
			await(t, "two that wait", func() bool { return open() == 2 })
			resp, text := call(t, s, "ann-token", "GET", x.path, "")
			isProblem(t, resp, text, http.StatusTooManyRequests, x.code)
			leave()
			await(t, "places of those who have left", func() bool { return open() == 0 })
			if n := c.asked("GET " + firstAsked); n > 2 {
				t.Errorf("the cluster is asked %d times", n)
			}
		})
	}
}

// It is bounded in time, too.
func TestWhatStreamsAskFirstEnds(t *testing.T) {
	for name, x := range askedFirst {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := shells(t)
			s := c.start(t, func(o *Options) { o.Limits = Defaults(); o.Limits.Time = 100 * time.Millisecond })
			c.hang(firstAsked)
			resp, text := call(t, s, "ann-token", "GET", x.path, "")
			isProblem(t, resp, text, http.StatusGatewayTimeout, "Timeout")
		})
	}
}
