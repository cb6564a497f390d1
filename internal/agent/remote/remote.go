// Package remote connects to the agents in a job's Workers.
package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
)

// AnyUser is the user for agents, which have but one.
const AnyUser = "mpi"

// Error is why a Worker couldn't be reached, in words for users.
type Error struct {
	Why string // "no such host", "connection refused", …
	// Refused: something answered that nothing listens there, so the Worker's agent isn't running.
	Refused bool
	cause   error
}

func (e *Error) Error() string { return e.Why }
func (e *Error) Unwrap() error { return e.cause }

// Dial opens an authenticated connection. The other side must prove that it holds the same key:
// every agent of a job does, and nobody else. Agents don't care for the user.
func Dial(ctx context.Context, user, host string, port int, key ssh.Signer) (*ssh.Client, error) {
	dialer := net.Dialer{
		Timeout:   limits.Dial,
		KeepAlive: limits.KeepAlive,
		// The agent is a static binary; the image's libc and its nsswitch.conf play no part.
		Resolver: &net.Resolver{PreferGo: true},
	}
	address := net.JoinHostPort(host, strconv.Itoa(port))
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, explain(err)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	config := &ssh.ClientConfig{
		User:            user,
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: ssh.FixedHostKey(key.PublicKey()),
	}
	if t := key.PublicKey().Type(); t != ssh.KeyAlgoRSA {
		config.HostKeyAlgorithms = []string{t}
	}
	_ = conn.SetDeadline(time.Now().Add(limits.Handshake))
	c, channels, requests, err := ssh.NewClientConn(conn, address, config)
	if err != nil {
		conn.Close()
		return nil, explain(err)
	}
	_ = conn.SetDeadline(time.Time{})
	return ssh.NewClient(c, channels, requests), nil
}

func explain(err error) *Error {
	e := &Error{cause: err}
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Why = "no such host"
	case errors.As(err, &dns):
		e.Why = "the cluster's DNS doesn't answer"
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Why, e.Refused = "connection refused", true
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		e.Why = "no route to host"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		e.Why = "no answer"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, net.ErrClosed):
		e.Why = "connection closed"
	default:
		e.Why = fmt.Sprintf("what answers there isn't this job's agent (%v)", err)
	}
	return e
}
