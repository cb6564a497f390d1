package service

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/net/netutil"
)

// Bounds of connections.
const (
	headersWithin  = 5 * time.Second  // or the connection is closed
	bodyWithin     = 90 * time.Second // longer than an answer may take, which this would break off
	idleFor        = 90 * time.Second
	maxHeaders     = 32 << 10
	maxConnections = 16_384
	drainWithin    = 10 * time.Second
)

// newServer is a server of HTTP/1.1 and HTTP/2; of the latter without TLS too, for a proxy in the same pod.
func newServer(h http.Handler) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headersWithin, ReadTimeout: bodyWithin, IdleTimeout: idleFor, MaxHeaderBytes: maxHeaders,
		Protocols: protocols, HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: 250,
			// A peer that takes nothing in would hold its handlers for ever: their deadlines are told it in a
			// frame, which it doesn't take in either.
			WriteByteTimeout: writeFor, SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second,
		},
	}
}

// serve serves all of the service, until the context ends.
func (s *Service) serve(ctx context.Context, listener net.Listener, certs *tls.Config) error {
	err := serve(ctx, listener, newServer(s.Handler()), certs, s.Drain)
	s.Drain() // a listener that failed has told nobody
	s.awaitShells()
	return err
}

// serve serves until the context ends, then lets what is under way come to its end.
func serve(ctx context.Context, listener net.Listener, server *http.Server, certs *tls.Config, drain func()) error {
	listener = netutil.LimitListener(listener, maxConnections)
	failed := make(chan error, 1)
	go func() {
		if certs != nil {
			server.TLSConfig = certs
			failed <- server.ServeTLS(listener, "", "")
			return
		}
		failed <- server.Serve(listener)
	}()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		_ = server.Close()
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// certificates reads tls.crt and tls.key from a folder, again when they have changed: whoever issued them
// renews them.
func certificates(dir string) (*tls.Config, error) {
	c := &certFiles{cert: filepath.Join(dir, "tls.crt"), key: filepath.Join(dir, "tls.key")}
	if _, err := c.get(nil); err != nil {
		return nil, fmt.Errorf("reading the service's certificate: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}, nil
}

type certFiles struct {
	cert, key string
	mu        sync.Mutex
	looked    time.Time
	changed   time.Time
	pair      *tls.Certificate
}

// lookEvery is how often the files are looked at.
const lookEvery = 10 * time.Second

func (c *certFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pair != nil && time.Since(c.looked) < lookEvery {
		return c.pair, nil
	}
	c.looked = time.Now()
	info, err := os.Stat(c.cert)
	if err == nil && c.pair != nil && info.ModTime().Equal(c.changed) {
		return c.pair, nil
	}
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.LoadX509KeyPair(c.cert, c.key)
	}
	if err != nil {
		if c.pair != nil { // half of a renewal: the other half comes
			return c.pair, nil
		}
		return nil, err
	}
	c.pair, c.changed = &pair, info.ModTime()
	return c.pair, nil
}
