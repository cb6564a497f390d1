package service

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// How long a reader may take to take in what is written, and everything there is at once; then its
// stream ends.
const (
	writeFor    = 20 * time.Second
	snapshotFor = 60 * time.Second
)

// sse writes server-sent events. Between events it holds no buffer.
type sse struct {
	w       http.ResponseWriter
	control *http.ResponseController
	until   time.Time // zero: each write has its own time
}

// within bounds the time of all that is written until the function it returns is called.
func (e *sse) within(d time.Duration) (end func()) {
	e.until = time.Now().Add(d)
	return func() { e.until = time.Time{} }
}

var buffers = sync.Pool{New: func() any { return &bytes.Buffer{} }}

// startSSE answers with a stream.
func startSSE(w http.ResponseWriter) (*sse, error) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // proxies are to pass on each event at once
	e := &sse{w: w, control: http.NewResponseController(w)}
	// The server's limit is on reading a request; this one has been read.
	_ = e.control.SetReadDeadline(time.Time{})
	w.WriteHeader(http.StatusOK)
	// Those who were on one connection, or on one replica, and lose it don't come back at one moment.
	if err := e.retry(comeBack(1, rand.Float64())); err != nil { //nolint:gosec // no secret
		return e, err
	}
	return e, e.comment("open")
}

// retry says how long to wait until one comes back, should the stream break off.
func (e *sse) retry(after time.Duration) error {
	return e.write([]byte("retry: " + strconv.FormatInt(after.Milliseconds(), 10) + "\n\n"))
}

// event writes one event; data is one line. Without an id the reader's last one stays. It is on its way after flush.
func (e *sse) event(kind, id string, data []byte) error {
	b := buffers.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= 64<<10 {
			buffers.Put(b)
		}
	}()
	b.Reset()
	if kind != "" {
		b.WriteString("event: " + kind + "\n")
	}
	if id != "" {
		b.WriteString("id: " + id + "\n")
	}
	if data != nil {
		b.WriteString("data: ")
		b.Write(data)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return e.write(b.Bytes())
}

// place writes an event that gives all before it an id. An empty one takes the reader's last id away: who comes back
// without one begins anew.
func (e *sse) place(id string) error {
	return e.write([]byte("event: place\nid: " + id + "\ndata: {}\n\n"))
}

// comment is for nobody: it shows that the stream is alive.
func (e *sse) comment(text string) error {
	if err := e.write([]byte(": " + text + "\n\n")); err != nil {
		return err
	}
	return e.flush()
}

func (e *sse) write(b []byte) error {
	deadline := time.Now().Add(writeFor)
	if !e.until.IsZero() && e.until.Before(deadline) {
		deadline = e.until
	}
	_ = e.control.SetWriteDeadline(deadline)
	_, err := e.w.Write(b)
	return err
}

// flush sends what was written. HTTP/2 takes a deadline as an appointment, whether anything is written
// then or not: it is called off.
func (e *sse) flush() error {
	err := e.control.Flush()
	if err == nil {
		err = e.control.SetWriteDeadline(time.Time{})
	}
	return err
}
