//go:build e2e && failures

package e2e

import (
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// workerFailures take a Worker, or the Launcher, from under the program.
func workerFailures() []failureCase {
	return []failureCase{
		{name: "worker-killed", reason: failure.WorkerExited, not: failure.WorkerOOMKilled, provoked: "a Worker's container killed with SIGKILL",
			opts: []option{ranks(busy)}, strike: killContainer("worker-1"), where: "Worker 1", says: []string{"SIGKILL"}},
		{name: "worker-starved", reason: failure.WorkerStarved, not: failure.NodeLost, provoked: "a Worker's agent stopped with SIGSTOP",
			opts: []option{ranks(busy)}, strike: freezeAgent("1"), where: "Worker 1", says: []string{"CPU"}},
		{name: "worker-exited", reason: failure.WorkerExited, provoked: "a Worker's own command that exits with 4",
			namespace: func(*env) string { return "default" },
			opts:      []option{withSSHD(openMPI4, 0), ownCommand("echo no sshd today >&2; exit 4")},
			where:     "Worker", says: []string{"code 4"}, log: "no sshd today"},
		{name: "worker-oom", reason: failure.WorkerOOMKilled, not: failure.WorkerExited, provoked: "a Worker's own command that takes memory until it is killed",
			namespace: func(*env) string { return "default" },
			opts:      []option{withSSHD(openMPI4, 0), ownCommand("exec tail /dev/zero")}, where: "Worker", says: []string{"memory", "512Mi"}, limit: true},
		{name: "worker-deleted", reason: failure.WorkerLost, provoked: "a Worker's pod deleted",
			opts: []option{ranks(busy)}, strike: deletePod("worker", "1"), where: "Worker 1", says: []string{"deleted"}},
		{name: "worker-evicted", reason: failure.WorkerEvicted, not: failure.WorkerLost, provoked: "a Worker's pod evicted by the eviction API",
			opts: []option{ranks(busy)}, strike: evictPod("1"), where: "Worker 1", says: []string{"evicted"}},
		{name: "launcher-deleted", reason: failure.LauncherLost, provoked: "the Launcher's pod deleted",
			opts: []option{once, ranks(busy)}, strike: deletePod("launcher", ""), where: "Launcher", says: []string{"deleted"}},
		{name: "worker-mute", reason: failure.LauncherTimeoutWaitingForWorkers, not: failure.WorkerUnreachable, provoked: "Workers whose own command is no sshd",
			namespace: func(*env) string { return "default" },
			opts:      []option{waitTimeout("20s"), withSSHD(openMPI4, 0), ownCommand("sleep 600")}, says: []string{"wasn't reachable within 20s", "refused"}},
		{name: "no-name", reason: failure.WorkerUnreachable, provoked: "the Service that names the Workers deleted",
			opts: []option{waitTimeout("20s"), workerInit("sleep 8", "")}, early: deleteService, where: "Worker", says: []string{"DNS"}},
		{name: "no-network", reason: failure.WorkerUnreachable, not: failure.LauncherTimeoutWaitingForWorkers, provoked: "a Worker's network cut before it starts",
			opts: []option{waitTimeout("20s"), workerInit("sleep 8", "")}, early: cutNetwork("1"), where: "Worker 1", says: []string{"reach"}},
		{name: "node-lost", reason: failure.NodeLost, not: failure.WorkerExited, provoked: "a stopped kubelet, then its Worker killed", alone: true,
			opts: []option{ranks(busy)}, strike: loseNode("worker-1"), where: "Worker 1", says: []string{"node"}},
	}
}

func waitTimeout(d string) option {
	return func(job *kubeflow.MPIJob) { job.Annotations = map[string]string{mpijob.AnnotationWaitTimeout: d} }
}

// ownCommand has the Workers run a script in place of the agent.
func ownCommand(script string) option {
	return onWorkers(func(c *corev1.Container) { c.Command = []string{"sh", "-c", script} })
}
