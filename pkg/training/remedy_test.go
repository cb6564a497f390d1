package training

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// What is offered of a failed job, of every reason there is: a copy with what mends it, one with a field to fill in, the
// same again; a job that fails again as it is isn't offered as it is.
func TestOffers(t *testing.T) {
	offered := map[failure.Reason]bool{}
	worker, launcher, job := "Worker 0", "Launcher", ""
	for reason, c := range map[failure.Reason]struct {
		where, detail string
		remedy, mend  string
		needsChange   bool
	}{
		failure.ImagePullFailed:                  {worker, `"i": denied`, "", "image", false}, // a pull secret may be there by now
		failure.ImageNotFound:                    {worker, `"i": not found`, "", "image", false},
		failure.SecretMissing:                    {worker, "", "", "", false},
		failure.VolumeMissing:                    {worker, "", "", "", false},
		failure.CrashLoop:                        {worker, "", "", "", false}, // a Secret or ConfigMap may be mended
		failure.ContainerCommandNotFound:         {worker, "p: command not found", "", "command", true},
		failure.ContainerConfigInvalid:           {worker, "", "", "", false},
		failure.LauncherExited:                   {launcher, "", "", "", false},
		failure.LauncherLost:                     {launcher, "", "again", "", false},
		failure.RankExited:                       {worker, "", "", "", false},
		failure.RankKilledBySignal:               {worker, "", "", "", false},
		failure.RankOOMKilled:                    {worker, "", "1Gi", "memoryPerWorker", true},
		failure.SharedMemoryTooSmall:             {worker, "", "", "", true},
		failure.GPUNotVisible:                    {worker, "", "", "gpusPerWorker", false}, // a node's driver may be mended
		failure.WorkerExited:                     {worker, "", "", "", false},
		failure.WorkerOOMKilled:                  {worker, "", "1Gi", "memoryPerWorker", true},
		failure.WorkerEvicted:                    {worker, "", "", "memoryPerWorker", false},
		failure.WorkerLost:                       {worker, "", "again", "", false},
		failure.WorkerStarved:                    {worker, "", "", "cpuPerWorker", false}, // a neighbour may have been busy
		failure.NodeLost:                         {worker, "", "again", "", false},
		failure.WorkerUnreachable:                {worker, "", "", "", false},
		failure.LauncherTimeoutWaitingForWorkers: {launcher, "", "", "", false}, // a pull may have been slow, DNS or a network policy mended
		failure.RanksNotDistributed:              {launcher, "", "", "", true},
		failure.MPIImplementationMismatch:        {launcher, "", "", "", true},
		failure.SlotsExceeded:                    {launcher, "", "", "slotsPerWorker", true},
		failure.SSHRejected:                      {launcher, "", "", "", true},
		failure.DeadlineExceeded:                 {job, "", "", "", false}, // as with the limit: it may go on from what it saved
		failure.TimeoutReached:                   {job, "", "", "timeLimit", false},
		failure.Unschedulable:                    {job, "", "", "", false},
		failure.GangIncomplete:                   {job, "", "", "", false},
		failure.PreemptedByHigherPriority:        {worker, "", "again", "", false},
		failure.QuotaExceeded:                    {job, "", "", "", false},
		failure.ResourceConflict:                 {job, "", "", "", false},
	} {
		j := &Job{Type: TypeMPIJob}
		j.because(aJob(withMemory("", "512Mi")), &Failure{Reason: reason, Where: c.where, Detail: c.detail})
		remedy := ""
		switch {
		case j.Remedy == nil:
		case j.Remedy.MemoryPerWorker != nil:
			remedy = j.Remedy.MemoryPerWorker.String()
		default:
			remedy = "again"
		}
		if remedy != c.remedy || j.Mend != c.mend || j.NeedsChange != c.needsChange {
			t.Errorf("%s: remedy %q, mend %q, needs a change: %v; want %+v", reason, remedy, j.Mend, j.NeedsChange, c)
		}
		if remedy == "again" && j.NeedsChange {
			t.Errorf("%s is to be tried again, and fails again as it is", reason)
		}
		offered[reason] = true
	}
	for _, e := range failure.Catalogue() {
		if !offered[e.Reason] {
			t.Errorf("nobody has said what is offered of %s", e.Reason)
		}
	}
}

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
