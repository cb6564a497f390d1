package feed

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

const patience = 30 * time.Second

// controller is the other end: a TLS listener whose connections a test serves by hand.
type controller struct {
	t        *testing.T
	listener net.Listener
	feed     *wire.Feed
}

func newController(t *testing.T) *controller {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "feed"}, DNSNames: []string{"feed.test"},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS13,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &controller{t, l, &wire.Feed{
		Address: l.Addr().String(), ServerName: "feed.test",
		CA: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
	}}
}

// conn is an accepted feed.
type conn struct {
	t     *testing.T
	c     net.Conn
	lines *bufio.Scanner
}

func (k *controller) accept(welcome wire.Welcome) (*conn, wire.Hello) {
	k.t.Helper()
	c, err := k.listener.Accept()
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	lines := bufio.NewScanner(c)
	lines.Buffer(nil, wire.MaxFeedMessage)
	f := &conn{k.t, c, lines}
	var hello wire.Hello
	f.read(&hello)
	f.write(welcome)
	return f, hello
}

func (f *conn) read(v any) {
	f.t.Helper()
	if !f.lines.Scan() {
		f.t.Fatalf("no line: %v", f.lines.Err())
	}
	if err := json.Unmarshal(f.lines.Bytes(), v); err != nil {
		f.t.Fatal(err)
	}
}

func (f *conn) write(v any) {
	f.t.Helper()
	if err := json.NewEncoder(f.c).Encode(v); err != nil {
		f.t.Fatal(err)
	}
}

func start(t *testing.T, k *controller, say func(string)) (*Client, chan failure.Failure) {
	t.Helper()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	orders := make(chan failure.Failure, 1)
	job := &wire.Job{Namespace: "ns", Name: "pi", UID: "u", Attempt: 2, Feed: k.feed}
	c := New(job, token, func(f failure.Failure) { orders <- f }, say)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		c.Run(ctx)
		close(done)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return c, orders
}

func at(stage wire.Stage) wire.Report {
	return wire.Report{Version: wire.Version, At: time.Now(), Stage: stage}
}

func TestFeed(t *testing.T) {
	k := newController(t)
	c, orders := start(t, k, func(string) {})
	c.Publish(at(wire.StageWaiting))
	f, hello := k.accept(wire.Welcome{OK: true})
	want := wire.Hello{Version: wire.Version, Token: "secret", Namespace: "ns", Job: "pi", UID: "u", Attempt: 2}
	if hello != want {
		t.Errorf("hello %+v, want %+v", hello, want)
	}
	var r wire.Report
	if f.read(&r); r.Stage != wire.StageWaiting {
		t.Errorf("first report %+v", r)
	}
	// The same again is nothing to tell.
	c.Publish(at(wire.StageWaiting))
	c.Publish(at(wire.StageRunning))
	if f.read(&r); r.Stage != wire.StageRunning {
		t.Errorf("second report %+v", r)
	}
	f.write(wire.Order{Stop: &failure.Failure{Reason: failure.DeadlineExceeded}})
	if got := <-orders; got.Reason != failure.DeadlineExceeded {
		t.Errorf("order %+v", got)
	}
	// The controller restarts: the newest state comes first, whatever was sent before.
	_ = f.c.Close()
	f, _ = k.accept(wire.Welcome{OK: true})
	if f.read(&r); r.Stage != wire.StageRunning {
		t.Errorf("report after a reconnect %+v", r)
	}
	c.Publish(at(wire.StageExited))
	c.Flush(patience)
	if f.read(&r); r.Stage != wire.StageExited {
		t.Errorf("last report %+v", r)
	}
}

func TestFeedRefused(t *testing.T) {
	k := newController(t)
	said := make(chan string, 10)
	c, _ := start(t, k, func(s string) { said <- s })
	c.Publish(at(wire.StageWaiting))
	k.accept(wire.Welcome{Error: "not this job's token"})
	if got := <-said; !strings.Contains(got, "not this job's token") || !strings.Contains(got, "the job runs on") {
		t.Errorf("said %q", got)
	}
	// Said once; and the token is never part of it.
	k.accept(wire.Welcome{Error: "again"})
	f, _ := k.accept(wire.Welcome{OK: true})
	var r wire.Report
	f.read(&r)
	if len(said) > 0 {
		t.Errorf("said again: %q", <-said)
	}
}

func TestFlushGivesUp(t *testing.T) {
	c := New(&wire.Job{}, "", nil, nil)
	c.Publish(at(wire.StageExited))
	c.Flush(time.Millisecond)
}

func TestStrangeControllerGetsNoToken(t *testing.T) {
	k, other := newController(t), newController(t)
	k.feed.CA = other.feed.CA
	c, _ := start(t, k, func(string) {})
	c.Publish(at(wire.StageWaiting))
	conn, err := k.listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	if n, err := conn.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes sent to a stranger", n)
	}
}

func FuzzNext(f *testing.F) {
	f.Add([]byte(`{"stop":{"reason":"x"}}` + "\n"))
	f.Add([]byte("\n\n{"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		lines := bufio.NewScanner(strings.NewReader(string(data)))
		lines.Buffer(nil, wire.MaxFeedMessage)
		for {
			var o wire.Order
			if next(lines, &o) != nil {
				return
			}
		}
	})
}
