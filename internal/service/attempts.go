package service

import (
	"fmt"
	"math"
	"net"
	"net/http"
	"sync"

	"golang.org/x/time/rate"
)

// signInsPerMinute bounds failed attempts of one peer to sign in; signInsAtOnce how many at once.
const signInsPerMinute, signInsAtOnce = 20, 10

// peer is the address that attempts to sign in come from.
type peer string

// attempts are those of one peer. Each may fail until its end is known, and has its place among the failures from its
// beginning: guesses that come together would all pass otherwise, before the first of them has failed. A reservation of
// the limiter's gives nothing back once its time has come, so they are counted beside it.
type attempts struct {
	mu       sync.Mutex
	failures *rate.Limiter // how many more may fail
	open     int           // those whose end isn't known
}

// attempts are those of the peer that a request is from.
func (s *Service) attempts(r *http.Request) *attempts {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return limits(s, peer(host), func() *attempts {
		return &attempts{failures: rate.NewLimiter(rate.Limit(signInsPerMinute)/60, signInsAtOnce)}
	})
}

// left says whether another attempt may fail at all.
func (a *attempts) left() error {
	tokens := a.failures.Tokens()
	if tokens >= 1 {
		return nil
	}
	const perSecond = signInsPerMinute / 60.0
	seconds := int(math.Ceil((1 - tokens) / perSecond))
	return tooManySignIns("too many attempts to sign in came from your address", fmt.Sprintf("try again in %d s", seconds), seconds)
}

// begin takes a place among the failures, until end is called.
func (a *attempts) begin() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.left(); err != nil {
		return err
	}
	if int(a.failures.Tokens()) <= a.open {
		return tooManySignIns("too many attempts to sign in came from your address at once", "try again in a moment", 1)
	}
	a.open++
	return nil
}

func tooManySignIns(detail, resolution string, seconds int) error {
	return later(problem(http.StatusTooManyRequests, "TooManyRequests", "Too many attempts", detail, resolution), seconds)
}

// end gives the place back, unless the attempt has failed.
func (a *attempts) end(failed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open--
	if failed {
		a.failures.Allow()
	}
}
