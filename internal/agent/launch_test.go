package agent_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// A rank for scripts: it is one by its environment, like a real one.
const rank = `env OMPI_COMM_WORLD_RANK=%R OMPI_COMM_WORLD_SIZE=2 sleep 60`

func TestLaunchRunsOnWorkers(t *testing.T) {
	t.Parallel()
	j := newJob(t, 2)
	j.workers()
	p := j.launch(`$RSH 127.0.0.2 echo one; $RSH -x -o K=v 127.0.0.3 'echo two >&2; exit 5'; echo code $?`)
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if got := p.stdout.String(); got != "one\ncode 5\n" {
		t.Errorf("stdout %q", got)
	}
	if got := p.stderr.String(); !strings.Contains(got, "two\n") {
		t.Errorf("stderr %q", got)
	}
	if w := j.lastWord(); w.ExitCode != 0 || w.Failure != nil {
		t.Errorf("last word %+v", w)
	}
}

func TestLaunchWaitsForWorkers(t *testing.T) {
	t.Parallel()
	j := newJob(t, 2)
	p := j.launch(`echo runs`)
	j.worker(0)
	p.until("waiting for 1 of 2 Workers: Worker 1 (connection refused)")
	j.worker(1)
	if code := p.wait(); code != 0 || p.stdout.String() != "runs\n" {
		t.Errorf("exit code %d, stdout %q", code, p.stdout.String())
	}
}

func TestWorkerKilled(t *testing.T) {
	t.Parallel()
	j := newJob(t, 2)
	w := j.workers()
	p := j.launch(`$RSH 127.0.0.2 sleep 60 & $RSH 127.0.0.3 '` + strings.ReplaceAll(rank, "%R", "1") + `' & echo up; wait; sleep 60`)
	p.until("up")
	w[1].signal(syscall.SIGKILL)
	if code := p.wait(); code != wire.ExitInfrastructure {
		t.Errorf("exit code %d, want %d", code, wire.ExitInfrastructure)
	}
	f := j.lastWord().Failure
	if f == nil || f.Reason != failure.WorkerLost || f.Where != "Worker 1" {
		t.Errorf("failure %+v", f)
	}
	if !strings.Contains(p.stderr.String(), "the job failed: Worker 1: lost") {
		t.Errorf("stderr %q", p.stderr.String())
	}
}

func TestWorkerStopped(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	w := j.worker(0)
	p := j.launch(`$RSH 127.0.0.2 'echo up; sleep 60'`)
	p.until("up")
	w.signal(syscall.SIGTERM)
	if code := p.wait(); code != wire.ExitInfrastructure {
		t.Errorf("exit code %d, want %d", code, wire.ExitInfrastructure)
	}
	if f := j.lastWord().Failure; f == nil || f.Reason != failure.WorkerLost || !strings.Contains(f.Detail, "told to stop") {
		t.Errorf("failure %+v", f)
	}
}

// A Worker whose agent gets no CPU for longer than it may be silent isn't lost: its ranks go on, and so
// does the job.
func TestWorkerStarved(t *testing.T) {
	t.Parallel()
	j := newJob(t, 2)
	w := j.workers()
	seen := filepath.Join(j.dir, "seen")
	p := j.launch(`$RSH 127.0.0.3 'echo up; while [ ! -e ` + seen + ` ]; do sleep 0.2; done; echo end'`)
	p.until("up")
	w[1].signal(syscall.SIGSTOP)
	p.until("lost touch with Worker 1: it takes connections")
	w[1].signal(syscall.SIGCONT)
	p.until("Worker 1 answers again")
	writeFile(t, seen, nil, 0o644)
	if code := p.wait(); code != 0 || !strings.HasSuffix(p.stdout.String(), "end\n") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, p.stdout.String(), p.stderr.String())
	}
}

// A Worker that comes back as a new container knows nothing of the run.
func TestWorkerRestarted(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	w := j.worker(0)
	p := j.launch(`echo up; sleep 60`)
	p.until("up")
	w.signal(syscall.SIGKILL)
	<-w.ended
	j.worker(0)
	if code := p.wait(); code != wire.ExitInfrastructure {
		t.Errorf("exit code %d, want %d", code, wire.ExitInfrastructure)
	}
}

func TestRankExits(t *testing.T) {
	t.Parallel()
	j := newJob(t, 2)
	j.workers()
	// A rank says that it runs; the Workers find it at the latest when they are asked about the end.
	up := func(rank string) string {
		return `env OMPI_COMM_WORLD_RANK=` + rank + ` OMPI_COMM_WORLD_SIZE=2 sh -c "touch ` + filepath.Join(j.dir, "up"+rank) + `; sleep 60"`
	}
	p := j.launch(`$RSH 127.0.0.3 '` + up("3") + `' & $RSH 127.0.0.2 '` + up("0") + `' &
until [ -e ` + filepath.Join(j.dir, "up0") + ` ] && [ -e ` + filepath.Join(j.dir, "up3") + ` ]; do sleep 0.05; done
cat >&2 <<EOF
mpirun detected that one or more processes exited with non-zero status, thus causing
the job to be terminated. The first process to do so was:

  Process name: [[15451,1],3]
  Exit code:    3
EOF
exit 3`)
	if code := p.wait(); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	f := j.lastWord().Failure
	if f == nil || f.Sentence() != "Worker 1, rank 3: exited with code 3" {
		t.Errorf("failure %+v", f)
	}
	if f != nil && (len(f.LogTail) == 0 || f.LogTail[len(f.LogTail)-1] != "  Exit code:    3") {
		t.Errorf("log tail %q", f.LogTail)
	}
}

func TestRanksNotDistributed(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	j.workers()
	p := j.launch(strings.ReplaceAll(rank, "%R", "0") + " & " + strings.ReplaceAll(rank, "%R", "1") + " & wait")
	if code := p.wait(); code != wire.ExitInfrastructure {
		t.Errorf("exit code %d, want %d", code, wire.ExitInfrastructure)
	}
	if f := j.lastWord().Failure; f == nil || f.Reason != failure.RanksNotDistributed {
		t.Errorf("failure %+v", f)
	}
}

func TestWorkersNeverComeUp(t *testing.T) {
	t.Parallel()
	j := newJob(t, 2)
	j.job.WaitSeconds = 5 // Worker 0 is reached within
	j.write()
	j.worker(0)
	p := j.launch("echo runs")
	if code := p.wait(); code != wire.ExitInfrastructure || p.stdout.String() != "" {
		t.Errorf("exit code %d, stdout %q", code, p.stdout.String())
	}
	f := j.lastWord().Failure
	want := "gave up waiting for Workers to become reachable: Worker 1 (connection refused)"
	if f == nil || f.Sentence() != want {
		t.Errorf("failure %+v, want %q", f, want)
	}
}

func TestCommandAsIfAlone(t *testing.T) {
	t.Parallel()
	j := newJob(t, 0)
	for _, tc := range []struct {
		name, stdin, stdout, stderr string
		argv                        []string
		code                        int
	}{
		{name: "arguments", argv: []string{"printf", "<%s>", "", "a b", "--", "$x"}, stdout: "<><a b><--><$x>"},
		{name: "exit code", argv: []string{"/bin/sh", "-c", "exit 42"}, code: 42},
		{name: "killed", argv: []string{"/bin/sh", "-c", "kill -SEGV $$"}, code: 139},
		{name: "stdin", argv: []string{"cat"}, stdin: "hello", stdout: "hello"},
		{name: "not found", argv: []string{"no-such"}, code: 127, stderr: "no-such: command not found"},
		{name: "not executable", argv: []string{"/etc/passwd"}, code: 126, stderr: "/etc/passwd: not executable"},
		{name: "shim first", argv: []string{"/bin/sh", "-c", "echo ${PATH%%:*}"}, stdout: wire.ShimDir + "\n"},
		{name: "background process doesn't outlive it", argv: []string{"/bin/sh", "-c", "sleep 60 & exit 5"}, code: 5},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := j.command(append([]string{"mpi-agent", "launch", "--"}, tc.argv...)...)
			p.t = t
			p.cmd.Stdin = strings.NewReader(tc.stdin)
			if code := p.run(); code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			if p.stdout.String() != tc.stdout || !strings.Contains(p.stderr.String(), tc.stderr) {
				t.Errorf("stdout %q, stderr %q", p.stdout.String(), p.stderr.String())
			}
			if w := j.lastWord(); w.ExitCode != tc.code || (w.Failure == nil) != (tc.code == 0) {
				t.Errorf("last word %+v", w)
			}
		})
	}
}

// mpirun doesn't tell a file that isn't executable from one that isn't there.
func TestAScriptWithoutItsExecuteBit(t *testing.T) {
	t.Parallel()
	j := newJob(t, 0)
	script := filepath.Join(j.dir, "train.sh")
	if err := os.WriteFile(script, []byte("echo hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for program, want := range map[string]string{script: failure.NotExecutable(script), "/no-such.sh": "/no-such.sh", "echo a && echo b": "echo a && echo b", "/": "/"} {
		text := "mpirun was unable to launch the specified application as it could not access\nor execute an executable:\n\nExecutable: " + program + "\nNode: w\n"
		if code := j.launch("printf '%s' '" + text + "' >&2; exit 1").wait(); code == 0 {
			t.Errorf("%s: it should have failed", program)
		}
		if f := j.lastWord().Failure; f == nil || f.Reason != failure.ContainerCommandNotFound || f.Detail != want {
			t.Errorf("%s: %+v, want %q", program, f, want)
		}
	}
}

func TestSignalsReachTheCommand(t *testing.T) {
	t.Parallel()
	j := newJob(t, 0)
	p := j.launch(`trap 'echo usr1' USR1; trap 'echo term; exit 9' TERM; echo up; while :; do sleep 0.05; done`)
	p.until("up")
	p.signal(syscall.SIGUSR1)
	p.until("usr1")
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 9 || !strings.HasSuffix(p.stdout.String(), "term\n") {
		t.Errorf("exit code %d, stdout %q", code, p.stdout.String())
	}
}

func TestWaitOnly(t *testing.T) {
	t.Parallel()
	j := newJob(t, 1)
	p := j.command("mpi-agent", "wait")
	p.start()
	p.until("waiting for 1 of 1 Workers: Worker 0 (connection refused)")
	j.worker(0)
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

func TestNoTerminationLog(t *testing.T) {
	t.Parallel()
	j := newJob(t, 0)
	if err := os.Remove(filepath.Join(j.dir, "termination-log")); err != nil {
		t.Fatal(err)
	}
	if code := j.launch("exit 3").wait(); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
}

func TestWithoutJobDescription(t *testing.T) {
	t.Parallel()
	j := newJob(t, 0)
	writeFile(t, filepath.Join(j.dir, "job.json"), []byte(`{"version":2}`), 0o644)
	p := j.launch("true")
	if code := p.wait(); code != wire.ExitUsage || !strings.Contains(p.stderr.String(), "version is 2, this agent knows 1") {
		t.Errorf("exit code %d, stderr %q", code, p.stderr.String())
	}
}
