//go:build e2e && failures

package e2e

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// startFailures keep a container from starting.
func startFailures() []failureCase {
	missingSecret := []corev1.EnvVar{{Name: "KEY", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: "no-such-secret"}, Key: "key"}}}}
	return []failureCase{
		{name: "no-registry", reason: failure.ImagePullFailed, provoked: "an image of a registry that doesn't exist",
			opts: []option{onWorkers(func(c *corev1.Container) {
				c.Image, c.ImagePullPolicy = "no-such-registry.invalid/image:1", corev1.PullIfNotPresent
			})}, where: "Worker", says: []string{"no-such-registry.invalid/image:1"}},
		{name: "no-launcher-command", reason: failure.ContainerCommandNotFound, provoked: "a Launcher's command that isn't in the image",
			opts: []option{command("no-such-program", "-n", "4")}, where: "Launcher", says: []string{"no-such-program"}},
		{name: "no-rank-command", reason: failure.ContainerCommandNotFound, provoked: "mpirun of a program that isn't in the image",
			opts: []option{once, command("mpirun", "-n", "4", "no-such-program")}, where: "Worker", says: []string{"no-such-program"}},
		{name: "no-worker-command", reason: failure.ContainerCommandNotFound, provoked: "a Worker's command that isn't in the image",
			opts: []option{onWorkers(func(c *corev1.Container) { c.Command = []string{"no-such-sshd"} })}, where: "Worker", says: []string{"no-such-sshd"}},
		{name: "no-secret", reason: failure.ContainerConfigInvalid, provoked: "a variable from a Secret that doesn't exist",
			opts: []option{onWorkers(func(c *corev1.Container) { c.Env = missingSecret })}, where: "Worker", says: []string{"no-such-secret"}},
	}
}
