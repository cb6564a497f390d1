package rsh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"github.com/opendatahub-io/mpijob/internal/agent/jobfile"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/remote"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// exitFailed is what ssh exits with when it is its own failure.
const exitFailed = 255

// Shell is a remote shell in one pod.
type Shell struct {
	JobFile, KeyFile string
	Stdin            *os.File
	Stdout, Stderr   io.Writer
	// Role is the pod's: "launcher" or "worker".
	Role string
}

// Run runs the remote shell called as name with the given arguments, and returns its exit status:
// the remote command's, or 255.
func (s *Shell) Run(name string, args []string) int {
	inv, err := Parse(args)
	if err != nil {
		return s.failed(name, err)
	}
	job, err := jobfile.Load(s.JobFile)
	if err != nil {
		// Not in a pod of a job, or a broken one: then this is just an ssh.
		return s.foreign(name, args, inv, err)
	}
	worker := jobfile.WorkerOf(job, inv.Host)
	switch {
	case inv.Foreign != "" || worker == jobfile.Nowhere && !s.isHere(job, inv.Host):
		return s.foreign(name, args, inv, nil)
	case inv.Background && os.Getenv(backgroundEnv) == "":
		return s.background(name, args)
	case worker == jobfile.Nowhere:
		return s.here(name, inv.Command)
	case job.Transport != wire.TransportBuiltin:
		return s.foreign(name, args, inv, errors.New("its Workers bring their own sshd"))
	}
	code, err := s.remote(job, worker, inv)
	if err != nil {
		return s.failed(name, fmt.Errorf("%s (%s): %w", jobfile.WorkerName(worker), inv.Host, err))
	}
	return code
}

// isHere says whether the host is the Launcher and this is it: it has no server, and needs none to
// reach itself.
func (s *Shell) isHere(job *wire.Job, host string) bool {
	return s.Role == "launcher" && jobfile.IsLauncher(job, host)
}

func (s *Shell) failed(name string, err error) int {
	fmt.Fprintf(s.Stderr, "%s: %v\n", name, err)
	return exitFailed
}

func (s *Shell) remote(job *wire.Job, worker int, inv Invocation) (int, error) {
	key, err := jobfile.Key(s.KeyFile)
	if err != nil {
		return 0, err
	}
	client, err := dial(job, worker, inv.User, key)
	if err != nil {
		return 0, fmt.Errorf("can't be reached: %w", err)
	}
	defer client.Close() //nolint:errcheck // the end of it
	session, err := client.NewSession()
	if err != nil {
		return 0, fmt.Errorf("offers no session: %w", err)
	}
	for _, v := range os.Environ() {
		if name, value, _ := strings.Cut(v, "="); name == "LANG" || strings.HasPrefix(name, "LC_") {
			_ = session.Setenv(name, value)
		}
	}
	return s.run(session, inv, func() { client.Close() }) //nolint:errcheck // ends the session
}

// dial tries for a while: this pod's resolver may lag behind the Launcher's, which has reached every
// Worker before it started anything.
func dial(job *wire.Job, worker int, user string, key ssh.Signer) (*ssh.Client, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limits.ShellPatience)
	defer cancel()
	if user == "" {
		user = remote.AnyUser
	}
	for attempt := 1; ; attempt++ {
		client, err := remote.Dial(ctx, user, job.Workers[worker], job.Port, key)
		if err == nil {
			return client, nil
		}
		wait := limits.Backoff(attempt, limits.RetryFirst, limits.RetryMax)
		if deadline, _ := ctx.Deadline(); time.Now().Add(wait).After(deadline) {
			return nil, err
		}
		time.Sleep(wait)
	}
}

func (s *Shell) run(session *ssh.Session, inv Invocation, hangUp func()) (int, error) {
	session.Stdout, session.Stderr = s.Stdout, s.Stderr
	// Copied here and not by the library, whose Wait would wait for the end of stdin too.
	in, err := session.StdinPipe()
	if err != nil {
		return 0, err
	}
	if inv.Command == "" {
		err = session.Shell()
	} else {
		err = session.Start(inv.Command)
	}
	if err != nil {
		return 0, fmt.Errorf("didn't start the command: %w", err)
	}
	begun()
	stop := forwardSignals(session, hangUp)
	defer stop()
	go func() {
		if !inv.NoInput {
			_, _ = io.Copy(in, s.Stdin)
		}
		in.Close()
	}()
	return status(session.Wait())
}

// status turns the library's account of a session into an exit status.
func status(err error) (int, error) {
	var exit *ssh.ExitError
	var missing *ssh.ExitMissingError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit):
		if exit.Signal() != "" {
			// ssh says 255 here. Callers that look closer, as mpirun does not, get the shell's 128 + n.
			return 128 + int(unix.SignalNum("SIG"+exit.Signal())), nil
		}
		return exit.ExitStatus(), nil
	case errors.As(err, &missing):
		return 0, errors.New("was lost while the command ran: its container ended, or its network failed")
	default:
		return 0, fmt.Errorf("was lost while the command ran: %w", err)
	}
}

// forwardSignals sends the signals this process gets to the remote command. A second one that asks to
// end closes the connection, which ends the command if it doesn't react, and this process with it.
func forwardSignals(session *ssh.Session, hangUp func()) (stop func()) {
	got := make(chan os.Signal, 4)
	signal.Notify(got, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2)
	done := make(chan struct{})
	go func() {
		asked := false
		for {
			select {
			case sig := <-got:
				if asked {
					hangUp()
				}
				asked = sig != syscall.SIGUSR1 && sig != syscall.SIGUSR2
				name := strings.TrimPrefix(unix.SignalName(sig.(syscall.Signal)), "SIG")
				_ = session.Signal(ssh.Signal(name))
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(got)
		close(done)
	}
}
