package training

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// A change is offered only where a clone with it has another container in place of the one that failed.
func TestMend(t *testing.T) {
	launchers := func(change func(*corev1.Container)) func(*MPIJob) {
		return func(m *MPIJob) { change(mainContainer(m, kubeflow.MPIReplicaTypeLauncher)) }
	}
	ownImage := launchers(func(c *corev1.Container) { c.Image = "l" })
	shell := launchers(func(c *corev1.Container) { c.Command, c.Args = []string{"./run.sh"}, nil })
	alone := func(m *MPIJob) {
		delete(m.Spec.MPIReplicaSpecs, kubeflow.MPIReplicaTypeWorker)
		m.Spec.RunLauncherAsWorker = ptr.To(false)
	}
	limited := withMemory("", "512Mi")
	for _, c := range []struct {
		name string
		job  *MPIJob
		f    Failure
		want string
	}{
		{"a Worker's image", aJob(), Failure{Reason: failure.ImageNotFound, Where: "Worker 1", Detail: `"i": not found`}, "image"},
		{"the image of both", aJob(), Failure{Reason: failure.ImagePullFailed, Where: "Launcher", Detail: `"i": denied`}, "image"},
		{"a Launcher's own image", aJob(ownImage), Failure{Reason: failure.ImageNotFound, Where: "Launcher", Detail: `"l": not found`}, ""},
		{"a Worker's, beside that", aJob(ownImage), Failure{Reason: failure.ImageNotFound, Where: "Worker 0", Detail: `"i": not found`}, "image"},
		{"a sidecar's image", aJob(), Failure{Reason: failure.ImageNotFound, Where: "Worker 0", Detail: `"proxy:1": not found`}, ""},
		{"nobody knows whose", aJob(), Failure{Reason: failure.ImageNotFound}, ""},
		{"the program, on a Worker", aJob(), Failure{Reason: failure.ContainerCommandNotFound, Where: "Worker 1", Detail: "p"}, "command"},
		{"a Launcher's own line", aJob(shell), Failure{Reason: failure.ContainerCommandNotFound, Where: "Launcher", Detail: `exec: "./run.sh": permission denied`}, "command"},
		{"a script that isn't executable", aJob(line("mpirun", "./run.sh")), Failure{Reason: failure.ContainerCommandNotFound, Where: "Worker 1", Detail: failure.NotExecutable("./run.sh")}, "command"},
		{"a line for a shell", aJob(line("mpirun", "echo hi && hostname")), Failure{Reason: failure.ContainerCommandNotFound, Where: "Worker 1", Detail: "echo hi && hostname"}, "command"},
		{"mpirun itself", aJob(), Failure{Reason: failure.ContainerCommandNotFound, Where: "Launcher", Detail: `exec: "mpirun": executable file not found in $PATH`}, ""},
		{"a Worker's own command", aJob(), Failure{Reason: failure.ContainerCommandNotFound, Where: "Worker 0", Detail: `exec: "sshd": executable file not found in $PATH`}, ""},
		{"GPUs", aJob(), Failure{Reason: failure.GPUNotVisible, Where: "Worker 0"}, "gpusPerWorker"},
		{"GPUs without Workers", aJob(alone), Failure{Reason: failure.GPUNotVisible, Where: "Launcher"}, ""},
		{"a Worker's memory", aJob(limited), Failure{Reason: failure.RankOOMKilled, Where: "Worker 0"}, "memoryPerWorker"},
		{"the Launcher's memory", aJob(limited), Failure{Reason: failure.RankOOMKilled, Where: "Launcher"}, ""},
		{"slots", aJob(), Failure{Reason: failure.SlotsExceeded, Where: "Launcher"}, "slotsPerWorker"},
		{"time", aJob(), Failure{Reason: failure.TimeoutReached}, "timeLimit"},
		{"the deadline, which is no time limit", aJob(), Failure{Reason: failure.DeadlineExceeded}, ""},
		{"the program's own", aJob(), Failure{Reason: failure.RankExited, Where: "Worker 0"}, ""},
	} {
		before := c.job.DeepCopy()
		if got := mend(c.job, &c.f); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if d := cmp.Diff(before, c.job); d != "" {
			t.Errorf("%s: the job was changed:\n%s", c.name, d)
		}
	}
}
