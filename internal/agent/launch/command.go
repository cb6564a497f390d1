package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/opendatahub-io/mpijob/internal/agent/environ"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/mpirun"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/agent/supervise"
	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// command is the user's command, running.
type command struct {
	cmd    *exec.Cmd
	stderr *os.File      // nil: it has the terminal
	copied chan struct{} // closed when stderr is read to its end
	// mismatch is an MPI of the image that isn't the job's; nil where it is, or isn't known.
	mismatch *supervise.Mismatch
}

// startCommand starts the user's command as if the agent weren't there: its arguments, stdin, stdout
// and terminal as they came. Only stderr is read on its way, for mpirun's words.
func (l *Launcher) startCommand(send func(supervise.Event)) (*command, *supervise.NotStarted) {
	env := environ.WithShell(l.Env)
	if l.job.Transport == wire.TransportBuiltin {
		env = environ.WithShim(env)
	}
	path, err := environ.LookPath(l.Command[0], env)
	if err != nil {
		return nil, notStarted(l.Command[0], err)
	}
	env, mismatch := l.adapt(env)
	c := &command{copied: make(chan struct{}), mismatch: mismatch, cmd: &exec.Cmd{
		Path: path, Args: l.Command, Env: env,
		Stdin: l.Stdin, Stdout: l.Stdout, Stderr: l.Stderr,
		// A group of its own, so that a terminal's Ctrl-C reaches it once and not through the agent again.
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}}
	if isTerminal(l.Stdin) {
		c.cmd.SysProcAttr.Foreground, c.cmd.SysProcAttr.Ctty = true, int(l.Stdin.Fd())
	}
	var theirs *os.File
	if !isTerminal(l.Stderr) {
		if c.stderr, theirs, err = os.Pipe(); err != nil {
			return nil, notStarted(l.Command[0], err)
		}
		c.cmd.Stderr = theirs
	}
	err = l.reaper.Start(c.cmd)
	if theirs != nil {
		theirs.Close()
	}
	if err != nil {
		return nil, notStarted(l.Command[0], err)
	}
	go l.copyStderr(c, send)
	go func() {
		_ = l.reaper.Wait(c.cmd)
		// mpirun's last words are read before its end is judged.
		c.drain()
		send(supervise.Exited{Status: procs.StatusOf(c.cmd)})
	}()
	return c, nil
}

func notStarted(name string, err error) *supervise.NotStarted {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &supervise.NotStarted{Code: wire.ExitNotFound, Why: fmt.Sprintf("%s: command not found", name)}
	case errors.Is(err, os.ErrPermission):
		return &supervise.NotStarted{Code: wire.ExitNotExecutable, Why: failure.NotExecutable(name)}
	case errors.Is(err, syscall.ENOEXEC):
		return &supervise.NotStarted{Code: wire.ExitNotExecutable, Why: fmt.Sprintf("%s: neither a program for this machine nor a script with a #! line", name)}
	}
	return &supervise.NotStarted{Code: wire.ExitNotExecutable, Why: fmt.Sprintf("%s: %v", name, err)}
}

// copyStderr passes stderr on as it comes, and reads along.
func (l *Launcher) copyStderr(c *command, send func(supervise.Event)) {
	defer close(c.copied)
	if c.stderr == nil {
		return
	}
	var parser mpirun.Parser
	lines := lineSplitter{line: func(line string) {
		l.out.remember(line)
		if f, ok := parser.Line(line); ok {
			f.NotExecutable = f.Kind == mpirun.NoCommand && notExecutable(f.Program)
			send(supervise.Said{Finding: f})
		}
	}}
	_, _ = io.Copy(io.MultiWriter(writerFunc(l.out.write), &lines), c.stderr)
	lines.flush()
}

// notExecutable says that a program which mpirun couldn't start on a Worker is a file without its execute bit. It is
// looked at here: images and code folders are the same, as a rule. What isn't named by a path is looked for elsewhere.
func notExecutable(program string) bool {
	if !strings.ContainsRune(program, '/') {
		return false
	}
	i, err := os.Stat(program)
	return err == nil && i.Mode().IsRegular() && i.Mode()&0o111 == 0
}

// drain waits until stderr is read to its end; not for ever, since what the command left behind may
// hold it.
func (c *command) drain() {
	select {
	case <-c.copied:
	case <-time.After(limits.Drain):
	}
}

func (c *command) signal(sig syscall.Signal) { _ = c.cmd.Process.Signal(sig) }

// forwarded are the signals that mean something to a program when its container gets them.
var forwarded = []os.Signal{
	syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM,
	syscall.SIGTERM, syscall.SIGCONT, syscall.SIGTSTP, syscall.SIGWINCH,
}

// takeSignals begins to take signals; before it, one would end the agent.
func takeSignals() <-chan os.Signal {
	got := make(chan os.Signal, 16)
	signal.Notify(got, forwarded...)
	// Taken and dropped: ignoring it would make the command ignore it too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return got
}

func (l *Launcher) watchSignals(ctx context.Context, got <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case sig := <-got:
			l.send(ctx, supervise.Signalled{Signal: sig.(syscall.Signal)})
		}
	}
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
