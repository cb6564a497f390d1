//go:build e2e && failures

package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
)

// killRounds is how often each kill is measured; MPIJOB_KILL_ROUNDS says otherwise.
const killRounds = 3

// TestFailureTimes measures how long it takes from a kill until the status names the Worker, and until
// the job has failed. The figures are printed, never asserted: how fast a busy machine is proves nothing.
func TestFailureTimes(t *testing.T) {
	rounds := killRounds
	if n, err := strconv.Atoi(os.Getenv("MPIJOB_KILL_ROUNDS")); err == nil && n > 0 {
		rounds = n
	}
	e := setup(t)
	on := func(do string) option {
		return triedOnce(ranks(`trap '` + do + `' USR1; [ $RANK = 3 ] && echo "` + started + `"; while :; do sleep 600 & wait; done`))
	}
	kinds := []struct {
		name   string
		opt    option
		strike func(*env, *kubeflow.MPIJob)
	}{
		{"rank killed by SIGKILL", on(""), signalRank("3", syscall.SIGKILL)},
		{"rank exits with 3", on("exit 3"), signalRank("3", syscall.SIGUSR1)},
		{"rank out of memory", on("exec tail /dev/zero"), fillMemory("3")},
		{"Worker's container killed", on(""), killContainer("worker-1")},
	}
	rows := []string{"\n| Kill | Rounds | Status names the Worker: median, p95 | Job failed: median, p95 |", "|---|---|---|---|"}
	for i, k := range kinds {
		var named, failed []time.Duration
		for n := range rounds {
			t.Run(fmt.Sprintf("%s %d", k.name, n), func(t *testing.T) {
				a, b := e.in(t).timeKill(fmt.Sprintf("kill-%d-%d", i, n), k.opt, k.strike)
				named, failed = append(named, a), append(failed, b)
			})
		}
		rows = append(rows, fmt.Sprintf("| %s | %d | %s | %s |", k.name, len(named), spread(named), spread(failed)))
	}
	fmt.Println(strings.Join(rows, "\n"))
}

func triedOnce(opt option) option {
	return func(job *kubeflow.MPIJob) {
		once(job)
		opt(job)
	}
}

// timeKill returns when, after the strike, the status named the Worker and when the job had failed.
func (e *env) timeKill(name string, opt option, strike func(*env, *kubeflow.MPIJob)) (named, failed time.Duration) {
	e.t.Helper()
	job := e.submit(e.admin, newJob(teamA, name, opt))
	e.awaitCondition(job, kubeflow.JobRunning)
	e.awaitLog(job, started)
	strike(e, job)
	from := time.Now()
	e.awaitJob(job, "failed", func(j *kubeflow.MPIJob) bool {
		for _, c := range j.Status.Conditions {
			if named == 0 && strings.Contains(c.Message, "Worker 1") {
				named = time.Since(from)
			}
		}
		if isTrue(j, kubeflow.JobFailed) && failed == 0 {
			failed = time.Since(from)
		}
		return failed > 0
	})
	if named == 0 {
		e.t.Errorf("the status never named Worker 1")
	}
	e.remove(e.admin, job)
	return named, failed
}

func spread(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	at := func(q float64) float64 { return all[int(q*float64(len(all)-1)+0.5)].Seconds() }
	return fmt.Sprintf("%.2f s, %.2f s", at(0.5), at(0.95))
}

// signalRank sends a signal to a rank of the job from the host, as its own program or the kernel would.
func signalRank(rank string, sig syscall.Signal) func(*env, *kubeflow.MPIJob) {
	return func(e *env, job *kubeflow.MPIJob) {
		e.t.Helper()
		pid := rankProcess(job, rank)
		if pid == 0 {
			e.t.Fatalf("rank %s of %s isn't running here: the tests must run on the sandbox's machine, as root", rank, job.Name)
		}
		e.must(syscall.Kill(pid, sig), "signalling the rank")
	}
}

// fillMemory has a rank take memory, and returns when the kernel has killed something for it: how long a
// program takes to fill its Worker's memory is its own affair.
func fillMemory(rank string) func(*env, *kubeflow.MPIJob) {
	return func(e *env, job *kubeflow.MPIJob) {
		e.t.Helper()
		pid := rankProcess(job, rank)
		if pid == 0 {
			e.t.Fatalf("rank %s of %s isn't running here: the tests must run on the sandbox's machine, as root", rank, job.Name)
		}
		counter := oomCounter(e, pid)
		before := oomKills(e, counter)
		e.must(syscall.Kill(pid, syscall.SIGUSR1), "signalling the rank")
		for end := time.Now().Add(patience); oomKills(e, counter) == before; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				e.t.Fatal("the kernel killed nothing for lack of memory")
			}
		}
	}
}

// oomCounter is the file that counts the kernel's kills in a process's memory cgroup, of either version.
func oomCounter(e *env, pid int) string {
	e.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	e.must(err, "reading the rank's control group")
	for _, line := range strings.Split(string(text), "\n") {
		_, rest, _ := strings.Cut(line, ":")
		controllers, path, _ := strings.Cut(rest, ":")
		for _, file := range map[string][]string{
			"memory": {"/sys/fs/cgroup/memory" + path + "/memory.oom_control"},
			"":       {"/sys/fs/cgroup" + path + "/memory.events"},
		}[controllers] {
			if _, err := os.Stat(file); err == nil {
				return file
			}
		}
	}
	e.t.Fatalf("no memory cgroup of process %d is seen here:\n%s", pid, text)
	return ""
}

// oomKills reads the counter.
func oomKills(e *env, file string) string {
	e.t.Helper()
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "gone with its container" // as cgroup v2 ends all of it
	}
	e.must(err, "reading the kernel's count of kills")
	for _, line := range strings.Split(string(text), "\n") {
		if n, ok := strings.CutPrefix(line, "oom_kill "); ok {
			return n
		}
	}
	return ""
}

// rankProcess is the PID of a rank's shell on Worker 1, 0 for none.
func rankProcess(job *kubeflow.MPIJob, rank string) int {
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range environs {
		env, err := os.ReadFile(path)
		vars := strings.Split(string(env), "\x00")
		if err != nil || !slices.Contains(vars, "OMPI_COMM_WORLD_RANK="+rank) || !slices.Contains(vars, "HOSTNAME="+job.Name+"-worker-1") {
			continue
		}
		command, err := os.ReadFile(filepath.Join(filepath.Dir(path), "comm"))
		if err != nil || strings.TrimSpace(string(command)) != "sh" {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			return pid
		}
	}
	return 0
}
