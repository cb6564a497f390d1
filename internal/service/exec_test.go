package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/testkit/screen"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// handshake are the headers that ask for a WebSocket of Kubernetes' protocol.
var handshake = []string{
	"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==",
	"Sec-WebSocket-Protocol", "v5.channel.k8s.io",
}

const execPath = "/api/v1/streams/namespaces/team-a/trainingjobs/first/exec"

// shells is a cluster whose job `first` runs, with one Worker and without Worker 1.
func shells(t *testing.T) *fakeCluster {
	c := newCluster(t).secure(t)
	c.put(job("team-a", "first"))
	c.put(job("team-a", "waiting"))
	for _, p := range []*corev1.Pod{pod("first", "launcher", "", false), pod("first", "worker", "0", false)} {
		c.add("pods", p)
	}
	return c
}

// terminal is the other end of a shell.
type terminal struct {
	t testing.TB
	*websocket.Conn
}

func openShell(t testing.TB, s *httptest.Server, token, query string, header ...string) *terminal {
	t.Helper()
	h := http.Header{}
	if token != "" {
		h.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	d := websocket.Dialer{Subprotocols: []string{"v4.channel.k8s.io", "v5.channel.k8s.io"}}
	conn, resp, err := d.DialContext(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http")+execPath+query, h)
	if resp != nil {
		defer resp.Body.Close()
	}
	if err != nil {
		text := []byte{}
		if resp != nil {
			text, _ = io.ReadAll(resp.Body)
		}
		t.Fatalf("%s: %v: %s", query, err, text)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if conn.Subprotocol() != "v5.channel.k8s.io" {
		t.Errorf("the protocol is %q", conn.Subprotocol())
	}
	return &terminal{t, conn}
}

func (x *terminal) send(channel byte, text string) {
	x.t.Helper()
	if err := x.WriteMessage(websocket.BinaryMessage, append([]byte{channel}, text...)); err != nil {
		x.t.Fatal(err)
	}
}

// until reads until a channel has told at least this much.
func (x *terminal) until(channel byte, text string) {
	x.t.Helper()
	got := ""
	for !strings.Contains(got, text) {
		_, m, err := x.ReadMessage()
		if err != nil {
			x.t.Fatalf("%v after %q", err, got)
		}
		if len(m) > 0 && m[0] == channel {
			got += string(m[1:])
		}
	}
}

// end reads to the end: what was told on each channel, how the command ended, and how the connection did.
func (x *terminal) end() (told map[byte]string, status metav1.Status, closed websocket.CloseError) {
	x.t.Helper()
	told = map[byte]string{}
	for {
		_, m, err := x.ReadMessage()
		if err != nil {
			var c *websocket.CloseError
			if !errors.As(err, &c) {
				x.t.Fatalf("%v after %q", err, told)
			}
			if text, ok := told[channelError]; ok {
				if err := json.Unmarshal([]byte(text), &status); err != nil {
					x.t.Errorf("%v: %s", err, text)
				}
			}
			return told, status, *c
		}
		if told[channelError] != "" {
			x.t.Errorf("after the status comes %q", m)
		}
		told[m[0]] += string(m[1:])
	}
}

func TestExecSaysHowItEnded(t *testing.T) {
	c := shells(t)
	s := c.start(t)
	told, status, closed := openShell(t, s, "ann-token", "?command=exit&command=3&worker=0").end()
	if told[channelOut] != "to stdout" || told[channelErrors] != "to stderr" || closed.Code != websocket.CloseNormalClosure {
		t.Errorf("%q, closed with %v", told, closed)
	}
	if status.Status != "Failure" || status.Reason != "NonZeroExitCode" || len(status.Details.Causes) != 1 || status.Details.Causes[0].Type != "ExitCode" || status.Details.Causes[0].Message != "3" {
		t.Errorf("the status is %+v", status)
	}
	if _, status, closed := openShell(t, s, "ann-token", "?command=exit&command=0").end(); status.Status != "Success" || closed.Code != websocket.CloseNormalClosure {
		t.Errorf("%+v, closed with %v", status, closed)
	}
	for query, want := range map[string]string{
		"?command=options":                     "ann[] [] [true] [main]",
		"?command=options&tty=true&stdin=true": "ann[true] [true] [] [main]",
	} {
		if told, _, _ := openShell(t, s, "ann-token", query).end(); told[channelOut] != want {
			t.Errorf("%s: the cluster is asked for %s", query, told[channelOut])
		}
	}
}

func TestExecTakesInputAndSizes(t *testing.T) {
	s := shells(t).start(t)
	x := openShell(t, s, "ann-token", "?command=cat&stdin=true")
	x.send(channelIn, "")
	x.send(channelIn, "hello ")
	x.until(channelOut, "hello ")
	if err := x.WriteMessage(websocket.BinaryMessage, nil); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("0123456789abcdef", 12<<10) // 192 KiB
	x.send(channelIn, long)
	x.send(channelEnd, "\x00")
	if told, status, _ := x.end(); told[channelOut] != long || status.Status != "Success" {
		t.Errorf("%d bytes came back, %+v", len(told[channelOut]), status)
	}
	x = openShell(t, s, "ann-token", "?command=sizes&command=x&tty=true&stdin=true")
	x.send(4, `{"Width":132,"Height":43}`)
	if told, _, _ := x.end(); strings.TrimSpace(told[channelOut]) != `{"Width":132,"Height":43}` {
		t.Errorf("the size is %s", told[channelOut])
	}
	// Input that nobody asked for is dropped, and nothing waits for it.
	x = openShell(t, s, "ann-token", "?command=sizes&command=x&tty=true")
	for range 10 {
		x.send(channelIn, "dropped")
	}
	x.send(4, `{"Width":1,"Height":2}`)
	x.end()
}

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

func TestExecEndsFromOutside(t *testing.T) {
	for name, x := range map[string]struct {
		end    func(*fakeCluster, *Service)
		code   int
		reason string
	}{
		"the token is revoked": {func(c *fakeCluster, _ *Service) { c.revoke("ann-token") }, websocket.ClosePolicyViolation, "Unauthenticated"},
		"the right is gone":    {func(c *fakeCluster, _ *Service) { c.deny("ann", "pods/exec") }, websocket.ClosePolicyViolation, "Forbidden"},
		"the service ends":     {func(_ *fakeCluster, s *Service) { s.Drain() }, websocket.CloseServiceRestart, "Draining"},
		"nobody uses it":       {nil, websocket.ClosePolicyViolation, "Idle"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := shells(t)
			service, s := c.startService(t, func(o *Options) {
				o.Recheck, o.Heartbeat = 50*time.Millisecond, 50*time.Millisecond
				if x.end == nil {
					o.ShellIdle = 300 * time.Millisecond
				}
			})
			a := openShell(t, s, "ann-token", "?command=wait&stdin=true")
			a.until(channelOut, "ready")
			if x.end != nil {
				x.end(c, service)
			}
			_, status, closed := a.end()
			if status.Status != "Failure" || string(status.Reason) != x.reason || status.Message == "" || closed.Code != x.code || closed.Text != x.reason {
				t.Errorf("%+v, closed with %v", status, closed)
			}
			service.awaitShells()
			if n := service.shells.count(); n != 0 {
				t.Errorf("%v shells are open", n)
			}
		})
	}
}

// absent is a Gate whose cluster reviews nothing, while it is set.
type absent struct {
	Gate
	set   atomic.Bool
	asked atomic.Int64
}

func (g *absent) Authenticate(ctx context.Context, token string) (*Caller, error) {
	g.asked.Add(1)
	if g.set.Load() {
		return nil, &training.ServerError{Code: http.StatusInternalServerError, Message: "asking who sent a token"}
	}
	return g.Gate.Authenticate(ctx, token)
}

// A shell outlives a moment's outage of the cluster's reviews, and is ended all the same when they come back with a no.
func TestExecOutlivesAnOutageOfReviews(t *testing.T) {
	c := shells(t)
	gate := &absent{}
	_, s := c.startService(t, func(o *Options) {
		gate.Gate = o.Gate
		o.Gate, o.Recheck, o.Heartbeat = gate, 50*time.Millisecond, 50*time.Millisecond
	})
	a := openShell(t, s, "ann-token", "?command=cat&stdin=true")
	gate.set.Store(true)
	before := gate.asked.Load()
	await(t, "looks at the right", func() bool { return gate.asked.Load() > before+3 })
	a.send(channelIn, "still there")
	a.until(channelOut, "still there")
	c.deny("ann", "pods/exec")
	gate.set.Store(false)
	if _, status, _ := a.end(); status.Reason != "Forbidden" {
		t.Errorf("%+v", status)
	}
}

// How long an outage may last is bounded, and begins anew with each.
func TestPatienceEnds(t *testing.T) {
	out := &training.ServerError{Code: http.StatusInternalServerError}
	no := unauthenticated("revoked")
	at := time.Now()
	for name, x := range map[string]struct {
		found []error // each ten seconds
		ends  int     // with which
	}{
		"without an end": {[]error{out, out, out, out, out, out, out, out}, 6},
		"a no":           {[]error{nil, out, no, out}, 2},
		"now and then":   {[]error{out, out, out, nil, out, out, out, out, out}, -1},
	} {
		d, ends := &watchdog{patience: shellPatience}, -1
		for i, err := range x.found {
			if ends < 0 && d.ends(err, at.Add(time.Duration(i)*10*time.Second)) {
				ends = i
			}
		}
		if ends != x.ends {
			t.Errorf("%s: ends with number %d", name, ends)
		}
	}
	if d := (&watchdog{}); !d.ends(out, at) {
		t.Error("what has no patience goes on")
	}
}

func TestExecRefusesWhatIsNotTheProtocol(t *testing.T) {
	s := shells(t).start(t)
	for name, x := range map[string]struct {
		kind int
		m    string
		code int
	}{
		"text":             {websocket.TextMessage, "\x00ls", websocket.CloseUnsupportedData},
		"an unknown one":   {websocket.BinaryMessage, "\x09ls", websocket.CloseProtocolError},
		"a size of no sum": {websocket.BinaryMessage, "\x04{", websocket.CloseProtocolError},
		"too long":         {websocket.BinaryMessage, "\x00" + strings.Repeat("x", maxMessage), websocket.CloseMessageTooBig},
	} {
		a := openShell(t, s, "ann-token", "?command=wait&stdin=true")
		a.until(channelOut, "ready")
		if err := a.WriteMessage(x.kind, []byte(x.m)); err != nil {
			t.Fatal(err)
		}
		if _, _, closed := a.end(); closed.Code != x.code {
			t.Errorf("%s: closed with %v", name, closed)
		}
	}
}

// Who goes ends the command's connection, which is no fault of anybody's.
func TestExecEndsWithItsCaller(t *testing.T) {
	log := &screen.Text{}
	service, s := shells(t).startService(t, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(log, nil)) })
	a := openShell(t, s, "ann-token", "?command=wait&stdin=true")
	a.until(channelOut, "ready")
	a.Close()
	await(t, "end of the command", func() bool { return service.shells.count() == 0 })
	if strings.Contains(log.String(), "broke off") {
		t.Errorf("the log is %s", log.String())
	}
}

func TestExecIsBounded(t *testing.T) {
	s := shells(t).start(t, func(o *Options) { o.Limits = Defaults(); o.Limits.ShellsPerCaller = 2 })
	for range 2 {
		openShell(t, s, "ann-token", "?command=wait")
	}
	for _, header := range [][]string{nil, handshake} {
		resp, text := call(t, s, "ann-token", "GET", execPath+"?command=cat", "", header...)
		isProblem(t, resp, text, http.StatusTooManyRequests, "TooManyShells")
	}
}

// What streams ask of the cluster before they begin is bounded in number, though the cluster doesn't answer, and in time.
func TestWhatStreamsAskFirstIsBounded(t *testing.T) {
	const jobs = "/apis/kubeflow.org/v2beta1/namespaces/team-a/mpijobs/first"
	for name, x := range map[string]struct{ path, code string }{
		"exec": {execPath + "?command=cat", "TooManyShells"},
		"logs": {"/api/v1/streams/namespaces/team-a/trainingjobs/first/logs", "TooManyStreams"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := shells(t)
			service, s := c.startService(t, func(o *Options) {
				o.Limits = Defaults()
				o.Limits.ShellsPerCaller, o.Limits.PerCaller, o.Limits.Time = 2, 2, 2*time.Second
			})
			c.hang(jobs)
			var waiting sync.WaitGroup
			for range 2 {
				waiting.Go(func() {
					resp, text := call(t, s, "ann-token", "GET", x.path, "")
					isProblem(t, resp, text, http.StatusGatewayTimeout, "Timeout")
				})
			}
			await(t, "two that wait", func() bool { return service.shells.count()+service.streams.count() == 2 })
			resp, text := call(t, s, "ann-token", "GET", x.path, "")
			isProblem(t, resp, text, http.StatusTooManyRequests, x.code)
			waiting.Wait()
			c.mu.Lock()
			defer c.mu.Unlock()
			if n := c.requests["GET "+jobs]; n > 2 {
				t.Errorf("the cluster is asked %d times", n)
			}
		})
	}
}

// The log says who ran something where, not what, nor what went in and out.
func TestExecIsLoggedWithoutContent(t *testing.T) {
	log := &screen.Text{}
	_, s := shells(t).startService(t, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(log, nil)) })
	a := openShell(t, s, "ann-token", "?command=cat&command=secret-argument&stdin=true")
	a.send(channelIn, "secret-input")
	a.until(channelOut, "secret-input")
	a.send(channelEnd, "\x00")
	a.end()
	await(t, "line of the log", func() bool { return strings.Contains(log.String(), "execTrainingJob") })
	text := log.String()
	if !strings.Contains(text, "user=ann") || !strings.Contains(text, "operation=execTrainingJob status=101") || !strings.Contains(text, execPath) || strings.Contains(text, "secret") {
		t.Errorf("the log is %s", text)
	}
}

func FuzzDecodeMessage(f *testing.F) {
	for _, m := range []string{"", "\x00ls\n", "\x04{\"Width\":80,\"Height\":24}", "\xff\x00", "\xff\x01", "\x04{\"Width\":65536}", "\x04null", "\x01x"} {
		f.Add(websocket.BinaryMessage, []byte(m))
	}
	f.Add(websocket.TextMessage, []byte("x"))
	f.Fuzz(func(t *testing.T, kind int, m []byte) {
		before := bytes.Clone(m)
		in, err := decodeMessage(kind, m)
		var broke *protocolError
		switch {
		case err != nil:
			// A close frame has a code and at most 123 bytes.
			if !errors.As(err, &broke) || len(broke.why) > 123 || broke.code < 1000 || in.input != nil || in.size != nil || in.eof {
				t.Errorf("%+v, %v", in, err)
			}
		case kind != websocket.BinaryMessage:
			t.Errorf("kind %d is taken", kind)
		case len(m) > 0 && m[0] == channelIn && !bytes.Equal(in.input, m[1:]):
			t.Errorf("%q came in as %q", m, in.input)
		case in.size != nil && m[0] != 4, in.eof && !bytes.Equal(m, []byte{channelEnd, channelIn}):
			t.Errorf("%q is %+v", m, in)
		}
		if !bytes.Equal(m, before) {
			t.Errorf("%q was changed", before)
		}
	})
}

// Whatever ends a command has a status and a code that a close frame can have.
func TestEndings(t *testing.T) {
	for _, err := range append(someErrors(), nil, &training.ExitError{Code: 7}, &protocolError{websocket.CloseProtocolError, "x"}, errInternal) {
		status, code, why := ending(err)
		if status.Status == "" || status.Status == "Failure" && status.Reason == "" && status.Message == "" || code < 1000 || code > 1014 || len(why) > 123 {
			t.Errorf("%v: %+v %s", err, status, strconv.Itoa(code)+why)
		}
	}
}
