package service

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"golang.org/x/net/websocket"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/agent/outputs"
)

// Channels of Kubernetes' protocol for exec over WebSocket, v5.
const (
	channelIn    = 0
	channelOut   = 1
	channelError = 3
	channelEnd   = 255
)

// secure has the cluster serve over TLS, with a certificate that only its own authority vouches for.
func (c *fakeCluster) secure(t testing.TB) *fakeCluster {
	c.Server = httptest.NewTLSServer(http.HandlerFunc(c.serve))
	server := c.Server
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return c
}

// serveExec runs the agent's part of reading a claim, on a folder of the test's.
func (c *fakeCluster) serveExec(w http.ResponseWriter, r *http.Request, user, namespace string) {
	c.mu.Lock()
	ok := c.allowed(user, namespace) && !c.core.denies[user+" pods/exec"]
	mount := c.core.claim
	c.mu.Unlock()
	if !ok {
		http.Error(w, `pods "x" is forbidden: User "`+user+`" cannot create resource "pods/exec"`, http.StatusForbidden)
		return
	}
	command := r.URL.Query()["command"]
	if run := commands[command[0]]; run != nil {
		serveCommand(w, r, user, c.begin, run)
		return
	}
	websocket.Server{
		Handshake: func(config *websocket.Config, _ *http.Request) error {
			config.Protocol = []string{"v5.channel.k8s.io"}
			return nil
		},
		Handler: func(ws *websocket.Conn) {
			out := channel{ws, channelOut}
			var err error
			switch command[2] {
			case "list":
				err = outputs.List(mount, command[3], command[4:], out)
			case "send":
				err = outputs.Send(mount, command[3], input(ws), out)
			}
			status := metav1.Status{Status: metav1.StatusSuccess}
			if err != nil {
				status = metav1.Status{Status: metav1.StatusFailure, Message: err.Error(), Code: 500}
			}
			text, _ := json.Marshal(status)
			_, _ = channel{ws, channelError}.Write(text)
			_ = ws.WriteClose(1000)
		},
	}.ServeHTTP(w, r)
}

// channel sends what is written to it as messages of one channel.
type channel struct {
	ws *websocket.Conn
	id byte
}

func (c channel) Write(b []byte) (int, error) {
	return len(b), websocket.Message.Send(c.ws, append([]byte{c.id}, b...))
}

// input is what comes in, to its end.
func input(ws *websocket.Conn) io.Reader {
	reader, writer := io.Pipe()
	go func() {
		for {
			var message []byte
			if err := websocket.Message.Receive(ws, &message); err != nil {
				_ = writer.CloseWithError(err)
				return
			}
			switch {
			case len(message) > 0 && message[0] == channelEnd:
				_ = writer.Close()
				return
			case len(message) > 0 && message[0] == channelIn:
				_, _ = writer.Write(message[1:])
			}
		}
	}()
	return reader
}
