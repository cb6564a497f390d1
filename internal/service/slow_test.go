package service

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// hasty is a server of a service that waits for little: what it bounds is what the real one bounds, sooner.
func hasty(t *testing.T, c *fakeCluster) *httptest.Server {
	service, _ := c.startService(t)
	server := httptest.NewUnstartedServer(nil)
	server.Config = newServer(service.Handler())
	if server.Config.ReadHeaderTimeout == 0 || server.Config.ReadTimeout == 0 || server.Config.IdleTimeout == 0 {
		t.Fatal("the service waits for ever")
	}
	server.Config.ReadHeaderTimeout, server.Config.ReadTimeout, server.Config.IdleTimeout = 3*time.Second, 4*time.Second, 3*time.Second
	server.Start()
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server
}

// dribble sends what is whole at once, and the rest for ever, a byte at a time, and returns what was answered until
// the connection was closed.
func dribble(t *testing.T, s *httptest.Server, whole []byte, more func(n int) []byte) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	answered := make(chan string, 1)
	go func() {
		text, err := io.ReadAll(conn)
		var late net.Error
		if asNet(err, &late) && late.Timeout() {
			text = nil
			t.Error("the connection is still open")
		}
		answered <- string(text)
	}()
	if _, err := conn.Write(whole); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case text := <-answered:
			return text
		case <-tick.C:
			_, _ = conn.Write(more(n)) // until the other side has closed it
		}
	}
}

func asNet(err error, to *net.Error) bool {
	e, ok := err.(net.Error) //nolint:errorlint // a connection's own
	*to = e
	return ok
}

func aByte(int) []byte { return []byte("x") }

// Who sends a byte at a time holds a connection for so long, and no longer.
func TestSlowRequestsAreCut(t *testing.T) {
	t.Parallel()
	s := hasty(t, newCluster(t))
	for name, x := range map[string]struct{ whole, says string }{
		"headers without a token":   {"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Long: ", ""},
		"no request at all":         {"G", ""},
		"a body without a token":    {"POST /api/v1/namespaces/team-a/trainingjobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n", "401 Unauthorized"},
		"a body":                    {"POST /api/v1/namespaces/team-a/trainingjobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ann-token\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{\"name\":\"", `"code":"TooSlow"`},
		"a body the contract reads": {"POST /api/v1/namespaces/team-a/bulk HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ann-token\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{\"action\":\"", `"code":"TooSlow"`},
		"a folder of code": {"POST /api/v1/namespaces/team-a/trainingjobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ann-token\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n" +
			"--b\r\nContent-Disposition: form-data; name=\"job\"\r\n\r\n{\"name\":\"", `"code":"TooSlow"`},
		"a session": {"POST /session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{\"token\":\"", `"code":"TooSlow"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := dribble(t, s, []byte(x.whole), aByte)
			if !strings.Contains(text, x.says) || strings.Contains(text, "127.0.0.1") {
				t.Errorf("answered %q", text)
			}
		})
	}
}

// The same over HTTP/2, where a connection carries many requests.
func TestSlowRequestsAreCutOverHTTP2(t *testing.T) {
	t.Parallel()
	s := hasty(t, newCluster(t))
	var head bytes.Buffer
	e := hpack.NewEncoder(&head)
	for _, f := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":path", "/api/v1/namespaces/team-a/trainingjobs"}, {":authority", "x"},
		{"authorization", "Bearer ann-token"}, {"content-type", "application/json"}} {
		_ = e.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	begin := func(headers []byte, end bool) []byte {
		var b bytes.Buffer
		b.WriteString(http2.ClientPreface)
		f := http2.NewFramer(&b, nil)
		_ = f.WriteSettings()
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: headers, EndHeaders: end})
		return b.Bytes()
	}
	frame := func(write func(*http2.Framer)) []byte {
		var b bytes.Buffer
		write(http2.NewFramer(&b, nil))
		return b.Bytes()
	}
	for name, x := range map[string]struct {
		whole []byte
		more  func(int) []byte
	}{
		"the preface": {[]byte(http2.ClientPreface[:10]), aByte},
		"headers": {begin(head.Bytes()[:4], false), func(n int) []byte {
			if n+5 > head.Len() {
				return nil
			}
			return frame(func(f *http2.Framer) { _ = f.WriteContinuation(1, false, head.Bytes()[n+4:n+5]) })
		}},
		"a body": {begin(head.Bytes(), true), func(int) []byte {
			return frame(func(f *http2.Framer) { _ = f.WriteData(1, false, []byte("x")) })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dribble(t, s, x.whole, x.more)
		})
	}
}

// A hundred thousand labels are less than a body may have, and cost the service no more than their own size.
func TestManyLabels(t *testing.T) {
	c := newCluster(t)
	s := c.start(t)
	labels := make([]string, 100_000)
	for i := range labels {
		labels[i] = fmt.Sprintf(`"%05x":""`, i)
	}
	all := strings.Join(labels, ",")
	for name, body := range map[string]string{
		"a whole job":     `{"apiVersion":"kubeflow.org/v2beta1","kind":"MPIJob","metadata":{"name":"x","labels":{` + all + `}},"spec":{}}`,
		"the simple form": `{"name":"x","image":"i","workers":1,"command":["true"],"labels":{` + all + `}}`,
		"unknown fields":  `{"name":"x",` + all + `}`,
		"a template":      `{"name":"x","spec":{"image":"i",` + all + `}}`,
	} {
		if len(body) > int(Defaults().Body) {
			t.Fatalf("%s: the body has %d bytes, and would be refused for that", name, len(body))
		}
		path := "/api/v1/namespaces/team-a/trainingjobs?dryRun=client"
		if name == "a template" {
			path = "/api/v1/namespaces/team-a/templates"
		}
		resp, text := call(t, s, "ann-token", "POST", path, body)
		if ok := resp.StatusCode == http.StatusOK && name == "the simple form"; !ok && resp.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, resp.StatusCode, short(text, 500))
		}
		if resp.StatusCode >= http.StatusBadRequest && len(text) > 64<<10 {
			t.Errorf("%s: the problem has %d bytes", name, len(text))
		}
	}
}
