// Package sshd is the server in a Worker: enough of the SSH protocol to start ranks, for the holders
// of the job's key alone. It replaces an sshd in the image, so it needs no user database, no writable
// file, no capability, and no shell where commands are simple.
package sshd

import (
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
)

// Config is what a Server needs.
type Config struct {
	// Key is the host key; its public half is also the only key a client may have.
	Key ssh.Signer
	// Shell runs commands with -c. Empty: commands are split and started directly.
	Shell string
	// Env is what commands find in their environment.
	Env    []string
	Reaper *procs.Reaper
	// Control serves a control session until the context ends or the channel breaks.
	Control func(context.Context, io.ReadWriter)
	// Before, where it isn't nil, returns when a command may be started.
	Before func(context.Context)
	// Started is called before each command that is started.
	Started func()
	// Log gets a line about what an administrator may want to know.
	Log func(format string, args ...any)
}

// Server serves connections.
type Server struct {
	config Config
	ssh    *ssh.ServerConfig
	peers  *peerLog

	mu       sync.Mutex
	fresh    []net.Conn // not authenticated yet, oldest first
	serving  int        // authenticated
	sessions int
	running  int // commands
	closed   bool
	open     map[net.Conn]bool
	work     sync.WaitGroup
}

// New returns a server.
func New(config Config) *Server {
	s := &Server{config: config, peers: newPeerLog(config.Log), open: map[net.Conn]bool{}}
	want := config.Key.PublicKey().Marshal()
	s.ssh = &ssh.ServerConfig{
		MaxAuthTries:  6,
		ServerVersion: "SSH-2.0-mpi-agent",
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if subtle.ConstantTimeCompare(key.Marshal(), want) == 1 {
				return &ssh.Permissions{}, nil
			}
			return nil, errors.New("not the job's key")
		},
	}
	s.ssh.AddHostKey(config.Key)
	return s
}

// Serve accepts connections until the context ends; then it ends all sessions with their processes
// and returns.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	for attempt := 0; ; {
		conn, err := listener.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			s.shutdown()
			return nil
		case errors.Is(err, net.ErrClosed):
			s.shutdown()
			return err
		case err != nil:
			// Out of file descriptors, or a connection gone before it was accepted: it passes.
			attempt++
			time.Sleep(limits.Backoff(attempt, 5*time.Millisecond, limits.RetryMax))
		default:
			attempt = 0
			s.work.Go(func() { s.serveConn(ctx, conn) })
		}
	}
}

func (s *Server) shutdown() {
	s.mu.Lock()
	s.closed = true
	for c := range s.open {
		c.Close()
	}
	s.mu.Unlock()
	s.work.Wait()
}

// admit registers a connection before it is authenticated. Strangers can fill that queue, so when it
// is full the oldest is pushed out: whoever holds the key is through within milliseconds.
func (s *Server) admit(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if len(s.fresh) >= limits.Unauthenticated {
		s.fresh[0].Close()
		s.fresh = s.fresh[1:]
	}
	s.fresh = append(s.fresh, conn)
	s.open[conn] = true
	return true
}

// authenticated moves a connection out of the queue of fresh ones.
func (s *Server) authenticated(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeFresh(conn)
	if s.serving >= limits.Connections {
		return false
	}
	s.serving++
	return true
}

func (s *Server) removeFresh(conn net.Conn) {
	for i, c := range s.fresh {
		if c == conn {
			s.fresh = append(s.fresh[:i:i], s.fresh[i+1:]...)
			return
		}
	}
}

func (s *Server) forget(conn net.Conn, served bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeFresh(conn)
	delete(s.open, conn)
	if served {
		s.serving--
	}
}

func (s *Server) acquireSession() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.sessions >= limits.Sessions {
		return false
	}
	s.sessions++
	return true
}

func (s *Server) releaseSession() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions--
}

// Running returns how many commands are running.
func (s *Server) Running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running
}

func (s *Server) runs(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running += n
}

// grace is how long processes may take to end after their connection is lost.
func (s *Server) grace() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return limits.StopGrace
	}
	return limits.SessionGrace
}
