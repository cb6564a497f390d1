package mpijob

import (
	"strconv"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

const (
	configMountPath = "/etc/mpi"
	hostfilePath    = configMountPath + "/hostfile"
	sshRetries      = "-o ConnectionAttempts=10"

	// maxNodePrefix is ORTE_MAX_NODE_PREFIX, less its end, of Open MPI 4: the buffer that its short form
	// of host lists copies what stands before a host's first digit into, without looking at its length.
	maxNodePrefix = 49
)

func env(name, value string) corev1.EnvVar { return corev1.EnvVar{Name: name, Value: value} }

// agentEnv is what the agent needs in either role.
func agentEnv(role string) []corev1.EnvVar {
	field := func(name, path string) corev1.EnvVar {
		return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: path}}}
	}
	return []corev1.EnvVar{
		env(wire.EnvRole, role),
		field(wire.EnvPodName, "metadata.name"),
		field(wire.EnvPodUID, "metadata.uid"),
	}
}

// launcherEnv is what the Launcher's MPI reads: upstream's variables for the implementation, their
// successors for Open MPI 5 (which ignores the old ones and would run everything in the Launcher),
// and the remote shell where the transport is the built-in one.
func launcherEnv(job *Job, transport wire.Transport) []corev1.EnvVar {
	out := agentEnv(RoleLauncher)
	slots := strconv.Itoa(int(*job.Spec.SlotsPerWorker))
	builtin := transport == wire.TransportBuiltin
	switch job.Spec.MPIImplementation {
	case kubeflow.MPIImplementationIntel:
		out = append(out, env("I_MPI_HYDRA_HOST_FILE", hostfilePath), env("I_MPI_PERHOST", slots))
		if builtin {
			out = append(out, env("I_MPI_HYDRA_BOOTSTRAP", "ssh"), env("I_MPI_HYDRA_BOOTSTRAP_EXEC", wire.RemoteShellPath))
		} else {
			out = append(out, env("I_MPI_HYDRA_BOOTSTRAP_EXEC_EXTRA_ARGS", sshRetries))
		}
	case kubeflow.MPIImplementationMPICH:
		out = append(out, env("HYDRA_HOST_FILE", hostfilePath))
		if builtin {
			out = append(out, env("HYDRA_LAUNCHER", "ssh"), env("HYDRA_LAUNCHER_EXEC", wire.RemoteShellPath))
		} else {
			out = append(out, env("HYDRA_LAUNCH_EXTRA_ARGS", sshRetries))
		}
	default:
		out = append(out,
			env("OMPI_MCA_orte_keep_fqdn_hostnames", "true"),
			env("OMPI_MCA_orte_default_hostfile", hostfilePath),
			env("OMPI_MCA_orte_set_default_slots", slots),
			env("PRTE_MCA_prte_keep_fqdn_hostnames", "true"),
			env("PRTE_MCA_prte_default_hostfile", hostfilePath),
			// OpenSSH's options; the built-in remote shell accepts and ignores them.
			env("OMPI_MCA_plm_rsh_args", sshRetries),
		)
		if len(job.Name+"-launcher.") > maxNodePrefix {
			// Host lists in full: mpirun would die of its overrun buffer.
			out = append(out, env("OMPI_MCA_regx", "naive"))
		}
		if builtin {
			out = append(out, env("OMPI_MCA_plm_rsh_agent", wire.RemoteShellPath), env("PRTE_MCA_plm_ssh_agent", wire.RemoteShellPath))
		}
	}
	if !LauncherIsWorker(job) {
		// As upstream: a Launcher that runs no rank sees no GPU, even on a node that injects them.
		out = append(out, env("NVIDIA_VISIBLE_DEVICES", ""), env("NVIDIA_DRIVER_CAPABILITIES", ""))
	}
	return out
}

// withEnv appends ours to the container's variables; where both name one, ours stands, as upstream.
func withEnv(c *corev1.Container, ours []corev1.EnvVar) {
	set := make(map[string]bool, len(ours))
	for _, e := range ours {
		set[e.Name] = true
	}
	kept := make([]corev1.EnvVar, 0, len(c.Env)+len(ours))
	for _, e := range c.Env {
		if !set[e.Name] {
			kept = append(kept, e)
		}
	}
	kept = append(kept, ours...)
	c.Env = kept
}
