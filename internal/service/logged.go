package service

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// entry is what is logged of a request. Neither headers nor bodies are: they hold secrets.
type entry struct {
	http.ResponseWriter
	request                         *http.Request // as it came to its operation
	instance, user, code, operation string
	status                          int
	begun                           bool
	bytes                           int64
	// stream is what the request has become: it is served when all that led to it has returned.
	stream func(http.ResponseWriter) error
}

type entryKey struct{}

func entryOf(r *http.Request) *entry { return entryIn(r.Context()) }

func entryIn(ctx context.Context) *entry {
	e, _ := ctx.Value(entryKey{}).(*entry)
	return e
}

// Unwrap lets http.ResponseController reach the connection.
func (e *entry) Unwrap() http.ResponseWriter { return e.ResponseWriter }

// WriteHeader notes the status.
func (e *entry) WriteHeader(status int) {
	if !e.begun {
		e.status, e.begun = status, true
	}
	e.ResponseWriter.WriteHeader(status)
}

// Write counts what is written.
func (e *entry) Write(b []byte) (int, error) {
	if !e.begun {
		e.status, e.begun = http.StatusOK, true
	}
	n, err := e.ResponseWriter.Write(b)
	e.bytes += int64(n)
	return n, err
}

func (s *Service) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := s.now()
		e := &entry{ResponseWriter: w, instance: newInstance(), status: http.StatusOK, operation: "none"}
		r = r.WithContext(context.WithValue(r.Context(), entryKey{}, e))
		next.ServeHTTP(e, r)
		s.note(r, e, s.now().Sub(started))
	})
}

// stream has a request answered with a stream. Thousands of them wait, each with a stack of its own: what has found out
// who asks and for what needn't lie on it.
func stream(ctx context.Context, serve func(http.ResponseWriter) error) error {
	entryIn(ctx).stream = serve
	return nil
}

// note is apart from what waits for an answer: its variables would lie on the stack of every open stream.
func (s *Service) note(r *http.Request, e *entry, took time.Duration) {
	s.metrics.seen(e.operation, e.status, took)
	level := slog.LevelDebug
	if r.Method != http.MethodGet || e.status == http.StatusSwitchingProtocols || e.status >= http.StatusInternalServerError {
		level = slog.LevelInfo
	}
	s.Log.Log(r.Context(), level, "request", "instance", e.instance, "user", e.user, "method", r.Method, "path", short(r.URL.Path, 512),
		"operation", e.operation, "status", e.status, "code", e.code, "bytes", e.bytes, "seconds", took.Seconds())
}
