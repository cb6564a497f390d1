package service

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// maxToken bounds a token, in bytes; those of clusters are a tenth of it.
const maxToken = 16 << 10

// forwardedToken is where OpenShift's oauth-proxy puts the token of who has logged in.
const forwardedToken = "X-Forwarded-Access-Token"

// origin is where a request's token is from.
type origin int

const (
	fromProxy origin = iota
	fromHeader
	fromSession
)

// tokenFrom is the token of a request. The proxy's header counts only where a proxy that is trusted sent
// it: anyone can write one. A browser's session comes last.
func (s *Service) tokenFrom(r *http.Request) (string, origin, error) {
	if len(s.TrustedProxies) > 0 && fromTrusted(r.RemoteAddr, s.TrustedProxies) {
		if values := r.Header.Values(forwardedToken); len(values) == 1 && values[0] != "" {
			token, err := checkToken(values[0])
			return token, fromProxy, err
		}
	}
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		token, err := s.cookieToken(r)
		return token, fromSession, err
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	if !ok || len(values) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return "", fromHeader, unauthenticated("the Authorization header is no bearer token")
	}
	token, err := checkToken(strings.TrimLeft(token, " "))
	return token, fromHeader, err
}

func checkToken(token string) (string, error) {
	if token == "" || len(token) > maxToken {
		return "", unauthenticated("the token is empty, or too long to be one")
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return "", unauthenticated("the token has characters that no token has: something else was copied along with it")
		}
	}
	return token, nil
}

func unauthenticated(why string) error {
	return &training.DeniedError{Unauthenticated: true, Message: why}
}

func fromTrusted(remote string, trusted []netip.Prefix) bool {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	addr = addr.Unmap().WithZone("")
	for _, p := range trusted {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
