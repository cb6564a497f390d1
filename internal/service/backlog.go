package service

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"
)

// maxBacklog is how much input waits for a command, in bytes; one message may go beyond.
const maxBacklog = 512 << 10

// backlog is input on its way to a command, which reads it when it likes.
type backlog struct {
	mu    sync.Mutex
	b     bytes.Buffer
	ended bool // no more comes
	// more and room wake the one who reads, and the one who puts.
	more, room chan struct{}
}

func newBacklog() *backlog {
	return &backlog{more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// Read waits for input; io.EOF says that no more comes.
func (l *backlog) Read(p []byte) (int, error) {
	for {
		l.mu.Lock()
		n, ended := 0, l.ended
		if l.b.Len() > 0 {
			n, _ = l.b.Read(p)
		}
		if l.b.Len() == 0 {
			l.b = bytes.Buffer{} // most shells are idle, and need not hold what was once pasted
		}
		l.mu.Unlock()
		switch {
		case n > 0 || len(p) == 0:
			wake(l.room)
			return n, nil
		case ended:
			wake(l.more) // for the next Read
			return 0, io.EOF
		}
		<-l.more
	}
}

// put adds input, after at most so long a wait for room; taken is false where there is none by then. What comes behind
// the end is dropped.
func (l *backlog) put(ctx context.Context, data []byte, within time.Duration) (taken bool) {
	if l.add(data) {
		return true
	}
	late := time.NewTimer(within)
	defer late.Stop()
	for {
		select {
		case <-l.room:
			if l.add(data) {
				return true
			}
		case <-ctx.Done():
			return true // the command has ended: nobody misses it
		case <-late.C:
			return false
		}
	}
}

func (l *backlog) add(data []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.ended, len(data) == 0:
		return true
	case l.b.Len() >= maxBacklog:
		return false
	}
	_, _ = l.b.Write(data) // never fails
	wake(l.more)
	return true
}

// end says that no more comes behind what waits.
func (l *backlog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	wake(l.more)
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
