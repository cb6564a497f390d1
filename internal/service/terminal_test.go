package service

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
