package service

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

func TestBacklogKeepsItsOrderAndItsBound(t *testing.T) {
	l := newBacklog()
	piece := make([]byte, maxBacklog/4)
	for i := range 4 {
		if !l.put(t.Context(), bytes.Repeat([]byte{byte(i)}, len(piece)), 0) {
			t.Fatalf("piece %d isn't taken", i)
		}
	}
	if l.put(t.Context(), []byte("x"), 10*time.Millisecond) {
		t.Error("it has no bound")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if !l.put(gone, []byte("x"), time.Hour) {
		t.Error("who has gone is told that it is full")
	}
	late := make(chan bool)
	go func() { late <- l.put(t.Context(), []byte("last"), time.Minute) }()
	if _, err := io.ReadFull(l, piece); err != nil || !<-late {
		t.Errorf("there is no room after a read: %v", err)
	}
	l.end()
	l.put(t.Context(), []byte("behind the end"), time.Hour)
	rest, err := io.ReadAll(l)
	want := append(bytes.Repeat([]byte{1}, len(piece)), bytes.Repeat([]byte{2}, len(piece))...)
	want = append(append(want, bytes.Repeat([]byte{3}, len(piece))...), "last"...)
	if err != nil || !bytes.Equal(rest, want) {
		t.Errorf("%d bytes are left, %v", len(rest), err)
	}
	if n, err := l.Read(piece); n != 0 || err != io.EOF { //nolint:errorlint // it is the value itself
		t.Errorf("behind the end: %d, %v", n, err)
	}
}

// A caller who goes is noticed at once, though the command takes no input.
func TestExecNoticesWhoGoesWithInputUnderWay(t *testing.T) {
	service, _ := shells(t).startService(t)
	ended := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		ctx, cancel := context.WithCancelCause(t.Context()) // the request's own ends with the connection
		defer cancel(nil)
		(&shell{s: service, conn: conn, stdin: true}).read(ctx, newBacklog(), make(chan training.TerminalSize, 1), cancel)
		ended <- context.Cause(ctx)
	}))
	t.Cleanup(server.Close)
	conn, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for range 8 {
		if err := conn.WriteMessage(websocket.BinaryMessage, make([]byte, 32<<10)); err != nil {
			t.Fatal(err)
		}
	}
	conn.Close()
	select {
	case err := <-ended:
		if !errors.Is(err, errLeft) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("nobody notices within ten seconds")
	}
}

// A command that begins to read late gets all of its input; one that takes none is ended, and that is said.
func TestExecWaitsForCommandsThatTakeNoInput(t *testing.T) {
	flood := func(x *terminal, bytes int) {
		piece := make([]byte, 128<<10)
		for range bytes / len(piece) {
			if x.WriteMessage(websocket.BinaryMessage, piece) != nil {
				return // it has ended
			}
		}
		_ = x.WriteMessage(websocket.BinaryMessage, []byte{channelEnd, channelIn})
	}
	c := shells(t)
	c.begin = make(chan struct{})
	x := openShell(t, c.start(t), "ann-token", "?command=take&stdin=true")
	x.until(channelOut, "ready")
	go flood(x, 32<<20)
	// Long enough for more to be under way than anything on it holds; if it isn't, the test is only easier.
	time.AfterFunc(200*time.Millisecond, func() { close(c.begin) })
	if told, status, _ := x.end(); status.Status != "Success" || told[channelOut] != "33554176 bytes" {
		t.Errorf("%q, %+v", told, status)
	}
	service, s := shells(t).startService(t)
	service.inputWithin = 300 * time.Millisecond
	service.closeWithin = 20 * time.Second // the Close comes behind all that is sent
	x = openShell(t, s, "ann-token", "?command=take&stdin=true")
	x.until(channelOut, "ready")
	go flood(x, 64<<20)
	if _, status, closed := x.end(); status.Reason != codeNoInput || closed.Code != websocket.ClosePolicyViolation {
		t.Errorf("%+v, closed with %v", status, closed)
	}
}
