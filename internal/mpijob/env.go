package mpijob

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

const (
	configMountPath = "/etc/mpi"
	hostfilePath    = configMountPath + "/hostfile"
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

// launcherEnv is what the Launcher's agent and MPI read.
func launcherEnv(job *Job, transport wire.Transport) []corev1.EnvVar {
	out := agentEnv(RoleLauncher)
	w := wire.Job{Transport: transport, Slots: int(*job.Spec.SlotsPerWorker), Launcher: LauncherHost(job)}
	for _, v := range w.MPIVariables(string(job.Spec.MPIImplementation), hostfilePath) {
		out = append(out, env(v.Name, v.Value))
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
