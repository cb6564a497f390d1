package service

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"k8s.io/apimachinery/pkg/util/remotecommand"

	"github.com/opendatahub-io/mpijob/internal/testkit/screen"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

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

func TestExecEndsFromOutside(t *testing.T) {
	t.Parallel()
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
					o.ShellIdle = 3 * time.Second // longer than it takes to begin
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

// A client that sends much and reads late gets the exit code all the same: its connection isn't reset.
func TestExecTellsTheEndToWhoStillSends(t *testing.T) {
	service, s := shells(t).startService(t)
	service.closeWithin = 20 * time.Second // it sends its Close behind all the rest
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
	service.closeWithin = 100 * time.Millisecond
	x := openShell(t, s, "ann-token", "?command=exit&command=0")
	x.SetCloseHandler(func(int, string) error { return nil })
	x.end()
	service.shells.awaitNone(20 * time.Second)
	if n := service.shells.count(); n != 0 {
		t.Errorf("%v are open", n)
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
	// Who isn't told is waited for as long as that.
	if err := <-ended; err == nil || time.Since(began) >= drainWithin {
		t.Errorf("%v, after %s", err, time.Since(began))
	}
	service.Drain()
}
