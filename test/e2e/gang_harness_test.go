//go:build e2e

package e2e

import (
	"strings"
	"syscall"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// gpuWorkers gives each Worker so many of the node's 8 GPUs.
func gpuWorkers(n string) option {
	return func(job *kubeflow.MPIJob) {
		workerPod(job).Containers[0].Resources.Limits["nvidia.com/gpu"] = resource.MustParse(n)
	}
}

// scheduling asks for gang scheduling.
func scheduling(p kubeflow.SchedulingPolicy) option {
	return func(job *kubeflow.MPIJob) { job.Spec.RunPolicy.SchedulingPolicy = &p }
}

// untilTold runs until the test tells it to succeed.
func untilTold(job *kubeflow.MPIJob) {
	command("sh", "-c", `trap "exit 0" USR1; echo "`+started+`"; while :; do sleep 0.2; done`)(job)
}

// tell makes a job that runs untilTold succeed.
func (e *env) tell(job *kubeflow.MPIJob) {
	e.t.Helper()
	e.awaitLog(job, started)
	pid, err := mainProcess(&e.podsOf(job, "launcher")[0])
	e.must(err, "finding the Launcher's process")
	e.must(syscall.Kill(pid, syscall.SIGUSR1), "telling the Launcher to end")
}

// awaitWait waits until a job says that it waits, and for what.
func (e *env) awaitWait(job *kubeflow.MPIJob, says ...string) *kubeflow.MPIJob {
	e.t.Helper()
	return e.awaitJob(job, "waiting: "+strings.Join(says, " … "), func(j *kubeflow.MPIJob) bool {
		c := condition(j, kubeflow.JobCreated)
		if c == nil || !strings.HasPrefix(c.Message, "Waiting for ") {
			return false
		}
		for _, s := range says {
			if !strings.Contains(c.Message, s) {
				return false
			}
		}
		return true
	})
}

// placed are a job's pods that have a node.
func (e *env) placed(job *kubeflow.MPIJob) []corev1.Pod {
	var out []corev1.Pod
	for _, p := range e.podsOf(job, "") {
		if p.Spec.NodeName != "" {
			out = append(out, p)
		}
	}
	return out
}
