// Package remote connects to the agents in a job's Workers.
package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	// Busy: the Worker's machine took the connection, but its agent didn't answer, or gave it up.
	Busy  bool
	cause error
}

func (e *Error) Error() string { return e.Why }
func (e *Error) Unwrap() error { return e.cause }

const (
	noAnswer = "no answer"
	closed   = "connection closed"
)

// Unanswered is the error for a Worker whose machine takes a connection while its agent says nothing.
func Unanswered() *Error {
	return &Error{Why: "it takes connections, but its agent doesn't answer", Busy: true}
}

// Dial opens an authenticated connection; see Connect and Handshake.
func Dial(ctx context.Context, user, host string, port int, key ssh.Signer) (*ssh.Client, error) {
	conn, err := Connect(ctx, host, port)
	if err != nil {
		return nil, err
	}
	return Handshake(ctx, conn, user, key)
}

// Connect opens a connection to an agent that has begun to speak: until then it costs neither side any
// CPU to wait, and who takes connections but doesn't speak is busy.
func Connect(ctx context.Context, host string, port int) (net.Conn, error) {
	dialer := net.Dialer{
		Timeout:   limits.Dial,
		KeepAlive: limits.KeepAlive,
		// The agent is a static binary; the image's libc and its nsswitch.conf play no part.
		Resolver: &net.Resolver{PreferGo: true},
	}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, explain(err)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	_ = conn.SetReadDeadline(time.Now().Add(limits.Handshake))
	first := make([]byte, 1)
	if _, err := conn.Read(first); err != nil {
		conn.Close()
		return nil, connected(err)
	}
	return &spoken{conn, first}, nil
}

// spoken is a connection of which the first byte has been read ahead.
type spoken struct {
	net.Conn
	first []byte
}

func (s *spoken) Read(b []byte) (int, error) {
	if len(s.first) > 0 {
		n := copy(b, s.first)
		s.first = s.first[n:]
		return n, nil
	}
	return s.Conn.Read(b)
}

// Handshake authenticates a connection, and closes it where that fails. The other side must prove that it
// holds the same key: every agent of a job does, and nobody else. Agents don't care for the user.
func Handshake(ctx context.Context, conn net.Conn, user string, key ssh.Signer) (*ssh.Client, error) {
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
	c, channels, requests, err := ssh.NewClientConn(conn, conn.RemoteAddr().String(), config)
	if err != nil {
		conn.Close()
		return nil, connected(err)
	}
	_ = conn.SetDeadline(time.Time{})
	return ssh.NewClient(c, channels, requests), nil
}

// connected explains what went wrong once the other side's machine had taken the connection.
func connected(err error) *Error {
	e := explain(err)
	switch e.Why {
	case noAnswer:
		return Unanswered()
	case closed:
		e.Busy = true
	}
	return e
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
		e.Why = noAnswer
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, net.ErrClosed), errors.Is(err, io.EOF), errors.Is(err, syscall.EPIPE):
		e.Why = closed
	default:
		e.Why = fmt.Sprintf("what answers there isn't this job's agent (%v)", err)
	}
	return e
}
