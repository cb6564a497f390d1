package agent_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/opendatahub-io/mpijob/internal/agent/jobfile"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
)

// openSSH prepares OpenSSH's client for a Worker, with the Worker's host key pinned.
func (j *testJob) openSSH(key string, args ...string) *process {
	j.t.Helper()
	signer, err := jobfile.Key(filepath.Join(j.dir, "key"))
	if err != nil {
		j.t.Fatal(err)
	}
	host := j.job.Workers[0]
	known := filepath.Join(j.t.TempDir(), "known_hosts")
	line := fmt.Sprintf("[%s]:%d %s", host, j.job.Port, ssh.MarshalAuthorizedKey(signer.PublicKey()))
	writeFile(j.t, known, []byte(line), 0o600)
	cmd := exec.Command("/usr/bin/ssh", append([]string{
		"-F", "none", "-i", key, "-p", fmt.Sprint(j.job.Port), "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
		"-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=" + known, "-o", "ConnectTimeout=10", host,
	}, args...)...)
	cmd.Env = append(os.Environ(), "LC_AGENT=locale")
	p := &process{t: j.t, cmd: cmd}
	cmd.Stdout, cmd.Stderr = &p.stdout, &p.stderr
	return p
}

func TestOpenSSHClient(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	w := j.worker(0, "FROM_CONTAINER=yes")
	key := filepath.Join(j.dir, "key")
	for _, tc := range []struct {
		name, command, stdin, stdout, stderr string
		code                                 int
		options                              []string
	}{
		{name: "output", command: `echo out; echo err >&2`, stdout: "out\n", stderr: "err\n"},
		{name: "exit code", command: `exit 7`, code: 7},
		{name: "container's environment", command: `echo $FROM_CONTAINER`, stdout: "yes\n"},
		{name: "stdin to its end", command: `wc -c`, stdin: strings.Repeat("x", 300000), stdout: "300000\n"},
		{name: "killed", command: `kill -9 $$`, code: 255},
		{name: "not found", command: `no-such-program`, code: 127, stderr: "not found"},
		{name: "shell", stdin: "echo from shell\nexit 4\n", stdout: "from shell\n", code: 4},
		{name: "locale is taken", options: []string{"-o", "SendEnv=LC_AGENT"}, command: `echo $LC_AGENT`, stdout: "locale\n"},
		{name: "other variables are not", options: []string{"-o", "SetEnv=EVIL=1"}, command: `echo ${EVIL:-none}`, stdout: "none\n"},
		{name: "large output", command: `head -c 3000000 /dev/zero | tr '\0' x`, stdout: strings.Repeat("x", 3000000)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := j.openSSH(key)
			p.t = t
			at := len(p.cmd.Args) - 1
			p.cmd.Args = append(p.cmd.Args[:at:at], append(tc.options, p.cmd.Args[at])...)
			if tc.command != "" {
				p.cmd.Args = append(p.cmd.Args, tc.command)
			}
			p.cmd.Stdin = strings.NewReader(tc.stdin)
			if code := p.run(); code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			if got := p.stdout.String(); got != tc.stdout {
				t.Errorf("stdout %.100q, want %.100q", got, tc.stdout)
			}
			if !strings.Contains(p.stderr.String(), tc.stderr) {
				t.Errorf("stderr %q, want %q in it", p.stderr.String(), tc.stderr)
			}
		})
	}
	if w.cmd.ProcessState != nil {
		t.Error("the Worker ended")
	}
}

func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	w := j.worker(0)
	forged := filepath.Join(t.TempDir(), "forged")
	newKey(t, forged)
	p := j.openSSH(forged, "echo in")
	if code := p.run(); code != 255 || !strings.Contains(p.stderr.String(), "Permission denied") || p.stdout.String() != "" {
		t.Errorf("exit code %d, stderr %q", code, p.stderr.String())
	}
	w.until("refused a connection from 127.0.0.1")

	address := net.JoinHostPort(j.job.Workers[0], fmt.Sprint(j.job.Port))
	for range 20 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte("GET / HTTP/1.1\r\n\r\n" + strings.Repeat("\x00\xff", 5000)))
		_ = c.Close()
	}
	if code := j.command("mpi-rsh", j.job.Workers[0], "true").run(); code != 0 {
		t.Errorf("after garbage: exit code %d", code)
	}
	if n := strings.Count(w.stderr.String(), "refused a connection"); n != 1 {
		t.Errorf("%d lines about the peer, want 1: %s", n, w.stderr.String())
	}
}

func TestManyConnections(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	w := j.worker(0)
	address := net.JoinHostPort(j.job.Workers[0], fmt.Sprint(j.job.Port))
	for range 1000 {
		c, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	if code := j.command("mpi-rsh", j.job.Workers[0], "true").run(); code != 0 {
		t.Errorf("behind 1000 silent connections: exit code %d", code)
	}
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", w.cmd.Process.Pid))
	if err != nil || len(fds) > limits.Unauthenticated+50 {
		t.Errorf("%d open files, %v", len(fds), err)
	}
}

func TestRemoteShell(t *testing.T) {
	t.Parallel()
	j := newJob(t, 2)
	j.worker(0)
	// Worker 1 is a stock sshd that holds the job's key: what we send is what sshd understands.
	startSSHD(t, j, j.job.Workers[1])
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range j.job.Workers {
		for _, tc := range []struct {
			name, stdin, stdout string
			args                []string
			code                int
		}{
			{name: "joined by blanks", args: []string{host, "echo", "a  b", `"c`, `d"`}, stdout: "a b c d\n"},
			{name: "exit code", args: []string{"-x", "-o", "A=b", "-p", "22", "-T", host, "exit 9"}, code: 9},
			{name: "stdin", args: []string{host, "cat"}, stdin: "hello", stdout: "hello"},
			{name: "no stdin", args: []string{"-n", host, "cat"}, stdin: "hello"},
			{name: "signal", args: []string{me.Username + "@" + host, "kill -TERM $$"}, code: 143},
			{name: "background", args: []string{"-f", host, "true"}},
		} {
			t.Run(host+" "+tc.name, func(t *testing.T) {
				p := j.command(append([]string{"ssh", "-l", me.Username}, tc.args...)...)
				p.t = t
				r, w, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				p.cmd.Stdin = r
				p.start()
				_, _ = w.WriteString(tc.stdin)
				_, _ = r.Close(), w.Close()
				if code := p.wait(); code != tc.code {
					t.Errorf("exit code %d, want %d", code, tc.code)
				}
				if got := p.stdout.String(); got != tc.stdout {
					t.Errorf("stdout %q, want %q", got, tc.stdout)
				}
			})
		}
	}
	t.Run("long command", func(t *testing.T) {
		long := strings.Repeat("x", limits.CommandBytes)
		p := j.command("ssh", j.job.Workers[0], "echo "+long[:100_000]+"; echo "+long[:60_000])
		p.t = t
		// Linux refuses such an argument before it reaches us; the protocol has no such limit.
		if p.cmd.Start() == nil {
			t.Error("started with an argument of 160 kB")
		}
		client := j.dial(t, 0)
		session, err := client.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		out, err := session.CombinedOutput("echo " + long)
		if err == nil || !strings.Contains(string(out), "the limit is") {
			t.Errorf("%v, %.200q", err, out)
		}
	})
}

func TestRemoteShellFindsTheWrongHost(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	other := newJob(t, 1)
	other.job.Port = j.job.Port
	other.write()
	other.worker(0)
	p := j.command("mpi-rsh", j.job.Workers[0], "echo in")
	// It is tried for a while, as a name that leads elsewhere for a moment would be.
	if code := p.run(); code != 255 || !strings.Contains(p.stderr.String(), "Worker 0 (127.0.0.2): can't be reached") {
		t.Errorf("exit code %d, stderr %q", code, p.stderr.String())
	}
}

func (j *testJob) dial(t *testing.T, worker int) *ssh.Client {
	t.Helper()
	key, err := jobfile.Key(filepath.Join(j.dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := ssh.Dial("tcp", net.JoinHostPort(j.job.Workers[worker], fmt.Sprint(j.job.Port)), &ssh.ClientConfig{
		User: "x", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.FixedHostKey(key.PublicKey()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// startSSHD starts OpenSSH's server with the job's key as host key and the only key it lets in.
func startSSHD(t *testing.T, j *testJob, address string) {
	t.Helper()
	dir := t.TempDir()
	key, err := jobfile.Key(filepath.Join(j.dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	authorized := filepath.Join(dir, "authorized_keys")
	writeFile(t, authorized, ssh.MarshalAuthorizedKey(key.PublicKey()), 0o600)
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", "-h", filepath.Join(j.dir, "key"),
		"-o", fmt.Sprintf("ListenAddress=%s:%d", address, j.job.Port), "-o", "AuthorizedKeysFile="+authorized,
		"-o", "StrictModes=no", "-o", "PidFile=none", "-o", "UsePAM=no", "-o", "PermitRootLogin=prohibit-password")
	p := &process{t: t, cmd: cmd}
	cmd.Stdout, cmd.Stderr = &p.stdout, &p.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.start()
	p.until("Server listening")
}
