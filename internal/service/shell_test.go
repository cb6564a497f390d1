package service

import (
	"net"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"k8s.io/apimachinery/pkg/util/remotecommand"
)

// A client that sends much and reads late gets the exit code all the same: its connection isn't reset.
func TestExecTellsTheEndToWhoStillSends(t *testing.T) {
	s := shells(t).start(t)
	for range 3 {
		x := openShell(t, s, "ann-token", "?command=exit&command=3&stdin=true")
		piece := make([]byte, 64<<10)
		for range 32 {
			if err := x.WriteMessage(websocket.BinaryMessage, piece); err != nil {
				t.Fatalf("the connection is closed before its end: %v", err)
			}
			time.Sleep(5 * time.Millisecond)
		}
		if _, status, closed := x.end(); status.Reason != "NonZeroExitCode" || closed.Code != websocket.CloseNormalClosure {
			t.Errorf("%+v, closed with %v", status, closed)
		}
	}
}

// A client that never closes its side is waited for for a moment.
func TestExecDoesNotWaitForEver(t *testing.T) {
	service, s := shells(t).startService(t)
	x := openShell(t, s, "ann-token", "?command=exit&command=0")
	x.SetCloseHandler(func(int, string) error { return nil })
	x.end()
	began := time.Now()
	service.shells.awaitNone(20 * time.Second)
	if took := time.Since(began); service.shells.count() != 0 || took > 3*closeWithin {
		t.Errorf("after %s %v are open", took, service.shells.count())
	}
}

func TestNothingComesBehindTheStatus(t *testing.T) {
	sh := &shell{closed: true}
	if n, err := (&channelWriter{sh, remotecommand.StreamStdOut}).Write([]byte("late")); n != 0 || err == nil {
		t.Errorf("%d bytes are sent, %v", n, err)
	}
}

// When the listener fails, the shells are told at once that the service ends.
func TestShellsAreToldThatTheListenerFailed(t *testing.T) {
	service, s := shells(t).startService(t)
	x := openShell(t, s, "ann-token", "?command=wait&stdin=true")
	x.until(channelOut, "ready")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	ended := make(chan error, 1)
	began := time.Now()
	go func() { ended <- service.serve(t.Context(), listener, nil) }()
	if _, status, closed := x.end(); status.Reason != codeDraining || closed.Code != websocket.CloseServiceRestart {
		t.Errorf("%+v, closed with %v", status, closed)
	}
	if err := <-ended; err == nil || time.Since(began) > drainWithin/2 {
		t.Errorf("%v, after %s", err, time.Since(began))
	}
	service.Drain()
}
