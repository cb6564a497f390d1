package feed

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// tokens accepts one token.
type tokens string

func (want tokens) Check(_ context.Context, h wire.Hello) (types.UID, error) {
	if h.Token != string(want) {
		return "", errRefused
	}
	return "pod", nil
}

// bench is a server under test and what it did.
type bench struct {
	hub     *Hub
	address string
	changes chan types.NamespacedName
	mu      sync.Mutex
	logs    strings.Builder
}

func start(t *testing.T) *bench {
	t.Helper()
	b := &bench{changes: make(chan types.NamespacedName, 100)}
	b.hub = NewHub(func(n types.NamespacedName) { b.changes <- n })
	log := funcr.New(func(prefix, args string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.logs.WriteString(prefix + args + "\n")
	}, funcr.Options{})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Hub: b.hub, Checker: tokens("good"), Log: log}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- s.Serve(ctx, tls.NewListener(inner, &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{selfSigned(t)}}))
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	b.address = inner.Addr().String()
	return b
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

type caller struct {
	t     *testing.T
	conn  net.Conn
	lines *bufio.Scanner
}

func (b *bench) dial(t *testing.T) *caller {
	t.Helper()
	conn, err := tls.Dial("tcp", b.address, &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true}) //nolint:gosec // who it is isn't the question here
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &caller{t, conn, bufio.NewScanner(conn)}
}

func (c *caller) say(line string) { _, _ = c.conn.Write([]byte(line + "\n")) }

func (c *caller) send(v any) {
	c.t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		c.t.Fatal(err)
	}
	c.say(string(b))
}

// hear reads a line into v; false when the connection is over.
func (c *caller) hear(v any) bool {
	c.t.Helper()
	if !c.lines.Scan() {
		return false
	}
	if err := json.Unmarshal(c.lines.Bytes(), v); err != nil {
		c.t.Fatalf("%q: %v", c.lines.Text(), err)
	}
	return true
}

func hello(token string) wire.Hello {
	return wire.Hello{Version: wire.Version, Token: token, Namespace: "ns", Job: "pi", UID: "u", Attempt: 1}
}

func (b *bench) join(t *testing.T) *caller {
	t.Helper()
	c := b.dial(t)
	c.send(hello("good"))
	var w wire.Welcome
	if !c.hear(&w) || !w.OK {
		t.Fatalf("not welcome: %+v", w)
	}
	<-b.changes
	return c
}

func TestReportsAndOrders(t *testing.T) {
	b := start(t)
	c := b.join(t)
	want := &wire.Report{Version: wire.Version, Stage: wire.StageRunning, Workers: []wire.WorkerReport{{Index: 0, State: wire.WorkerReachable, Ranks: []int{0, 1}}}}
	c.send(want)
	if got := <-b.changes; got != (types.NamespacedName{Namespace: "ns", Name: "pi"}) {
		t.Errorf("told of %v", got)
	}
	if diff := cmp.Diff(State{Report: want, Pod: "pod", Connected: true}, b.hub.Latest("u", 1)); diff != "" {
		t.Errorf("Latest() (-want +got):\n%s", diff)
	}
	if b.hub.Latest("u", 2).Connected {
		t.Error("another attempt counts as connected")
	}
	why := &failure.Failure{Reason: failure.WorkerLost, Where: "Worker 1"}
	b.hub.Stop("u", 1, why)
	b.hub.Stop("u", 1, why)
	var order wire.Order
	if !c.hear(&order) {
		t.Fatal("no order came")
	}
	if diff := cmp.Diff(wire.Order{Stop: why}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	_ = c.conn.Close()
	<-b.changes
	if b.hub.Latest("u", 1).Connected {
		t.Error("still connected after it went away")
	}
}

func TestTheLastWordOutlivesTheConnection(t *testing.T) {
	b := start(t)
	c := b.join(t)
	want := &wire.Report{Version: wire.Version, Stage: wire.StageExited, LastWord: `{"version":1}`}
	c.send(want)
	<-b.changes
	_ = c.conn.Close()
	<-b.changes
	if diff := cmp.Diff(State{Report: want, Pod: "pod"}, b.hub.Latest("u", 1)); diff != "" {
		t.Errorf("Latest() (-want +got):\n%s", diff)
	}
	// The Launcher is tried again: what its former self said is of no interest any more.
	b.join(t)
	if diff := cmp.Diff(State{Pod: "pod", Connected: true}, b.hub.Latest("u", 1)); diff != "" {
		t.Errorf("Latest() (-want +got):\n%s", diff)
	}
}

func TestANewerConnectionReplacesTheOld(t *testing.T) {
	b := start(t)
	old := b.join(t)
	b.join(t)
	if old.hear(&wire.Order{}) {
		t.Error("the old connection is still open")
	}
	<-b.changes // the old one's leaving, which must not take the new one with it
	if !b.hub.Latest("u", 1).Connected {
		t.Error("the new connection left with the old")
	}
}

func TestRefused(t *testing.T) {
	tests := map[string]string{
		"forged token":      `{"version":1,"token":"SECRET","namespace":"ns","job":"pi","uid":"u","attempt":1}`,
		"no token":          `{"version":1,"namespace":"ns","job":"pi","uid":"u","attempt":1}`,
		"other version":     `{"version":99,"token":"good","namespace":"ns","job":"pi","uid":"u","attempt":1}`,
		"garbage":           "\x00\xff\x01GET / HTTP/1.1",
		"two in a line":     `{"version":1} {"version":1}`,
		"a very long hello": strings.Repeat("x", wire.MaxFeedMessage+1),
	}
	for name, line := range tests {
		t.Run(name, func(t *testing.T) {
			b := start(t)
			c := b.dial(t)
			c.say(line)
			var w wire.Welcome
			if c.hear(&w) && (w.OK || w.Error == "") {
				t.Errorf("welcomed: %+v", w)
			}
			if c.hear(&w) {
				t.Error("the connection is still open")
			}
			if b.hub.Latest("u", 1).Connected {
				t.Error("the hub has it")
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			if strings.Contains(b.logs.String(), "SECRET") {
				t.Errorf("the token is in the log: %s", b.logs.String())
			}
		})
	}
}

func TestGarbageAfterTheHelloEndsTheFeed(t *testing.T) {
	for name, line := range map[string]string{
		"not JSON":      "}{",
		"negative rank": `{"version":1,"workers":[{"ranks":[-1]}]}`,
		"long-winded":   `{"version":1,"lastWord":"` + strings.Repeat("x", wire.MaxLastWord+1) + `"}`,
		"forged":        `{"version":1,"progress":{"percent":1000}}`,
		"made up":       `{"version":1,"progress":{"metrics":[{"name":"<script>","value":1}]}}`,
		"too long":      strings.Repeat(" ", wire.MaxFeedMessage+1),
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t)
			c := b.join(t)
			c.say(line)
			if c.hear(&wire.Order{}) {
				t.Error("the connection is still open")
			}
		})
	}
}

func TestPublicTextKeepsSecretsOfRefusals(t *testing.T) {
	if got := publicText(errRefused); got != errRefused.Error() {
		t.Errorf("got %q", got)
	}
	if got := publicText(errors.New("reviewing a token: down")); !strings.Contains(got, "can't be opened now") {
		t.Errorf("got %q", got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version":1,"token":"t","namespace":"n","job":"j","uid":"u","attempt":1}`))
	f.Add([]byte(`{"version":1,"stage":"Running","workers":[{"index":0,"ranks":[0]}]}`))
	f.Add([]byte(`{"version":1,"progress":{"percent":40,"metrics":[{"name":"loss","value":0.31}]}}`))
	f.Add([]byte("{}{}"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if h, err := decodeHello(line); err == nil && (h.Token == "" || h.Attempt < 1) {
			t.Errorf("accepted %+v", h)
		}
		if r, err := decodeReport(line); err == nil && r.Version != wire.Version {
			t.Errorf("accepted version %d", r.Version)
		} else if err == nil && r.Progress != nil && r.Progress.Check() != nil {
			t.Errorf("accepted progress %+v", r.Progress)
		}
	})
}
