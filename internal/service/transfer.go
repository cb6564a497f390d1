package service

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// A download that moves less than slowBytes within slowFor is broken off: it holds a pod, or a place that others want.
const (
	slowFor   = time.Minute
	slowBytes = 64 << 10
)

// transfer is an answer that a caller downloads: what breaks off doesn't look whole.
type transfer struct {
	s      *Service
	ctx    context.Context
	cancel context.CancelCauseFunc
	end    func()
	job    string
	right  Right
	// patient is one whose source may take its time, as a log of which few lines match: a slow taker alone ends it.
	patient bool
	sent    atomic.Int64 // bytes
	taking  atomic.Int64 // how long writing them took, in nanoseconds
}

// answer sends what write writes. Where that can't be all, the connection is broken off.
func (t *transfer) answer(w http.ResponseWriter, write func(http.Header, io.Writer) error) error {
	defer t.end()
	err := write(w.Header(), &pacedWriter{w: w, control: http.NewResponseController(w), transfer: t})
	if err == nil {
		return nil
	}
	if cause := context.Cause(t.ctx); cause != nil {
		err = cause
	}
	t.s.Log.Info("a download broke off", "job", t.job, "bytes", t.sent.Load(), "error", short(err.Error(), maxDetail))
	panic(http.ErrAbortHandler)
}

// errSlow is what ends a download that holds its pod for nothing.
var errSlow = errors.New("it was too slow")

// watch breaks the download off when the caller may no longer have it, when it hardly moves, and when the
// service ends.
func (t *transfer) watch(every time.Duration) {
	defer func() {
		// This isn't the request's goroutine, whose panics are caught.
		if p := recover(); p != nil {
			t.s.panicked(p)
			t.cancel(errInternal)
		}
	}()
	rights := t.s.watchdog(t.ctx, t.s.holds(t.right))
	defer rights.stop()
	pace := time.NewTicker(every)
	defer pace.Stop()
	var before, took int64
	for {
		select {
		case <-t.ctx.Done():
			return
		case <-rights.tick():
			if end, _ := rights.look(); end != nil {
				t.cancel(end)
				return
			}
		case <-pace.C:
			sent, taking := t.sent.Load(), t.taking.Load()
			if sent-before < slowBytes && (!t.patient || time.Duration(taking-took) > every/2) {
				t.cancel(errSlow)
				return
			}
			before, took = sent, taking
		case <-t.s.draining:
			t.cancel(draining())
			return
		}
	}
}

// pacedWriter gives each write its own time: a reader that takes nothing in is left.
type pacedWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	*transfer
}

// Write counts what was sent, and how long that took.
func (p *pacedWriter) Write(b []byte) (int, error) {
	began := time.Now()
	_ = p.control.SetWriteDeadline(began.Add(writeFor))
	n, err := p.w.Write(b)
	p.sent.Add(int64(n))
	p.taking.Add(int64(time.Since(began)))
	if err == nil {
		err = p.control.SetWriteDeadline(time.Time{})
	}
	return n, err
}
