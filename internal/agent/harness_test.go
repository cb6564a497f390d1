package agent_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/opendatahub-io/mpijob/internal/agent"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/testkit/screen"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// The test binary is the agent too: tests run it as separate processes, as pods do, with files and
// addresses given in the environment.
const (
	envDir     = "MPI_AGENT_TEST_DIR"
	envAddress = "MPI_AGENT_TEST_ADDRESS"
	envShell   = "MPI_AGENT_TEST_SHELL"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(envDir); dir != "" {
		os.Exit(agent.Paths{
			JobFile: filepath.Join(dir, "job.json"), KeyFile: filepath.Join(dir, "key"),
			TokenFile: filepath.Join(dir, "token"), TerminationLog: filepath.Join(dir, "termination-log"),
			Address: os.Getenv(envAddress), Shell: os.Getenv(envShell),
		}.Main(os.Args))
	}
	os.Exit(m.Run())
}

// testJob is a job whose pods are processes on loopback addresses.
type testJob struct {
	t     *testing.T
	dir   string
	job   *wire.Job
	shell string
	env   []string
}

// newJob makes a job with Workers at 127.0.0.2 and on, none of them started.
func newJob(t *testing.T, workers int) *testJob {
	t.Helper()
	j := &testJob{t: t, dir: t.TempDir(), shell: "/bin/sh", job: &wire.Job{
		Version: wire.Version, Namespace: "ns", Name: "job", UID: "uid-1", Attempt: 1,
		Transport: wire.TransportBuiltin, Port: freePort(t), Launcher: "job-launcher.job.ns.svc",
		Slots: 2, Implementation: "OpenMPI", WaitSeconds: 30,
	}}
	for i := range workers {
		j.job.Workers = append(j.job.Workers, fmt.Sprintf("127.0.0.%d", i+2))
	}
	j.write()
	newKey(t, filepath.Join(j.dir, "key"))
	writeFile(t, filepath.Join(j.dir, "termination-log"), nil, 0o644)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mpi-agent", "mpi-rsh", "ssh"} {
		if err := os.Symlink(self, filepath.Join(j.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// write writes the job's description anew.
func (j *testJob) write() {
	j.t.Helper()
	data, err := json.Marshal(j.job)
	if err != nil {
		j.t.Fatal(err)
	}
	writeFile(j.t, filepath.Join(j.dir, "job.json"), data, 0o644)
}

func (j *testJob) rsh() string { return filepath.Join(j.dir, "mpi-rsh") }

// command prepares a process of the agent: args[0] is the name it is called by.
func (j *testJob) command(args ...string) *process {
	cmd := exec.Command(filepath.Join(j.dir, args[0]), args[1:]...)
	cmd.Env = append(os.Environ(), append(j.env, envDir+"="+j.dir, "RSH="+j.rsh())...)
	p := &process{t: j.t, cmd: cmd}
	cmd.Stdout, cmd.Stderr = &p.stdout, &p.stderr
	cmd.WaitDelay = patience
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return p
}

// worker starts a Worker and returns when it serves.
func (j *testJob) worker(i int, env ...string) *process {
	j.t.Helper()
	p := j.command("mpi-agent", "serve")
	p.cmd.Env = append(p.cmd.Env, envAddress+"="+j.job.Workers[i], envShell+"="+j.shell,
		fmt.Sprintf("%s=%d", wire.EnvWorkerIndex, i), wire.EnvRole+"=worker")
	p.cmd.Env = append(p.cmd.Env, env...)
	p.start()
	p.until("serves on port")
	return p
}

func (j *testJob) workers() (all []*process) {
	j.t.Helper()
	for i := range j.job.Workers {
		all = append(all, j.worker(i))
	}
	return all
}

// launch starts a Launcher whose command is a shell script.
func (j *testJob) launch(script string) *process {
	j.t.Helper()
	p := j.command("mpi-agent", "launch", "--", "/bin/sh", "-c", script)
	p.cmd.Env = append(p.cmd.Env, wire.EnvRole+"=launcher")
	p.start()
	return p
}

// lastWord is what the Launcher left.
func (j *testJob) lastWord() wire.LastWord {
	j.t.Helper()
	data, err := os.ReadFile(filepath.Join(j.dir, "termination-log"))
	if err != nil {
		j.t.Fatal(err)
	}
	var w wire.LastWord
	if err := json.Unmarshal(data, &w); err != nil {
		j.t.Fatalf("last word %q: %v", data, err)
	}
	return w
}

// process is a running agent.
type process struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr screen.Text
	ended          chan struct{}
}

func (p *process) start() {
	p.t.Helper()
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.ended = make(chan struct{})
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	p.t.Cleanup(func() {
		// Also what it started: in a pod that ends with the container.
		for _, c := range procs.Below(procs.List(), p.cmd.Process.Pid) {
			_ = syscall.Kill(c.PID, syscall.SIGKILL)
		}
		_ = p.cmd.Process.Kill()
		<-p.ended
		if p.t.Failed() {
			p.t.Logf("%v\nstdout: %s\nstderr: %s", p.cmd.Args, p.stdout.String(), p.stderr.String())
		}
	})
}

// wait waits for the end and returns the exit code as a shell would have it.
func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("%v didn't end", p.cmd.Args)
	}
	if ws := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) run() int {
	p.t.Helper()
	p.start()
	return p.wait()
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// until waits until stdout or stderr contains a text.
func (p *process) until(text string) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("%v says %q", p.cmd.Args, text), func() bool {
		return strings.Contains(p.stdout.String()+p.stderr.String(), text)
	})
}

// patience is how long something may take that has no reason to take long.
const patience = 40 * time.Second

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain: %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func newKey(t *testing.T, path string) ssh.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func writeFile(t *testing.T, path string, data []byte, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, data, mode); err != nil {
		t.Fatal(err)
	}
}

// places are the addresses for progress that jobs of tests have.
var places sync.Map

// freePort returns a port that no loopback address uses, and no other job's that leads to the same place for
// progress. The upper half of those places is for the tests of package progress, which run beside these.
func freePort(t *testing.T) int {
	t.Helper()
	for {
		l, err := net.Listen("tcp", "0.0.0.0:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		place := netip.MustParseAddrPort((&wire.Job{Port: port}).ProgressAddress())
		if place.Port() >= 63250 {
			continue
		}
		if _, taken := places.LoadOrStore(place, true); !taken {
			t.Cleanup(func() { places.Delete(place) })
			return port
		}
	}
}
