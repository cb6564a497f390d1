package service

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// A download that moves less than slowBytes within slowFor is broken off: it holds a pod.
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
	sent   atomic.Int64
}

// answer sends what write writes. Where that can't be all, the connection is broken off.
func (t *transfer) answer(w http.ResponseWriter, write func(http.Header, io.Writer) error) error {
	defer t.end()
	go t.watch(slowFor)
	err := write(w.Header(), &pacedWriter{w: w, control: http.NewResponseController(w), sent: &t.sent})
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
	var before int64
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
			now := t.sent.Load()
			if now-before < slowBytes {
				t.cancel(errSlow)
				return
			}
			before = now
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
	sent    *atomic.Int64
}

// Write counts what was sent.
func (p *pacedWriter) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(writeFor))
	n, err := p.w.Write(b)
	p.sent.Add(int64(n))
	if err == nil {
		err = p.control.SetWriteDeadline(time.Time{})
	}
	return n, err
}
