//go:build e2e && failures

package e2e

import (
	"net"
	"net/http"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// startFailures keep a container from starting.
func startFailures() []failureCase {
	secretVariable := []corev1.EnvVar{{Name: "KEY", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: "no-such-secret"}, Key: "key"}}}}
	secretVolume := corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "no-such-secret"}}
	configVolume := corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "no-such-config"}}}
	claimVolume := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "no-such-claim"}}
	return []failureCase{
		{name: "no-registry", reason: failure.ImagePullFailed, not: failure.ImageNotFound, provoked: "an image of a registry that doesn't exist",
			opts:  []option{onWorkers(image("no-such-registry.invalid/image:1"))},
			where: "Worker", says: []string{"no-such-registry.invalid/image:1"}},
		{name: "private-image", reason: failure.ImagePullFailed, not: failure.ImageNotFound, provoked: "an image a registry keeps private",
			prepare: registry("denied", http.StatusForbidden), where: "Worker", says: []string{"image:1"}},
		{name: "no-image", reason: failure.ImageNotFound, provoked: "an image a registry doesn't have",
			prepare: registry("manifest unknown", http.StatusNotFound), where: "Worker", says: []string{"image:1", "not found"}},
		{name: "no-launcher-command", reason: failure.ContainerCommandNotFound, provoked: "a Launcher's command that isn't in the image",
			opts: []option{command("no-such-program", "-n", "4")}, where: "Launcher", says: []string{"no-such-program"}},
		{name: "no-rank-command", reason: failure.ContainerCommandNotFound, provoked: "mpirun of a program that isn't in the image",
			opts: []option{once, command("mpirun", "-n", "4", "no-such-program")}, where: "Worker", says: []string{"no-such-program"}},
		{name: "no-worker-command", reason: failure.ContainerCommandNotFound, provoked: "a Worker's command that isn't in the image",
			opts: []option{onWorkers(func(c *corev1.Container) { c.Command = []string{"no-such-sshd"} })}, where: "Worker", says: []string{"no-such-sshd"}},
		{name: "no-secret", reason: failure.SecretMissing, provoked: "a variable from a Secret that doesn't exist",
			opts: []option{onWorkers(func(c *corev1.Container) { c.Env = secretVariable })}, where: "Worker", says: []string{"no-such-secret"}},
		{name: "no-secret-volume", reason: failure.SecretMissing, provoked: "a volume of a Secret that doesn't exist",
			opts: []option{workerVolume(secretVolume)}, where: "Worker", says: []string{"no-such-secret"}},
		{name: "no-config-volume", reason: failure.VolumeMissing, provoked: "a volume of a ConfigMap that doesn't exist",
			opts: []option{workerVolume(configVolume)}, where: "Worker", says: []string{"no-such-config"}},
		{name: "no-claim", reason: failure.VolumeMissing, provoked: "a PersistentVolumeClaim that doesn't exist",
			opts: []option{workerVolume(claimVolume)}, where: "Worker", says: []string{"no-such-claim"}},
		{name: "root-image", reason: failure.ContainerConfigInvalid, provoked: "an image that runs as root where that isn't allowed",
			opts: []option{onWorkers(image(imageSSHD))}, where: "Worker", says: []string{"runAsNonRoot"}},
		{name: "sidecar-crashes", reason: failure.CrashLoop, not: failure.WorkerExited, provoked: "a native sidecar that exits with 7 before its startup probe",
			opts: []option{workerInit("exit 7", corev1.ContainerRestartPolicyAlways), probed}, where: "Worker", says: []string{`"first"`, "code 7"}},
		{name: "sidecar-spared", not: failure.CrashLoop, provoked: "a native sidecar that exits with 7, and that nothing waits for",
			opts: []option{workerInit("exit 7", corev1.ContainerRestartPolicyAlways)}},
		{name: "slow-start", not: failure.WorkerUnreachable, provoked: "Workers whose init container takes 30 s, with 20 s to be reachable",
			opts: []option{waitTimeout("20s"), workerInit("sleep 30", "")}},
	}
}

func image(name string) func(*corev1.Container) {
	return func(c *corev1.Container) { c.Image, c.ImagePullPolicy = name, corev1.PullIfNotPresent }
}

func workerVolume(source corev1.VolumeSource) option {
	return func(job *kubeflow.MPIJob) {
		pod := workerPod(job)
		pod.Volumes = append(pod.Volumes, corev1.Volume{Name: "data", VolumeSource: source})
		c := &pod.Containers[0]
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: "data", MountPath: "/data"})
	}
}

// workerInit gives the Workers an init container that runs a script.
func workerInit(script string, policy corev1.ContainerRestartPolicy) option {
	return func(job *kubeflow.MPIJob) {
		pod := workerPod(job)
		c := *pod.Containers[0].DeepCopy()
		c.Name, c.Command = "first", []string{"sh", "-c", script}
		if policy != "" {
			c.RestartPolicy = &policy
		}
		pod.InitContainers = append(pod.InitContainers, c)
	}
}

// probed has the Workers wait for their sidecar's startup probe.
func probed(job *kubeflow.MPIJob) {
	workerPod(job).InitContainers[0].StartupProbe = &corev1.Probe{
		InitialDelaySeconds: 5, ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"true"}}},
	}
}

// registry serves an image registry that answers every question for an image with a refusal, and has
// the Workers ask it. containerd speaks plain HTTP to registries on its own machine.
func registry(why string, code int) func(*env, *kubeflow.MPIJob) {
	return func(e *env, job *kubeflow.MPIJob) {
		e.t.Helper()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		e.must(err, "listening as a registry")
		server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v2/" {
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(code)
			_, _ = w.Write([]byte(`{"errors":[{"code":"` + strings.ToUpper(strings.ReplaceAll(why, " ", "_")) + `","message":"` + why + `"}]}`))
		})}
		go server.Serve(listener) //nolint:errcheck // ends with the test
		e.t.Cleanup(func() { _ = server.Close() })
		image(listener.Addr().String() + "/image:1")(&workerPod(job).Containers[0])
	}
}
