//go:build e2e && failures

package e2e

import (
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// workerFailures take a Worker, or the Launcher, from under the program.
func workerFailures() []failureCase {
	waitTimeout := func(d string) option {
		return func(job *kubeflow.MPIJob) {
			job.Annotations = map[string]string{mpijob.AnnotationWaitTimeout: d}
		}
	}
	return []failureCase{
		{name: "worker-killed", reason: failure.WorkerExited, not: failure.WorkerOOMKilled, provoked: "a Worker's container killed with SIGKILL",
			opts: []option{ranks(busy)}, strike: killContainer("worker-1"), where: "Worker 1", says: []string{"SIGKILL"}},
		{name: "worker-exited", reason: failure.WorkerExited, provoked: "a Worker's own command that exits with 4",
			opts:  []option{onWorkers(func(c *corev1.Container) { c.Command = []string{"sh", "-c", "echo no sshd today >&2; exit 4"} })},
			where: "Worker", says: []string{"code 4"}},
		{name: "worker-deleted", reason: failure.WorkerLost, provoked: "a Worker's pod deleted",
			opts: []option{ranks(busy)}, strike: deletePod("worker", "1"), where: "Worker 1", says: []string{"deleted"}},
		{name: "worker-evicted", reason: failure.WorkerEvicted, not: failure.WorkerLost, provoked: "a Worker's pod evicted by the eviction API",
			opts: []option{ranks(busy)}, strike: evictPod("1"), where: "Worker 1", says: []string{"evicted"}},
		{name: "launcher-deleted", reason: failure.LauncherLost, provoked: "the Launcher's pod deleted",
			opts: []option{once, ranks(busy)}, strike: deletePod("launcher", ""), where: "Launcher", says: []string{"deleted"}},
		{name: "worker-mute", reason: failure.LauncherTimeoutWaitingForWorkers, provoked: "Workers whose own command is no sshd",
			opts: []option{waitTimeout("5s"), onWorkers(func(c *corev1.Container) { c.Command = []string{"sleep", "600"} })},
			says: []string{"Worker 0", "5s"}},
	}
}

// evictPod asks the API server to evict a Worker, as `kubectl drain` does.
func evictPod(index string) func(*env, *kubeflow.MPIJob) {
	return func(e *env, job *kubeflow.MPIJob) {
		e.t.Helper()
		for _, p := range e.podsOf(job, "worker") {
			if p.Spec.Hostname == job.Name+"-worker-"+index {
				e.must(e.admin.Kube.CoreV1().Pods(p.Namespace).EvictV1(e.ctx, &policyv1.Eviction{
					ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name},
				}), "evicting pod "+p.Name)
				return
			}
		}
		e.t.Fatalf("there is no worker %s", index)
	}
}
