//go:build e2e && matrix

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// cellJob is a job of a cell with one rank on each Worker, whose Launcher runs a script. $MPIRUN stands
// for mpirun with what the cell needs.
func cellJob(c cell, ns, name string, n int32, script string) *kubeflow.MPIJob {
	options := []option{once, workers(n)}
	if c.sshd {
		options = append(options, withSSHD(c.mpi, uids[c.user]))
	} else {
		options = append(options, withMPI(c.mpi), asCellUser(c.user))
	}
	run := []string{"mpirun"}
	if c.user == userRoot {
		run = append(run, c.mpi.root...)
	}
	if c.sshd {
		run = append(run, c.mpi.forward...)
	}
	run = append(run, "-n", fmt.Sprint(n))
	job := newJob(ns, name, append(options, command("sh", "-c", strings.ReplaceAll(script, "$MPIRUN", strings.Join(run, " "))))...)
	job.Spec.SlotsPerWorker = ptr(int32(1))
	value := corev1.EnvVar{Name: "CELL", Value: `it's "all" $here`}
	launcher, worker := &launcherPod(job).Containers[0], &workerPod(job).Containers[0]
	worker.Env = append(worker.Env, value)
	if c.sshd {
		// sshd starts ranks in an environment of its own: it is mpirun that passes variables on.
		launcher.Env = append(launcher.Env, value)
	}
	// More ranks than cores: they had better yield. Others than Open MPI don't know it.
	launcher.Env = append(launcher.Env, corev1.EnvVar{Name: "OMPI_MCA_mpi_yield_when_idle", Value: "1"})
	for _, container := range []*corev1.Container{launcher, worker} {
		container.Resources.Limits[corev1.ResourceMemory] = resource.MustParse("768Mi")
	}
	return job
}

func asCellUser(user string) option {
	return func(job *kubeflow.MPIJob) {
		for _, pod := range []*corev1.PodSpec{launcherPod(job), workerPod(job)} {
			s := pod.Containers[0].SecurityContext
			s.RunAsUser, s.RunAsGroup = ptr(uids[user]), ptr(int64(0))
			switch user {
			case userRoot:
				pod.SecurityContext = nil
				pod.Containers[0].SecurityContext = &corev1.SecurityContext{RunAsUser: ptr(int64(0))}
			case userRandom:
				s.ReadOnlyRootFilesystem = ptr(true)
			}
		}
	}
}

// checkRanks checks host, environment and message of one rank on each Worker.
func (e *env) checkRanks(job *kubeflow.MPIJob, log string, n int) {
	e.t.Helper()
	for i := range n {
		if got := lines(log, fmt.Sprintf("of %d on %s-worker-%d pid", n, job.Name, i)); len(got) != 1 {
			e.t.Errorf("%d ranks on Worker %d, want 1", len(got), i)
		}
		for _, want := range []string{fmt.Sprintf(`rank %d: CELL=it's "all" $here`, i), fmt.Sprintf("rank %d: received 64 MiB", i)} {
			if !strings.Contains(log, want) {
				e.t.Errorf("the log lacks %q", want)
			}
		}
	}
	if e.t.Failed() {
		e.t.Log(log)
	}
}

// runCell checks what ranks see, stdin and the exit code.
func (e *env) runCell(c cell, ns string) {
	e.t.Helper()
	job := e.submit(e.admin, cellJob(c, ns, "mx2-"+c.name(), 2, `
$MPIRUN mpi-fault --print-env CELL --bcast-mb 64; echo "ran: $?"
echo for rank 0 | $MPIRUN sh -c 'if [ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" = 0 ]; then read line; echo "stdin=$line."; fi'
exec $MPIRUN sh -c 'if [ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" = 1 ]; then exit 7; fi; sleep 2'`))
	got := e.awaitCondition(job, kubeflow.JobFailed)
	log := e.launcherLog(e.admin, job)
	e.checkRanks(job, log, 2)
	for want, n := range map[string]int{"ran: 0": 1, "stdin=for rank 0.": 1} {
		if len(lines(log, want)) != n {
			e.t.Errorf("want %d lines with %q:\n%s", n, want, log)
		}
	}
	// The agent's last word ends a job; the kubelet tells of the Launcher's container a moment later.
	code := -1
	e.awaitPods(job, "a Launcher that has ended", func(pods []*corev1.Pod) bool {
		for _, p := range pods {
			if p.Labels[kubeflow.JobRoleLabel] != "launcher" || len(p.Status.ContainerStatuses) == 0 {
				continue
			}
			if t := p.Status.ContainerStatuses[0].State.Terminated; t != nil {
				code = int(t.ExitCode)
				return true
			}
		}
		return false
	})
	if !slices.Contains(c.mpi.exitCodes, code) {
		e.t.Errorf("the Launcher exited with %d, want %d; %s\n%s", code, c.mpi.exitCodes, conditions(got), log)
	}
}

// deleteCell checks a start by way of other Workers, and that a deletion in mid-run leaves nothing.
func (e *env) deleteCell(c cell, ns string) {
	e.t.Helper()
	job := cellJob(c, ns, "mx4-"+c.name(), 4, `exec $MPIRUN mpi-fault --print-env CELL --bcast-mb 64 --sleep 600`)
	launcherPod(job).Containers[0].Env = append(launcherPod(job).Containers[0].Env, c.mpi.tree...)
	e.submit(e.admin, job)
	e.awaitCondition(job, kubeflow.JobRunning)
	for i := range 4 {
		e.awaitLogAs(e.admin, job, fmt.Sprintf("rank %d: received 64 MiB", i))
	}
	e.checkRanks(job, e.launcherLog(e.admin, job), 4)
	if p := processOf(job.Name); p == "" {
		e.t.Error("no process of the running job is found: the search after its end would prove nothing")
	}
	e.remove(e.admin, job)
	e.awaitPods(job, "none", func(pods []*corev1.Pod) bool { return len(pods) == 0 })
	if p := processOf(job.Name); p != "" {
		e.t.Errorf("a process of the deleted job is left: %s", p)
	}
}

// processOf is the command line of a process on this machine in a container of the job; empty for none.
func processOf(job string) string {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err == nil && strings.Contains(string(text), "HOSTNAME="+job+"-") {
			cmd, _ := os.ReadFile(filepath.Join(filepath.Dir(f), "cmdline"))
			return strings.ReplaceAll(string(cmd), "\x00", " ")
		}
	}
	return ""
}
