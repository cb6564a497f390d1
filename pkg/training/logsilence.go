package training

import (
	"io"
	"sync"
	"time"
)

// watched runs a timer for as long as it waits for bytes, not while they are being handed on.
type watched struct {
	mu      sync.Mutex
	timer   *time.Timer
	silent  time.Duration
	waiting bool
	body    io.Reader
}

// watching begins with the opening of a log, which waits for its first byte.
func (r *reader) watching(silent time.Duration, give func()) *watched {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.most > 0 {
		silent = min(silent, r.most)
	}
	r.watch = &watched{silent: silent, timer: time.AfterFunc(silent, give), waiting: true}
	return r.watch
}

// hurry shortens how long the log may be silent: at present, or from now on.
func (r *reader) hurry(most time.Duration, forGood bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if forGood {
		r.most = most
	}
	if w := r.watch; w != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.silent = min(w.silent, most)
		if w.waiting {
			w.timer.Reset(w.silent)
		}
	}
}

func (w *watched) from(body io.Reader) {
	w.body = body
	w.wait(false)
}

func (w *watched) wait(waiting bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = waiting
	if waiting {
		w.timer.Reset(w.silent)
	} else {
		w.timer.Stop()
	}
}

func (w *watched) Read(p []byte) (int, error) {
	w.wait(true)
	defer w.wait(false)
	return w.body.Read(p)
}
