package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// storeWithin is how long connecting to a store may take.
const storeWithin = 8 * time.Second

// special are networks that are no place for a store, though they look like public ones: shared and
// reserved ones, and those that carry other addresses inside of theirs.
var special = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
	"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16", "fec0::/10")

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// NewStores returns a transport to the S3 stores that callers' connections name: it connects to public
// addresses, and to those the administrator allows. Else whoever may write a Secret could have the service
// ask anything in the cluster's network for them. own are networks of the service's, public or not.
func NewStores(allowed, own []netip.Prefix, log *slog.Logger) http.RoundTripper {
	g := &guard{allowed: allowed, own: own, log: log}
	return storesTransport(g.dial)
}

// storesTransport knows no proxy: a proxy would connect to addresses that nobody has looked at.
func storesTransport(dial func(ctx context.Context, network, address string) (net.Conn, error)) http.RoundTripper {
	return bounded{&http.Transport{
		DialContext: dial, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 30 * time.Second,
		MaxIdleConns: 64, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10, DisableCompression: true,
	}}
}

// maxAnswer is how long a store's answer may be that is held in memory: a page of a thousand names is less.
const maxAnswer = 4 << 20

// bounded breaks off answers that have no end. Files may be of any length: they only pass through.
type bounded struct{ http.RoundTripper }

// RoundTrip bounds all but files.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil && (r.URL.RawQuery != "" || resp.StatusCode >= http.StatusMultipleChoices) {
		resp.Body = &cut{ReadCloser: resp.Body, left: maxAnswer}
	}
	return resp, err
}

// cut fails where an answer goes on for too long.
type cut struct {
	io.ReadCloser
	left int
}

// Read implements io.Reader.
func (c *cut) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, fmt.Errorf("the store's answer is longer than %d MiB", maxAnswer>>20)
	}
	n, err := c.ReadCloser.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

// guard looks at addresses just before connecting, when nothing can change them any more.
type guard struct {
	allowed, own []netip.Prefix
	log          *slog.Logger
}

// errStore is the same whatever the reason: the difference would tell what there is in the cluster's network.
var errStore = errors.New("the service can't connect to the connection's endpoint: nothing answers there, or its address is none that the service may connect to (private ones are where the administrator allows them with --output-network)")

func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: storeWithin, Control: g.control}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		g.log.Info("no connection to a store", "address", short(address, 256), "error", err.Error())
		return nil, errStore
	}
	return conn, nil
}

func (g *guard) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("reading the address %q: %w", address, err)
	}
	if !g.may(at.Addr()) {
		return fmt.Errorf("%s is no public address, and in no --output-network", at.Addr())
	}
	return nil
}

// may says whether the service may connect to an address for a caller.
func (g *guard) may(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	in := func(networks []netip.Prefix) bool {
		return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	return in(g.allowed) || a.IsGlobalUnicast() && !a.IsPrivate() && !in(special) && !in(g.own)
}

// ownNetworks are those of this machine or pod, and the API server's address.
func ownNetworks(ctx context.Context, apiServer string) []netip.Prefix {
	var out []netip.Prefix
	mine, _ := net.InterfaceAddrs() // without them, private addresses are refused all the same
	for _, a := range mine {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			out = append(out, p.Masked())
		}
	}
	u, err := url.Parse(apiServer)
	if err != nil {
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	found, _ := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	for _, a := range found {
		a = a.Unmap()
		out = append(out, netip.PrefixFrom(a, a.BitLen()))
	}
	return out
}
