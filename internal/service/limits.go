package service

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits are what bounds somebody, made at their first request; one who has been quiet for minutes starts afresh. Two
// first requests at once have the same.
func limits[T any](s *Service, of any, begin func() T) T {
	s.limiting.Lock()
	defer s.limiting.Unlock()
	l, ok := s.limiters.Get(of)
	if !ok {
		l = begin()
	}
	s.limiters.Add(of, l, 10*time.Minute)
	return l.(T)
}

// limiter is the user's, whatever their tokens.
func (s *Service) limiter(c *Caller) *rate.Limiter {
	return limits(s, c.User, func() *rate.Limiter { return rate.NewLimiter(rate.Limit(s.Limits.Rate), s.Limits.Burst) })
}

func (s *Service) tooFast(c *Caller) error {
	if s.limiter(c).Allow() {
		return nil
	}
	s.metrics.limited.Inc()
	return later(problem(http.StatusTooManyRequests, "TooManyRequests", "Too many requests", "you send more requests than one caller may", "open a stream instead of asking again and again", "wait as long as Retry-After says"), 1)
}

// begin takes a place among the requests that are worked on, without waiting for one.
func (s *Service) begin() (done func(), err error) {
	select {
	case s.requests <- struct{}{}:
		return func() { <-s.requests }, nil
	default:
		s.metrics.limited.Inc()
		return nil, later(problem(http.StatusServiceUnavailable, "Busy", "The service is busy", "the service works on as many requests as it can", "try again in a moment"), 1)
	}
}

// streams counts open streams, or requests that are worked on, in all and by caller.
type streams struct {
	what            string
	most, perCaller int
	mu              sync.Mutex
	all             int
	by              map[string]int
	none            chan struct{} // closed when there are none, where somebody waits for it
}

func newStreams(what string, most, perCaller int) *streams {
	return &streams{what: what, most: most, perCaller: perCaller, by: map[string]int{}}
}

func (s *streams) open(id string) (done func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.all >= s.most:
		return nil, later(problem(http.StatusServiceUnavailable, "Busy", "The service is busy", "as many "+s.what+" are open as the service can hold", "try again in a moment"), 5)
	case s.by[id] >= s.perCaller:
		return nil, later(problem(http.StatusTooManyRequests, "TooMany"+strings.ToUpper(s.what[:1])+s.what[1:], "Too many "+s.what, "you have as many "+s.what+" open as one caller may", "let one end first"), 5)
	}
	s.all++
	s.by[id]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		if s.by[id]--; s.by[id] <= 0 {
			delete(s.by, id)
		}
		if s.all == 0 && s.none != nil {
			close(s.none)
			s.none = nil
		}
	}, nil
}

// awaitNone waits until none is open, or so long.
func (s *streams) awaitNone(within time.Duration) {
	s.mu.Lock()
	if s.all == 0 {
		s.mu.Unlock()
		return
	}
	if s.none == nil {
		s.none = make(chan struct{})
	}
	none := s.none
	s.mu.Unlock()
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case <-none:
	case <-late.C:
	}
}

func (s *streams) count() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return float64(s.all)
}
