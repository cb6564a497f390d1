package service

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// A browser that no proxy has signed in trades a token for a cookie that its scripts can't read. The cookie holds
// the token: nothing is kept here, so that any replica serves it.
const (
	sessionCookie = "training-session"
	// secureCookie is its name over TLS, which browsers then take from this host alone.
	secureCookie = "__Host-training-session"
	// maxCookie bounds a token in a cookie, in bytes: browsers drop those of more than 4 KiB.
	maxCookie = 3800
	// sessionFor is how long a session lasts whose token doesn't say when it ends.
	sessionFor = 12 * time.Hour
)

// signOutOfProxy is where OpenShift's oauth-proxy signs out.
const signOutOfProxy = "/oauth/sign_out"

// addSession adds what signs a browser in and out.
func (s *Service) addSession(mux *http.ServeMux) {
	handle := func(pattern string, h func(http.ResponseWriter, *http.Request) error) {
		mux.Handle(pattern, s.bounded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			if err := h(w, r); err != nil {
				s.fail(w, r, err)
			}
		})))
	}
	handle("GET /session", s.readSession)
	handle("POST /session", s.beginSession)
	handle("DELETE /session", s.endSession)
	if s.own != nil {
		handle("GET /sign-in", s.signInByCode)
	}
}

// readSession says who is signed in.
func (s *Service) readSession(w http.ResponseWriter, r *http.Request) error {
	token, _, err := s.tokenFrom(r)
	if err != nil {
		return err
	}
	c, err := s.gate.Authenticate(r.Context(), token)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"user": c.User})
}

// beginSession takes a token the cluster knows, and gives a cookie for it.
func (s *Service) beginSession(w http.ResponseWriter, r *http.Request) error {
	if !s.secure(r) && !fromLoopback(r) {
		return problem(http.StatusForbidden, "NotSecure", "Not over HTTP", "a session over HTTP could be read on its way", "serve with --cert-dir", "or name the proxy that ends TLS with --trusted-proxy, which sends X-Forwarded-Proto")
	}
	attempts := s.attempts(r)
	if err := attempts.left(); err != nil { // before anything of it is read
		s.metrics.limited.Inc()
		return err
	}
	var body struct {
		Token string `json:"token"`
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		if cut := cutShort(err); cut != nil {
			return cut
		}
		return badRequest(`the body must be {"token": "…"}`)
	}
	token, err := checkToken(pasted(body.Token))
	if err != nil {
		return s.notSignedIn(err)
	}
	if len(token) > maxCookie {
		return problem(http.StatusRequestEntityTooLarge, "TooLarge", "The token is too long", "the token is longer than browsers keep in a cookie", "ask for one of a service account, which is shorter", "let a proxy that signs users in stand before this service")
	}
	c, err := s.signIn(r.Context(), attempts, token)
	if err != nil {
		return s.notSignedIn(err)
	}
	if e := entryOf(r); e != nil {
		e.user = c.User
	}
	end := s.now().Add(sessionFor)
	if !c.Expires.IsZero() && c.Expires.Before(end) {
		end = c.Expires
	}
	cookie := s.cookie(r)
	cookie.Value, cookie.Expires = token, end
	if s.own != nil {
		cookie.Value = s.own.secret
	}
	http.SetCookie(w, cookie)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// signIn asks the cluster who a token is, if as many more attempts of the peer's may fail.
func (s *Service) signIn(ctx context.Context, a *attempts, token string) (*Caller, error) {
	if err := a.begin(); err != nil {
		s.metrics.limited.Inc()
		return nil, err
	}
	failed := false
	defer func() { a.end(failed) }()
	c, err := s.gate.Authenticate(ctx, token)
	failed = isDenied(err)
	return c, err
}

// pasted is a token as a person copies it, from a terminal that breaks its lines or behind a header's Bearer: no token has
// white space.
func pasted(text string) string {
	words := strings.Fields(text)
	if len(words) > 1 && strings.EqualFold(words[0], "Bearer") {
		words = words[1:]
	}
	return strings.Join(words, "")
}

// notSignedIn says why a token signs nobody in, to a person who has pasted it and sends no headers.
func (s *Service) notSignedIn(err error) error {
	var denied *training.DeniedError
	if !errors.As(err, &denied) || !denied.Unauthenticated {
		return err
	}
	again := "Print a new one with `oc whoami -t`, and paste all of it."
	if s.own != nil {
		again = "Open the address that `odh training serve` prints, or run it again for a new one."
	}
	return problem(http.StatusUnauthorized, "Unauthenticated", "This token isn't accepted", sentence(denied.Message), again)
}

// sentence is a message as one that stands alone.
func sentence(message string) string {
	n := min(1, len(message))
	return strings.ToUpper(message[:n]) + message[n:] + "."
}

// endSession forgets the cookie; where a proxy has signed in, only that can sign out.
func (s *Service) endSession(w http.ResponseWriter, r *http.Request) error {
	if _, from, err := s.tokenFrom(r); err == nil && from == fromProxy {
		return writeJSON(w, map[string]string{"signOut": signOutOfProxy})
	}
	cookie := s.cookie(r)
	cookie.MaxAge = -1
	http.SetCookie(w, cookie)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// signInByCode signs in whoever has a code that works once, and leads to the dashboard.
func (s *Service) signInByCode(w http.ResponseWriter, r *http.Request) error {
	if !s.own.take(r.URL.Query().Get("code")) {
		return problem(http.StatusForbidden, "Forbidden", "The address no longer works", "the address was used before, or is too old", "run `odh training serve` again for a new one")
	}
	cookie := s.cookie(r)
	cookie.Value = s.own.secret
	http.SetCookie(w, cookie)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// cookie is the session's, empty.
func (s *Service) cookie(r *http.Request) *http.Cookie {
	c := &http.Cookie{Name: sessionCookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode}
	if s.secure(r) {
		c.Name, c.Secure = secureCookie, true
	}
	if _, port, err := net.SplitHostPort(r.Host); err == nil && s.own != nil {
		c.Name += "-" + port // another run has another
	}
	return c
}

// secure says whether the browser's own connection is TLS, as far as can be known.
func (s *Service) secure(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" && fromTrusted(r.RemoteAddr, s.TrustedProxies)
}

// cookieToken is the token of a request's session. Only pages of this service may use it: a browser sends it
// with what other pages ask for too.
func (s *Service) cookieToken(r *http.Request) (string, error) {
	cookie, err := r.Cookie(s.cookie(r).Name)
	if err != nil || cookie.Value == "" {
		return "", unauthenticated("no token was sent")
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if s.fromOwnPage(r) {
		site = "same-origin"
	}
	switch {
	case s.own != nil:
		if site != "same-origin" && site != "none" || subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(s.own.secret)) != 1 {
			return "", unauthenticated("the session is of another run of `odh training serve`, or isn't a browser's")
		}
		return s.own.token, nil
	case site == "" || site == "same-origin" || site == "none":
		return checkToken(cookie.Value)
	default:
		return "", problem(http.StatusForbidden, "CrossOrigin", "From another site", "a page of another site may not use your session here")
	}
}

func fromLoopback(r *http.Request) bool {
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && addr.Addr().Unmap().IsLoopback()
}

func writeJSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(v)
}
