// Package feed tells the controller what the Launcher sees, while it happens. The job never waits for
// it: when the controller is away, reports are dropped, and the newest one is sent when it is back.
package feed

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/report"
	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Client is the Launcher's end of the feed.
type Client struct {
	job       *wire.Job
	tokenFile string
	ordered   func(failure.Failure)
	say       func(string)

	mu      sync.Mutex
	newest  []byte // the newest report's line, without its time
	pending *wire.Report
	version int           // of the newest report
	sent    int           // version the controller has
	changed chan struct{} // closed and replaced at each change of either
	// last is closed when the last report there will be is the newest: it isn't spaced.
	last chan struct{}
	over bool // last is closed
}

// New returns a client. ordered is called when the controller asks to stop the run, say for a line
// about the feed itself.
func New(job *wire.Job, tokenFile string, ordered func(failure.Failure), say func(string)) *Client {
	return &Client{job: job, tokenFile: tokenFile, ordered: ordered, say: say, changed: make(chan struct{}), last: make(chan struct{})}
}

// Publish makes a report the newest, if it tells anything new. It never blocks.
func (c *Client) Publish(r wire.Report) {
	timeless := r
	timeless.At = time.Time{}
	line := report.Line(timeless, wire.MaxFeedMessage)
	c.mu.Lock()
	defer c.mu.Unlock()
	if string(line) == string(c.newest) {
		return
	}
	c.newest, c.pending = line, &r
	c.version++
	c.wake()
	if r.Stage == wire.StageExited && !c.over {
		c.over = true
		close(c.last)
	}
}

func (c *Client) wake() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Flush waits until the controller has the newest report, for at most the given time; it says whether
// it has.
func (c *Client) Flush(most time.Duration) bool {
	over := time.After(most)
	for {
		c.mu.Lock()
		done, changed := c.sent == c.version, c.changed
		c.mu.Unlock()
		if done {
			return true
		}
		select {
		case <-changed:
		case <-over:
			return false
		}
	}
}

// Run keeps a feed up until the context ends.
func (c *Client) Run(ctx context.Context) {
	quiet := time.Now()
	told := false
	for attempt := 1; ctx.Err() == nil; attempt++ {
		served, err := c.serve(ctx)
		if ctx.Err() != nil {
			return
		}
		if served {
			attempt, quiet, told = 1, time.Now(), false
		}
		var refused *refusedError
		if !told && (errors.As(err, &refused) || time.Since(quiet) > limits.FeedQuiet) {
			told = true
			c.say(fmt.Sprintf("the controller can't be told how the job goes (%v); the job runs on, its state is known later", err))
		}
		select {
		case <-ctx.Done():
		case <-time.After(limits.Backoff(attempt, limits.FeedRetryFirst, limits.FeedRetryMax)):
		}
	}
}

// refusedError is the controller's own "no".
type refusedError struct{ why string }

func (e *refusedError) Error() string { return "it refused the feed: " + e.why }

// serve opens a feed and serves it until it breaks. served says whether it was ever up.
func (c *Client) serve(ctx context.Context) (served bool, err error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, wire.MaxFeedMessage)
	_ = conn.SetDeadline(time.Now().Add(limits.FeedDial))
	if err := c.greet(conn, lines); err != nil {
		return false, err
	}
	_ = conn.SetDeadline(time.Time{})
	broken := make(chan error, 1)
	go func() { broken <- c.listen(lines) }()
	return true, c.tell(ctx, conn, broken)
}

func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	f := c.job.Feed
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(f.CA)) {
		return nil, errors.New("the job's description has no usable CA for it")
	}
	ctx, cancel := context.WithTimeout(ctx, limits.FeedDial)
	defer cancel()
	d := tls.Dialer{
		NetDialer: &net.Dialer{KeepAlive: limits.KeepAlive, Resolver: &net.Resolver{PreferGo: true}},
		Config:    &tls.Config{RootCAs: roots, ServerName: f.ServerName, MinVersion: tls.VersionTLS13},
	}
	return d.DialContext(ctx, "tcp", f.Address)
}

func (c *Client) greet(conn net.Conn, lines *bufio.Scanner) error {
	// Read each time: the kubelet renews it.
	token, err := os.ReadFile(c.tokenFile)
	if err != nil {
		return fmt.Errorf("reading the token for it: %w", err)
	}
	err = json.NewEncoder(conn).Encode(wire.Hello{
		Version: wire.Version, Token: strings.TrimSpace(string(token)),
		Namespace: c.job.Namespace, Job: c.job.Name, UID: c.job.UID, Attempt: c.job.Attempt,
	})
	if err != nil {
		return err
	}
	var welcome wire.Welcome
	if err := next(lines, &welcome); err != nil {
		return err
	}
	if !welcome.OK {
		return &refusedError{welcome.Error}
	}
	return nil
}

func next(lines *bufio.Scanner, v any) error {
	if !lines.Scan() {
		if err := lines.Err(); err != nil {
			return err
		}
		return errors.New("it closed the connection")
	}
	if err := json.Unmarshal(lines.Bytes(), v); err != nil {
		return fmt.Errorf("it sent nonsense: %w", err)
	}
	return nil
}

// listen takes orders until the connection breaks.
func (c *Client) listen(lines *bufio.Scanner) error {
	for {
		var o wire.Order
		if err := next(lines, &o); err != nil {
			return err
		}
		if o.Stop != nil {
			c.ordered(*o.Stop)
		}
	}
}

// tell sends the newest report whenever there is one, spaced, so that a burst becomes one.
func (c *Client) tell(ctx context.Context, conn net.Conn, broken <-chan error) error {
	// Whatever was sent on a connection before, this one begins with the whole state.
	had := 0
	for {
		c.mu.Lock()
		version, pending, changed := c.version, c.pending, c.changed
		c.mu.Unlock()
		if version == had || pending == nil {
			select {
			case <-changed:
				continue
			case err := <-broken:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		_ = conn.SetWriteDeadline(time.Now().Add(limits.FeedDial))
		if _, err := conn.Write(report.Line(*pending, wire.MaxFeedMessage)); err != nil {
			return err
		}
		had = version
		c.mu.Lock()
		c.sent = version
		c.wake()
		c.mu.Unlock()
		if pending.Stage == wire.StageExited {
			continue
		}
		select {
		case <-time.After(limits.FeedEvery):
		case <-c.last:
		case err := <-broken:
			return err
		}
	}
}
