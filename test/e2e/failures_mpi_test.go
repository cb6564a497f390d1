//go:build e2e && failures

package e2e

import (
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// mpiFailures are failures of mpirun to start ranks where it should.
func mpiFailures() []failureCase {
	inDefault := func(*env) string { return "default" }
	mpich := func(job *kubeflow.MPIJob) { job.Spec.MPIImplementation = kubeflow.MPIImplementationMPICH }
	return []failureCase{
		{name: "other-mpi", reason: failure.MPIImplementationMismatch, provoked: "mpiImplementation MPICH, and mpirun -ppn of an image with Open MPI",
			opts: []option{mpich, command("mpirun", "-ppn", "2", "-n", "4", "hostname")}, where: "Launcher",
			says: []string{"MPICH", "Open MPI 4.1", "set mpiImplementation: OpenMPI"}, confidence: failure.Certain},
		{name: "other-mpi-local", reason: failure.MPIImplementationMismatch, not: failure.RanksNotDistributed,
			provoked: "mpiImplementation MPICH, and an image with Open MPI whose ranks all start in the Launcher",
			opts:     []option{once, mpich, command("mpirun", "--host", "localhost:4", "-n", "4", "mpi-fault", "--sleep", "600")}, where: "Launcher"},
		{name: "other-mpi-exit", reason: failure.RankExited, not: failure.MPIImplementationMismatch,
			provoked: "mpiImplementation MPICH, an image with Open MPI, and a rank that exits with 7",
			opts:     []option{once, mpich, command("mpirun", "-n", "4", "mpi-fault", "--exit-rank", "2", "--exit-code", "7", "--sleep", "600")},
			where:    "Worker 1", rank: ptr(2), says: []string{"code 7"}},
		{name: "wrong-option", reason: failure.LauncherExited, not: failure.MPIImplementationMismatch, provoked: "an option that the right mpirun doesn't know",
			opts: []option{once, command("mpirun", "-ppn", "2", "-n", "4", "hostname")}, where: "Launcher"},
		{name: "slots", reason: failure.SlotsExceeded, provoked: "mpirun -n 9 on 2 Workers with 2 slots",
			opts: []option{command("mpirun", "-n", "9", "hostname")}, where: "Launcher", says: []string{"9 ranks", "make 4"}, confidence: failure.Certain},
		{name: "slots-oversubscribed", not: failure.SlotsExceeded, provoked: "the same with --oversubscribe",
			opts: []option{command("mpirun", "-n", "9", "--oversubscribe", "hostname")}},
		{name: "ssh-key", reason: failure.SSHRejected, namespace: inDefault, provoked: "Workers whose sshd knows another key",
			opts: []option{withSSHD(openMPI4, 0, "-o", "AuthorizedKeysFile=/dev/null"), command("mpirun", "--allow-run-as-root", "-n", "4", "hostname")},
			says: []string{"Permission denied"}, where: "Launcher", confidence: failure.Certain},
		{name: "ssh-host-key", reason: failure.SSHRejected, namespace: inDefault, provoked: "a Launcher whose ssh insists on known host keys",
			opts: []option{withSSHD(openMPI4, 0), command("mpirun", "--allow-run-as-root", "--mca", "plm_rsh_args", "-o StrictHostKeyChecking=yes", "-n", "4", "hostname")},
			says: []string{"Host key verification failed"}, where: "Launcher", confidence: failure.Certain},
		{name: "ssh-exit", reason: failure.LauncherExited, not: failure.SSHRejected, namespace: inDefault, provoked: "ssh as it should be, and a script that exits with 3",
			opts: []option{once, withSSHD(openMPI4, 0), command("sh", "-c", "mpirun --allow-run-as-root -n 4 hostname && exit 3")}, where: "Launcher", says: []string{"code 3"}},
	}
}
