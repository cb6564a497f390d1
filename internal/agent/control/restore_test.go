package control

import (
	"context"
	"crypto/ed25519"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/supervise"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// losses are the Workers that were told to be lost; other events don't matter.
type losses chan string

func (losses) Waiting(int, string)           {}
func (losses) Reachable(int)                 {}
func (losses) Told(int, wire.ControlMessage) {}
func (l losses) Lost(_ int, why string, _ supervise.Loss) {
	l <- why
}

// restoring is a job whose Workers are looked for again, each at an address of its own on one free port. No other
// tests have addresses of that network: a port is free on all of them that is free on one.
type restoring struct {
	*testing.T
	job   *wire.Job
	key   ssh.Signer
	slots chan struct{}
	lost  losses
}

func newRestoring(t *testing.T, slots int, workers ...string) *restoring {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	free := listen(t, "127.1.0.9:0")
	port := free.Addr().(*net.TCPAddr).Port
	_ = free.Close()
	return &restoring{T: t, key: key, slots: make(chan struct{}, slots), lost: make(losses, len(workers)),
		job: &wire.Job{Workers: workers, Port: port}}
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// serve takes a Worker's connections.
func (r *restoring) serve(worker int, take func(net.Conn)) net.Listener {
	r.Helper()
	l := listen(r.T, net.JoinHostPort(r.job.Workers[worker], strconv.Itoa(r.job.Port)))
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			take(conn)
		}
	}()
	return l
}

// begin looks for every Worker as after a session that broke.
func (r *restoring) begin() {
	ctx, cancel := context.WithCancel(r.Context())
	var done sync.WaitGroup
	r.Cleanup(func() {
		cancel()
		done.Wait()
	})
	for i := range r.job.Workers {
		w := &Watcher{Job: r.job, Index: i, Key: r.key, Slots: r.slots, Events: r.lost}
		done.Go(func() { w.restore(ctx, "an instance", errClosed) })
	}
}

// Workers that take connections and don't speak keep nobody else waiting: one that is gone is told of.
func TestBusyWorkersHoldNoSlots(t *testing.T) {
	r := newRestoring(t, 1, "127.1.0.2", "127.1.0.3", "127.1.0.4")
	var mu sync.Mutex
	var held []net.Conn
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range held {
			_ = c.Close()
		}
	})
	taken := make(chan struct{}, 100)
	for i := range 2 {
		r.serve(i, func(c net.Conn) {
			mu.Lock()
			held = append(held, c)
			mu.Unlock()
			taken <- struct{}{}
		})
	}
	r.begin()
	<-taken
	<-taken
	select {
	case why := <-r.lost:
		if why != "its container ended" {
			t.Errorf("lost since %s", why)
		}
	case <-time.After(limits.Handshake):
		t.Error("the Worker that is gone waits for those that are busy")
	}
}

// A machine that takes connections lives: that its agent gives them up again ends no job, until nothing
// listens there any more.
func TestGivenUpConnectionsAreNoLoss(t *testing.T) {
	r := newRestoring(t, 1, "127.1.0.5")
	l := r.serve(0, func(c net.Conn) { _ = c.Close() })
	r.begin()
	select {
	case why := <-r.lost:
		t.Fatalf("lost since %s", why)
	case <-time.After(limits.Reconnect + time.Second):
	}
	_ = l.Close()
	if why := <-r.lost; why != "its container ended" {
		t.Errorf("lost since %s", why)
	}
}
