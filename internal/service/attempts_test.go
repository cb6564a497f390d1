package service

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/time/rate"
)

// undecided is a Gate that knows nobody, and says so when it is told to.
type undecided struct {
	Gate
	asked atomic.Int64
	say   chan struct{}
}

func (g *undecided) Authenticate(context.Context, string) (*Caller, error) {
	g.asked.Add(1)
	<-g.say
	return nil, unauthenticated("nobody knows it")
}

// Guesses that come at once are no more than those that come one after the other.
func TestGuessesAtOnceAreBounded(t *testing.T) {
	const guesses = 200
	gate := &undecided{say: make(chan struct{})}
	service, _ := newCluster(t).startService(t, func(o *Options) { o.Gate = gate })
	h := service.Handler()
	var refused, denied atomic.Int64
	var all sync.WaitGroup
	for range guesses {
		all.Go(func() {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/session", strings.NewReader(`{"token":"guess"}`))
			r.RemoteAddr = "127.0.0.1:1234"
			w := httptest.NewRecorder()
			switch h.ServeHTTP(w, r); w.Code {
			case http.StatusTooManyRequests:
				refused.Add(1)
			case http.StatusUnauthorized:
				denied.Add(1)
			default:
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	await(t, "guess of each", func() bool { return gate.asked.Load()+refused.Load() == guesses })
	if n := gate.asked.Load(); n != signInsAtOnce {
		t.Errorf("the cluster is asked about %d guesses at once", n)
	}
	close(gate.say)
	all.Wait()
	if denied.Load() != gate.asked.Load() {
		t.Errorf("%d of %d guesses are answered", denied.Load(), gate.asked.Load())
	}
}

// A place comes back from an attempt that doesn't fail, however long it took; one that fails keeps it.
func TestAttemptsGiveBackTheirPlaces(t *testing.T) {
	a := &attempts{failures: rate.NewLimiter(0, 2)}
	for _, failed := range []bool{false, false, false, true, false, true} {
		if err := a.begin(); err != nil {
			t.Fatal(err)
		}
		a.end(failed)
	}
	if a.begin() == nil {
		t.Error("two have failed, and a third may")
	}
}

// First requests that come at once are bounded together.
func TestFirstRequestsShareTheirLimits(t *testing.T) {
	service, _ := newCluster(t).startService(t)
	for n := range 1000 {
		c := &Caller{User: fmt.Sprint("user-", n)}
		got := make([]*rate.Limiter, 16)
		var all sync.WaitGroup
		begin := make(chan struct{})
		for i := range got {
			all.Go(func() { <-begin; got[i] = service.limiter(c) })
		}
		close(begin)
		all.Wait()
		for _, l := range got {
			if l != got[0] {
				t.Fatal("one caller has two limiters")
			}
		}
	}
}
