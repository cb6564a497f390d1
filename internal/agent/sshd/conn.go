package sshd

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
)

func (s *Server) serveConn(ctx context.Context, conn net.Conn) {
	if !s.admit(conn) {
		conn.Close()
		return
	}
	served := false
	defer func() {
		conn.Close()
		s.forget(conn, served)
	}()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetKeepAlivePeriod(limits.KeepAlive)
	}
	_ = conn.SetDeadline(time.Now().Add(limits.Handshake))
	c, channels, requests, err := ssh.NewServerConn(conn, s.ssh)
	if err != nil {
		s.peers.refused(conn.RemoteAddr(), err)
		return
	}
	if served = s.authenticated(conn); !served {
		s.peers.refused(conn.RemoteAddr(), errTooMany)
		return
	}
	_ = conn.SetDeadline(time.Time{})
	// Keep-alives are answered with a refusal, which is an answer; forwarding is not offered.
	go ssh.DiscardRequests(requests)

	// Ends every session of this connection when it is lost.
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { c.Close() }) //nolint:errcheck // ends the channels
	var sessions atomic.Int32
	var ended sync.WaitGroup
	for ch := range channels {
		switch {
		case ch.ChannelType() != "session":
			_ = ch.Reject(ssh.Prohibited, "only sessions are offered, no forwarding")
			continue
		case sessions.Load() >= limits.SessionsPerConnection:
			_ = ch.Reject(ssh.ResourceShortage, "too many sessions on this connection")
			continue
		case !s.acquireSession():
			_ = ch.Reject(ssh.ResourceShortage, "too many sessions on this Worker")
			continue
		}
		channel, requests, err := ch.Accept()
		if err != nil {
			s.releaseSession()
			continue
		}
		sessions.Add(1)
		ended.Go(func() {
			newSession(s, channel).serve(ctx, requests)
			s.releaseSession()
			sessions.Add(-1)
		})
	}
	cancel()
	stop()
	ended.Wait()
}
