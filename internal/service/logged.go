package service

import (
	"context"
	"log/slog"
	"net/http"
)

// entry is what is logged of a request. Neither headers nor bodies are: they hold secrets.
type entry struct {
	http.ResponseWriter
	instance, user, code, operation string
	status                          int
	begun                           bool
	bytes                           int64
}

type entryKey struct{}

func entryOf(r *http.Request) *entry {
	e, _ := r.Context().Value(entryKey{}).(*entry)
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
		took := s.now().Sub(started)
		s.metrics.seen(e.operation, e.status, took)
		level := slog.LevelDebug
		if r.Method != http.MethodGet || e.status >= http.StatusInternalServerError {
			level = slog.LevelInfo
		}
		s.Log.Log(r.Context(), level, "request", "instance", e.instance, "user", e.user, "method", r.Method, "path", short(r.URL.Path, 512),
			"operation", e.operation, "status", e.status, "code", e.code, "bytes", e.bytes, "seconds", took.Seconds())
	})
}
