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

// tokenOf is the token of a request. The proxy's header counts only where a proxy that is trusted sent
// it: anyone can write one.
func tokenOf(r *http.Request, trusted []netip.Prefix) (string, error) {
	if len(trusted) > 0 && fromTrusted(r.RemoteAddr, trusted) {
		if values := r.Header.Values(forwardedToken); len(values) == 1 && values[0] != "" {
			return checkToken(values[0])
		}
	}
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", unauthenticated("no token was sent")
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	if !ok || len(values) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return "", unauthenticated("the Authorization header is no bearer token")
	}
	return checkToken(strings.TrimLeft(token, " "))
}

func checkToken(token string) (string, error) {
	if token == "" || len(token) > maxToken {
		return "", unauthenticated("the token is empty, or too long to be one")
	}
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return "", unauthenticated("the token has characters that tokens don't have")
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
