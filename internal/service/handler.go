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
	"github.com/opendatahub-io/mpijob/pkg/training"
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
	s.addSession(all)
	// A browser that another site sends here has the user's cookie of the proxy with it.
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, errCrossOrigin) }))
	guarded := crossOrigin.Handler(all)
	return s.logged(s.recovered(s.ourHost(headers(guarded))))
}

var errCrossOrigin = problem(http.StatusForbidden, "CrossOrigin", "From another site", "a page of another site may change nothing here")

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
			e.operation, e.request = s.contract.operation(r.Pattern), r
		}
		if err := s.contract.check(r); err != nil {
			s.fail(w, r, err)
			return
		}
		if err := sameCaller(r); err != nil {
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sameCaller refuses a request that is made as somebody else than its caller is, where it says as whom: every stream may.
func sameCaller(r *http.Request) error {
	is := callerOf(r.Context()).User
	for _, want := range r.URL.Query()["callerIs"] {
		if want != "" && want != is {
			return problem(http.StatusConflict, "OtherCaller", "Somebody else is signed in", "the stream is asked for as "+want+", and you are "+is, "ask for it as "+is)
		}
	}
	return nil
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
		most := s.Limits.Body
		if bringsCode(r) {
			most += maxCodeBody
		}
		if r.Body != http.NoBody { // of which the contract's check would keep a buffer
			r.Body = http.MaxBytesReader(w, r.Body, most)
		}
		if forStream(r) {
			next.ServeHTTP(w, r)
			return
		}
		if forDownload(r) {
			// Reading outputs makes a pod, which is no change that others' pages may cause.
			if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
				s.fail(w, r, errCrossOrigin)
				return
			}
			unhurried(w, r, next)
			return
		}
		s.inTime(w, r, next)
	})
}

// inTime works on a request that is no stream.
func (s *Service) inTime(w http.ResponseWriter, r *http.Request, next http.Handler) {
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
}

func forStream(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/v1/streams/") }

func (s *Service) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, done, err := s.admit(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		defer done()
		next.ServeHTTP(w, r)
	})
}

// admit is a request with its caller; done must be called when it has been answered.
func (s *Service) admit(r *http.Request) (of *http.Request, done func(), err error) {
	token, _, err := s.tokenFrom(r)
	if err != nil {
		return r, nil, err
	}
	c, err := s.gate.Authenticate(r.Context(), token)
	if err != nil {
		return r, nil, err
	}
	if e := entryOf(r); e != nil {
		e.user = c.User
	}
	if err := s.tooFast(c); err != nil {
		return r, nil, err
	}
	done = func() {}
	if !forStream(r) && !forDownload(r) {
		if done, err = s.working.open(c.User); err != nil {
			return r, nil, err
		}
	}
	// Nobody needs it from here on.
	r.Header.Del("Authorization")
	r.Header.Del(forwardedToken)
	r.Header.Del("Cookie")
	return r.WithContext(withCaller(r.Context(), c)), done, nil
}

// ourHost refuses requests for other hosts, where the service knows its own: a page that has its name
// point to this machine gets nothing here.
func (s *Service) ourHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(s.Hosts) > 0 && !slices.Contains(s.Hosts, r.Host) {
			s.fail(w, r, s.wrongHost())
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Service) wrongHost() error {
	return problem(http.StatusMisdirectedRequest, "WrongHost", "Not this host", "this service is reached as "+s.Hosts[0])
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
		h.Set("Vary", "Authorization, Cookie, "+forwardedToken)
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

// tellPanic logs a panic that the library caught: its goroutines aren't the request's.
func (s *Service) tellPanic(err error) {
	var p *training.PanicError
	if errors.As(err, &p) {
		s.Log.Error("panic", "what", fmt.Sprint(p.Value), "stack", string(p.Stack))
	}
}

func (s *Service) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.caught(w, r)
		next.ServeHTTP(w, r)
		if e := entryOf(r); e.stream != nil {
			if err := e.stream(w); err != nil {
				s.fail(w, r, err)
			}
		}
	})
}

// caught is deferred.
func (s *Service) caught(w http.ResponseWriter, r *http.Request) {
	what := recover()
	if what == nil {
		return
	}
	if what == http.ErrAbortHandler { //nolint:errorlint // it is the value itself
		panic(what)
	}
	s.panicked(what)
	s.fail(w, r, errInternal)
}

// fail answers with an error, unless an answer has begun.
func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.tellPanic(err)
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
