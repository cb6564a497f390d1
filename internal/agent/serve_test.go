package agent_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
)

func TestWhatIsNotOffered(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	j.worker(0)
	client := j.dial(t, 0)
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if session.RequestPty("xterm", 24, 80, ssh.TerminalModes{}) == nil {
		t.Error("a terminal was granted")
	}
	if session.Setenv("LD_PRELOAD", "x") == nil {
		t.Error("LD_PRELOAD was taken")
	}
	if out, err := session.Output("echo still"); err != nil || string(out) != "still\n" {
		t.Errorf("after refusals: %q, %v", out, err)
	}
	if _, err := client.Dial("tcp", "127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), "no forwarding") {
		t.Errorf("forwarding: %v", err)
	}
	if session, err = client.NewSession(); err != nil {
		t.Fatal(err)
	}
	if session.RequestSubsystem("sftp") == nil {
		t.Error("sftp was granted")
	}
	var open []*ssh.Session
	for range limits.SessionsPerConnection * 2 {
		if session, err = client.NewSession(); err != nil {
			break
		}
		open = append(open, session)
	}
	if err == nil || len(open) > limits.SessionsPerConnection {
		t.Errorf("%d sessions on one connection, %v", len(open), err)
	}
}

func TestSignalRequest(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	j.worker(0)
	session, err := j.dial(t, 0).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Start("trap 'echo caught; exit 3' USR1; echo ready; while :; do sleep 0.05; done"); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, len("ready\n"))
	if _, err := io.ReadFull(out, line); err != nil {
		t.Fatal(err)
	}
	if err := session.Signal(ssh.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(out)
	var exit *ssh.ExitError
	if err := session.Wait(); !errors.As(err, &exit) || exit.ExitStatus() != 3 || string(rest) != "caught\n" {
		t.Errorf("%v, %q", err, rest)
	}
}

// A command ends with all it started when the connection is lost, whatever groups its children made.
func TestLostConnectionEndsCommands(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	w := j.worker(0)
	p := j.command("mpi-rsh", j.job.Workers[0], "setsid -w sleep 61 & sh -c 'sleep 62; true' & echo up; wait")
	p.start()
	p.until("up")
	if n := len(children(t, w)); n < 3 {
		t.Fatalf("%d processes run", n)
	}
	p.signal(syscall.SIGKILL)
	eventually(t, "no process is left", func() bool { return len(children(t, w)) == 0 })
}

func TestNoShell(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	j.shell = "/nonexistent/sh"
	j.worker(0)
	for _, tc := range []struct {
		command, stdout, stderr string
		code                    int
	}{
		{command: `echo 'one  two' "three" four\ five`, stdout: "one  two three four five\n"},
		{command: `echo $HOME`, code: 126, stderr: "the image has no /bin/sh, and this command needs one"},
		{command: `no-such-program x`, code: 127, stderr: "no-such-program: command not found"},
		{command: `/etc/passwd`, code: 126, stderr: "not executable"},
	} {
		p := j.command("mpi-rsh", j.job.Workers[0], tc.command)
		if code := p.run(); code != tc.code || p.stdout.String() != tc.stdout || !strings.Contains(p.stderr.String(), tc.stderr) {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q", tc.command, code, p.stdout.String(), p.stderr.String())
		}
	}
}

func TestWorkerStops(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	w := j.worker(0)
	p := j.command("mpi-rsh", j.job.Workers[0], "echo up; sleep 60")
	p.start()
	p.until("up")
	w.signal(syscall.SIGTERM)
	if code := w.wait(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if code := p.wait(); code == 0 {
		t.Error("the remote shell says all is well")
	}
}

// The container's first process collects what daemons leave behind, and waits for its own.
func TestOrphansAreReaped(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	w := j.worker(0)
	for range 20 {
		if code := j.command("mpi-rsh", j.job.Workers[0], "(sleep 0.05 >/dev/null 2>&1 &) ; exit 6").run(); code != 6 {
			t.Fatalf("exit code %d, want 6", code)
		}
	}
	eventually(t, "no zombie is left", func() bool { return len(children(t, w)) == 0 })
}

// children lists the processes below a Worker, zombies too.
func children(t *testing.T, w *process) []procs.Proc {
	t.Helper()
	return procs.Below(procs.List(), w.cmd.Process.Pid)
}

func TestInstall(t *testing.T) {
	t.Parallel()
	j := newJob(t, 0)
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// As a pod of OpenShift: any user id, group 0, and nothing but the volume to write to.
	binary := filepath.Join(dir, "binary")
	data, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, binary, data, 0o755)
	target := filepath.Join(dir, "volume", "mpi-agent")
	for range 2 {
		p := j.command("mpi-agent", "install", target)
		p.cmd.Path = binary
		if os.Getuid() == 0 {
			p.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: 1000770000, Gid: 0}
		}
		if code := p.run(); code != 0 {
			t.Fatalf("exit code %d: %s", code, p.stderr.String())
		}
	}
	for _, name := range []string{"mpi-agent", "mpi-rsh", "shim/ssh"} {
		info, err := os.Stat(filepath.Join(target, name))
		if err != nil || info.Mode().Perm() != 0o555 || info.Size() != int64(len(data)) {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if names, _ := os.ReadDir(target); len(names) != 3 {
		t.Errorf("leftovers in %v", names)
	}
}
