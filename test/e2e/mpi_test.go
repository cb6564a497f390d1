//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// mpi is an MPI implementation as the sandbox's images bring it.
type mpi struct {
	name, image string
	spec        kubeflow.MPIImplementation
	// flags of mpirun for root.
	root []string
	// tree makes it start its daemons by way of other Workers, two from each; nil where it never does.
	tree []corev1.EnvVar
	// exitCodes are what mpirun makes of a rank that leaves with 7.
	exitCodes []int
	// forward passes a variable of the Launcher to the ranks, where sshd keeps that of the Workers; nil
	// where mpirun passes all.
	forward []string
}

var (
	openMPI4 = mpi{name: "Open MPI 4.1", image: "mpijob.sandbox/openmpi%s:4.1", spec: kubeflow.MPIImplementationOpenMPI, exitCodes: []int{7},
		root: []string{"--allow-run-as-root"}, forward: []string{"-x", "CELL"},
		tree: []corev1.EnvVar{{Name: "OMPI_MCA_routed_radix", Value: "2"}, {Name: "OMPI_MCA_plm_rsh_num_concurrent", Value: "2"}}}
	openMPI5 = mpi{name: "Open MPI 5.0", image: "mpijob.sandbox/openmpi5%s:5.0", spec: kubeflow.MPIImplementationOpenMPI, exitCodes: []int{7},
		root: []string{"--allow-run-as-root"}, forward: []string{"-x", "CELL"},
		tree: []corev1.EnvVar{{Name: "PRTE_MCA_routed_radix", Value: "2"}, {Name: "PRTE_MCA_plm_ssh_num_concurrent", Value: "2"}}}
	mpich = mpi{name: "MPICH 4.2", image: "mpijob.sandbox/mpich%s:4.2", spec: kubeflow.MPIImplementationMPICH, exitCodes: []int{7}}
	intel = mpi{name: "Intel MPI 2021", image: "mpijob.sandbox/intel-mpi%s:2021.14", spec: kubeflow.MPIImplementationIntel,
		// Its own, unless another of its daemons is heard of first.
		exitCodes: []int{7, 255}}
)

// withMPI has a job run on the bare image of an implementation.
func withMPI(m mpi) option {
	return func(job *kubeflow.MPIJob) {
		job.Spec.MPIImplementation = m.spec
		launcherPod(job).Containers[0].Image = fmt.Sprintf(m.image, "")
		workerPod(job).Containers[0].Image = fmt.Sprintf(m.image, "")
	}
}

// withSSHD has a job run on the image with sshd, as root or as the image's mpiuser, in a namespace that
// lets it.
func withSSHD(m mpi, uid int64, args ...string) option {
	return func(job *kubeflow.MPIJob) {
		withMPI(m)(job)
		for _, pod := range []*corev1.PodSpec{launcherPod(job), workerPod(job)} {
			pod.SecurityContext = nil
			pod.Containers[0].SecurityContext = &corev1.SecurityContext{RunAsUser: &uid}
			pod.Containers[0].Image = fmt.Sprintf(m.image, "-sshd")
		}
		sshd := &workerPod(job).Containers[0]
		sshd.Command, sshd.Args = []string{"/usr/sbin/sshd"}, []string{"-De"}
		if uid != 0 {
			job.Spec.SSHAuthMountPath = "/home/mpiuser/.ssh"
			sshd.Args = append(sshd.Args, "-f", "/home/mpiuser/.sshd_config")
		}
		sshd.Args = append(sshd.Args, args...)
	}
}

// Open MPI 5 and MPICH run ranks on every Worker, also in a job that names another implementation.
func TestOtherMPIs(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for _, tt := range []struct {
		name string
		mpi  mpi
		spec kubeflow.MPIImplementation
		says string
	}{
		{"openmpi5", openMPI5, openMPI5.spec, ""},
		{"mpich", mpich, mpich.spec, ""},
		{"mpich-unnamed", mpich, kubeflow.MPIImplementationOpenMPI, "set mpiImplementation: MPICH"},
		{"openmpi5-misnamed", openMPI5, kubeflow.MPIImplementationMPICH, "set mpiImplementation: OpenMPI"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := e.in(t)
			job := newJob(teamA, "e2e-mpi-"+tt.name, withMPI(tt.mpi), command("mpirun", "-n", "4", "mpi-fault", "--bcast-mb", "2"))
			job.Spec.MPIImplementation = tt.spec
			e.submit(e.scientist, job)
			e.awaitCondition(job, kubeflow.JobSucceeded)
			log := e.launcherLog(e.scientist, job)
			for _, w := range []string{"-worker-0", "-worker-1"} {
				if got := lines(log, "of 4 on "+job.Name+w); len(got) != 2 {
					t.Errorf("want 2 of 4 ranks on %s%s:\n%s", job.Name, w, log)
				}
			}
			if warned := strings.Contains(log, "warning: spec.mpiImplementation"); warned != (tt.says != "") || !strings.Contains(log, tt.says) {
				t.Errorf("the log should say %q and else no warning:\n%s", tt.says, log)
			}
		})
	}
	// The hostfile that the manifest names is in the notation of the implementation it names.
	t.Run("hostfile of another", func(t *testing.T) {
		t.Parallel()
		e := e.in(t)
		job := newJob(teamA, "e2e-mpi-hostfile", withMPI(mpich), command("mpirun", "-f", "/etc/mpi/hostfile", "-n", "4", "hostname"))
		job.Spec.MPIImplementation = kubeflow.MPIImplementationOpenMPI
		e.submit(e.scientist, job)
		e.checkFailure(e.awaitCondition(job, kubeflow.JobFailed), fault{
			reason: failure.MPIImplementationMismatch, where: "Launcher",
			says: []string{"spec.mpiImplementation is OpenMPI", "MPICH (HYDRA) 4.2.1", "set mpiImplementation: MPICH"},
		})
	})
}
