package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/service/api"
)

// Handler is all of the service.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	strict := api.NewStrictHandlerWithOptions(&operations{s}, nil, api.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  func(w http.ResponseWriter, r *http.Request, err error) { s.fail(w, r, unreadable(err)) },
		ResponseErrorHandlerFunc: s.fail,
	})
	api.HandlerWithOptions(strict, api.StdHTTPServerOptions{
		BaseRouter:  mux,
		Middlewares: []api.MiddlewareFunc{s.checked},
		ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			s.fail(w, r, badRequest(firstLine(err.Error())))
		},
	})
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, s.noRoute(w, r)) })

	all := http.NewServeMux()
	all.Handle("/api/", s.bounded(s.authenticated(mux)))
	s.addPages(all)
	// A browser that another site sends here has the user's cookie of the proxy with it.
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, problem(http.StatusForbidden, "CrossOrigin", "From another site", "a page of another site may change nothing here"))
	}))
	guarded := crossOrigin.Handler(all)
	return s.logged(s.recovered(s.ourHost(headers(guarded))))
}

func unreadable(err error) error { return asBadRequest(err) }

// noRoute is what to say of an address or a method that the contract doesn't have.
func (s *Service) noRoute(w http.ResponseWriter, r *http.Request) error {
	var allowed []string
	for _, route := range s.contract.routes {
		if matches(route.Path, r.URL.Path) {
			allowed = append(allowed, route.Method)
		}
	}
	if len(allowed) == 0 {
		return problem(http.StatusNotFound, "NoSuchAddress", "Nothing is here", "this service has no such address", "see /docs for what there is")
	}
	slices.Sort(allowed)
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return problem(http.StatusMethodNotAllowed, "MethodNotAllowed", "Not with this method", "this address takes "+strings.Join(allowed, ", "))
}

// matches says whether an address is one of a path of the contract.
func matches(path, address string) bool {
	a, b := strings.Split(path, "/"), strings.Split(address, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !strings.HasPrefix(a[i], "{") {
			return false
		}
	}
	return true
}

func (s *Service) checked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e := entryOf(r); e != nil {
			e.operation = s.contract.operation(r.Pattern)
		}
		if err := s.contract.check(r); err != nil {
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// bounded bounds a request's body; its time and number too, unless it is a stream, which has bounds of
// its own.
func (s *Service) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.Header().Set("Allow", http.MethodGet)
			s.fail(w, r, problem(http.StatusMethodNotAllowed, "MethodNotAllowed", "Not with this method", "HEAD is not answered here: use GET"))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, s.Limits.Body)
		if forStream(r) {
			next.ServeHTTP(w, r)
			return
		}
		done, err := s.begin()
		if err != nil {
			s.fail(w, r, err)
			return
		}
		defer done()
		control := http.NewResponseController(w)
		_ = control.SetWriteDeadline(time.Now().Add(2 * s.Limits.Time))
		ctx, cancel := context.WithTimeout(r.Context(), s.Limits.Time)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func forStream(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/v1/streams/") }

func (s *Service) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := tokenOf(r, s.TrustedProxies)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		c, err := s.gate.Authenticate(r.Context(), token)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if e := entryOf(r); e != nil {
			e.user = c.User
		}
		if err := s.tooFast(c); err != nil {
			s.fail(w, r, err)
			return
		}
		if !forStream(r) {
			done, err := s.working.open(c.User)
			if err != nil {
				s.fail(w, r, err)
				return
			}
			defer done()
		}
		// Nobody needs it from here on.
		r.Header.Del("Authorization")
		r.Header.Del(forwardedToken)
		next.ServeHTTP(w, r.WithContext(withCaller(r.Context(), c)))
	})
}

// ourHost refuses requests for other hosts, where the service knows its own: a page that has its name
// point to this machine gets nothing here.
func (s *Service) ourHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(s.Hosts) > 0 && !slices.Contains(s.Hosts, r.Host) {
			s.fail(w, r, problem(http.StatusMisdirectedRequest, "WrongHost", "Not this host", "this service is reached as "+s.Hosts[0]))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// headers keep browsers from guessing, framing, caching and telling others.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("Cache-Control", "private, no-cache")
		h.Set("Vary", "Authorization, "+forwardedToken)
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// errInternal is all that a caller is told of a panic.
var errInternal = errors.New("the service made a mistake")

// panicked logs a panic that was caught.
func (s *Service) panicked(what any) {
	s.Log.Error("panic", "what", fmt.Sprint(what), "stack", string(debug.Stack()))
}

func (s *Service) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			what := recover()
			if what == nil {
				return
			}
			if what == http.ErrAbortHandler { //nolint:errorlint // it is the value itself
				panic(what)
			}
			s.panicked(what)
			s.fail(w, r, errInternal)
		}()
		next.ServeHTTP(w, r)
	})
}

// fail answers with an error, unless an answer has begun.
func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := asProblem(err)
	instance := ""
	if e := entryOf(r); e != nil {
		instance, e.code = e.instance, p.Code
		if p.Status >= http.StatusInternalServerError {
			s.Log.Log(r.Context(), slog.LevelWarn, "request failed", "instance", e.instance, "code", p.Code, "error", short(err.Error(), maxDetail))
		}
		if e.begun {
			return
		}
	}
	p.write(w, instance)
}
