package sshd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/crypto/ssh"

	"github.com/opendatahub-io/mpijob/internal/agent/environ"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// session is one channel: at most one command or control session.
type session struct {
	server  *Server
	channel ssh.Channel
	env     []string
	envSize int
	begun   bool
	// next is what a request has begun. It runs after the answer to the request: a command may end,
	// and its channel be closed, sooner than that is written.
	next func()
	// ended is closed when what was begun is over.
	ended chan struct{}

	mu   sync.Mutex
	lead int // PID of the command, which leads a session and a process group; 0: none
}

func newSession(s *Server, channel ssh.Channel) *session {
	return &session{server: s, channel: channel, ended: make(chan struct{})}
}

// serve answers the channel's requests until it is closed or its connection is lost, and returns when
// nothing it started is left.
func (s *session) serve(ctx context.Context, requests <-chan *ssh.Request) {
	ctx, cancel := context.WithCancel(ctx)
	for r := range requests {
		ok := s.handle(ctx, r)
		if r.WantReply {
			_ = r.Reply(ok, nil)
		}
		if s.next != nil {
			go s.next()
			s.next = nil
		}
	}
	// Whoever asked for the command is gone.
	cancel()
	s.mu.Lock()
	lead := s.lead
	s.mu.Unlock()
	if lead != 0 {
		procs.KillSession(lead, s.server.grace())
	}
	if s.begun {
		<-s.ended
	}
	s.channel.Close() //nolint:errcheck // most often closed already
}

func (s *session) handle(ctx context.Context, r *ssh.Request) bool {
	switch r.Type {
	case "env":
		return s.setEnv(r.Payload)
	case "exec":
		var p struct{ Command string }
		return !s.begun && ssh.Unmarshal(r.Payload, &p) == nil && s.exec(ctx, p.Command)
	case "shell":
		return !s.begun && s.server.config.Shell != "" && s.start(ctx, []string{s.server.config.Shell})
	case "subsystem":
		var p struct{ Name string }
		return !s.begun && ssh.Unmarshal(r.Payload, &p) == nil && s.control(ctx, p.Name)
	case "signal":
		var p struct{ Name string }
		return ssh.Unmarshal(r.Payload, &p) == nil && s.signal(p.Name)
	default:
		// pty-req, window-change, x11-req, auth-agent-req: not offered.
		return false
	}
}

func (s *session) control(ctx context.Context, name string) bool {
	if name != wire.ControlSubsystem || s.server.config.Control == nil {
		return false
	}
	s.begun = true
	s.next = func() {
		defer close(s.ended)
		s.server.config.Control(ctx, s.channel)
		s.channel.Close() //nolint:errcheck // ends the requests too
	}
	return true
}

// exec starts a command line. A client that asked for one which can't run is told so on its stderr,
// as a shell would: an answer of "no" would tell it nothing.
func (s *session) exec(ctx context.Context, line string) bool {
	if len(line) > limits.CommandBytes {
		return s.fail(wire.ExitNotExecutable, fmt.Sprintf("the command is %d bytes long, the limit is %d", len(line), limits.CommandBytes))
	}
	argv, err := commandOf(s.server.config.Shell, line)
	if err != nil {
		return s.fail(wire.ExitNotExecutable, err.Error())
	}
	return s.start(ctx, argv)
}

func (s *session) start(ctx context.Context, argv []string) bool {
	env := append(append([]string(nil), s.server.config.Env...), s.env...)
	path, err := environ.LookPath(argv[0], env)
	switch {
	case errors.Is(err, os.ErrPermission):
		return s.fail(wire.ExitNotExecutable, argv[0]+": not executable")
	case err != nil:
		return s.fail(wire.ExitNotFound, argv[0]+": command not found")
	}
	cmd := &exec.Cmd{
		Path: path, Args: argv, Env: env,
		// A session of its own: that is how everything it starts is found again.
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if s.server.config.Before != nil {
		s.server.config.Before(ctx)
	}
	pipes, err := attach(cmd)
	if err != nil {
		return s.fail(wire.ExitNotExecutable, err.Error())
	}
	if s.server.config.Started != nil {
		s.server.config.Started()
	}
	if err := s.server.config.Reaper.Start(cmd); err != nil {
		pipes.close()
		return s.fail(wire.ExitNotExecutable, err.Error())
	}
	s.mu.Lock()
	s.lead = cmd.Process.Pid
	s.mu.Unlock()
	s.begun = true
	s.server.runs(1)
	pipes.started()
	s.next = func() { s.run(cmd, pipes) }
	return true
}

// run copies the streams, waits for the command, and says how it ended. The channel stays open while
// anything holds the command's output, as sshd has it.
func (s *session) run(cmd *exec.Cmd, p *pipes) {
	defer close(s.ended)
	go func() {
		_, _ = io.Copy(p.stdin, s.channel)
		p.stdin.Close()
	}()
	var output sync.WaitGroup
	output.Go(func() { _, _ = io.Copy(s.channel, p.stdout) })
	output.Go(func() { _, _ = io.Copy(s.channel.Stderr(), p.stderr) })
	_ = s.server.config.Reaper.Wait(cmd)
	output.Wait()
	// Until here a lost connection ends the session's processes, the command's background ones too.
	s.mu.Lock()
	s.lead = 0
	s.mu.Unlock()
	s.server.runs(-1)
	s.sendStatus(procs.StatusOf(cmd))
	_ = s.channel.CloseWrite()
	p.stdin.Close()
	s.channel.Close() //nolint:errcheck // the client may be gone
	p.stdout.Close()
	p.stderr.Close()
}

func (s *session) sendStatus(st procs.ExitStatus) {
	if st.Signal == 0 {
		_, _ = s.channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(st.Code)}))
		return
	}
	_, _ = s.channel.SendRequest("exit-signal", false, ssh.Marshal(struct {
		Name    string
		Core    bool
		Message string
		Lang    string
	}{Name: sshSignal(st.Signal)}))
}

// fail ends a session whose command can't be started.
func (s *session) fail(code int, why string) bool {
	s.begun = true
	s.next = func() {
		defer close(s.ended)
		_, _ = fmt.Fprintf(s.channel.Stderr(), "mpi-agent: %s\n", why)
		s.sendStatus(procs.ExitStatus{Code: code})
		s.channel.Close() //nolint:errcheck // the client may be gone
	}
	return true
}

func (s *session) signal(name string) bool {
	sig := signalOf(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	return sig != 0 && s.lead != 0 && syscall.Kill(-s.lead, sig) == nil
}
