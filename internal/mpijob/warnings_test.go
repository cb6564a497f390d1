package mpijob_test

import (
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// sober is a job no rule has doubts about: 2 Workers of 1 slot, limits and requests, a tagged image.
func sober() *JobBuilder {
	limited := func(c *corev1.Container) {
		c.Resources.Requests, c.Resources.Limits = resources("memory", "1Gi"), resources("memory", "1Gi")
	}
	return Job("pi").Launcher(limited).Worker(limited)
}

func runs(argv ...string) *JobBuilder {
	return sober().Launcher(func(c *corev1.Container) { c.Command = argv })
}

func gpus(c *corev1.Container) { c.Resources.Limits["nvidia.com/gpu"] = resources("x", "1")["x"] }

// Every warning has a row that brings it about, and one beside it that must not.
func TestWarnings(t *testing.T) {
	const (
		launcher = "spec.mpiReplicaSpecs[Launcher].template.spec.containers[0]"
		worker   = "spec.mpiReplicaSpecs[Worker].template.spec.containers[0]"
		policy   = "spec.runPolicy."
	)
	running := func(p *kubeflow.RunPolicy) { p.CleanPodPolicy = ptr.To(kubeflow.CleanPodPolicyRunning) }
	shm := func(memory, size string) *JobBuilder {
		return sober().Worker(func(c *corev1.Container) {
			c.Resources.Limits, c.Resources.Requests = resources("memory", memory), resources("memory", memory)
		}).With(func(j *kubeflow.MPIJob) {
			j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec.Volumes = []corev1.Volume{{Name: "shm", VolumeSource: corev1.VolumeSource{
				EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory, SizeLimit: ptr.To(resources("x", size)["x"])}}}}
		})
	}
	tests := []struct {
		name string
		job  *JobBuilder
		want []string // the beginning of each warning, up to where it says what
	}{
		{"nothing to say", sober(), nil},
		{"as many ranks as slots", runs("mpirun", "-n", "2", "./pi"), nil},
		{"memory without its unit", sober().Worker(func(c *corev1.Container) {
			c.Resources.Limits, c.Resources.Requests = resources("memory", "96"), resources("memory", "96")
		}), []string{worker + ".resources.limits[memory]: 96 bytes is less than 4Mi, which nothing runs with: did you mean 96Mi?"}},
		{"memory requested without its unit", sober().Launcher(func(c *corev1.Container) { c.Resources.Requests = resources("memory", "2k") }),
			[]string{launcher + ".resources.requests[memory]: 2000 bytes is less than 4Mi, which nothing runs with: write it with its unit, as 512Mi or 16Gi"}},
		{"little memory", sober().Worker(func(c *corev1.Container) {
			c.Resources.Limits, c.Resources.Requests = resources("memory", "4Mi"), resources("memory", "4Mi")
		}), nil},
		{"shared memory without its unit", sober().With(func(j *kubeflow.MPIJob) {
			j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec.Volumes = []corev1.Volume{{Name: "shm", VolumeSource: corev1.VolumeSource{
				EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory, SizeLimit: ptr.To(resources("x", "512")["x"])}}}}
		}), []string{"spec.mpiReplicaSpecs[Worker].template.spec.volumes[0].emptyDir.sizeLimit: 512 bytes is less than 4Mi, which nothing runs with: did you mean 512Mi?"}},
		{"half of little memory, which nobody asked for", shm("5Mi", "2Mi"), nil},
		{"little shared memory of much", shm("16Gi", "2Mi"),
			[]string{"spec.mpiReplicaSpecs[Worker].template.spec.volumes[0].emptyDir.sizeLimit: 2Mi is less than 4Mi, which nothing runs with: ask for more, as 512Mi or 16Gi"}},
		{"too many ranks", runs("mpirun", "-np", "4", "./pi"), []string{launcher + ".command: mpirun is to start 4 ranks, but 2 Workers with 1 slots each take 2: raise"}},
		{"too many ranks, on purpose", runs("mpirun", "--oversubscribe", "-np", "4", "./pi"), nil},
		{"mapped to more than there are", runs("mpirun", "--map-by", "slot:OVERSUBSCRIBE", "-np", "4", "./pi"), nil},
		{"too few ranks", runs("/usr/bin/mpirun", "--allow-run-as-root", "-x", "PATH", "-mca", "btl", "^openib", "--np", "1", "./pi"),
			[]string{launcher + ".command: mpirun is to start 1 ranks, but 2 Workers with 1 slots each take 2: the rest"}},
		{"counted with slots", runs("mpirun", "-n", "4", "./pi").Slots(2), nil},
		{"and the Launcher's", runs("mpirun", "-n", "2", "./pi").With(func(j *kubeflow.MPIJob) { j.Spec.RunLauncherAsWorker = ptr.To(true) }),
			[]string{launcher + ".command: mpirun is to start 2 ranks, but 2 Workers and the Launcher with 1 slots each take 3"}},
		{"in the arguments", sober().Launcher(func(c *corev1.Container) { c.Command, c.Args = nil, []string{"mpirun", "-n", "9", "./pi"} }),
			[]string{launcher + ".command: mpirun is to start 9 ranks"}},
		{"in a script", runs("sh", "-c", "cd /data && mpirun \\\n  -np 8 ./pi"), []string{launcher + ".command: mpirun is to start 8 ranks"}},
		{"in a script of bash -ec", runs("bash", "-ec", "# mpirun -n 1 was too slow\nmpirun -np 8 ./pi\n"), []string{launcher + ".command: mpirun is to start 8 ranks"}},
		{"horovodrun", runs("horovodrun", "-np", "8", "python", "train.py"), []string{launcher + ".command: mpirun is to start 8 ranks"}},
		{"two mpiruns in a script", runs("sh", "-c", "mpirun -n 1 ./prepare; mpirun -n 2 ./pi"), nil},
		{"the program's own -n", runs("mpirun", "./pi", "-n", "100"), nil},
		{"behind an option nobody knows", runs("mpirun", "--new-option", "-n", "100", "./pi"), nil},
		{"a variable", runs("sh", "-c", "mpirun -n $RANKS ./pi"), nil},
		{"several programs", runs("mpirun", "-n", "1", "./a", ":", "-n", "3", "./b"), nil},
		{"no mpirun", runs("python", "train.py", "-n", "100"), nil},

		{"backoffLimit of the MPI operator's days", sober().BackoffLimit(20), []string{policy + "backoffLimit: 20: here the Launcher waits"}},
		{"backoffLimit in reason", sober().BackoffLimit(3), nil},
		{"Workers that restart", sober().With(func(j *kubeflow.MPIJob) { j.Spec.MPIReplicaSpecs["Worker"].RestartPolicy = "OnFailure" }),
			[]string{"spec.mpiReplicaSpecs[Worker].restartPolicy: OnFailure has no effect"}},
		{"restart policy of a template", sober().With(func(j *kubeflow.MPIJob) { j.Spec.MPIReplicaSpecs["Worker"].Template.Spec.RestartPolicy = "Always" }),
			[]string{"spec.mpiReplicaSpecs[Worker].template.spec.restartPolicy: has no effect"}},
		{"GPUs kept after the end", sober().Worker(gpus), []string{policy + "cleanPodPolicy: None, upstream's default, keeps the Workers and their GPUs"}},
		{"GPUs freed at the end", sober().Worker(gpus).RunPolicy(running), nil},
		{"a GPU for the Launcher", sober().Worker(gpus).Launcher(gpus).RunPolicy(running), []string{launcher + ".resources: the Launcher runs no rank"}},
		{"a GPU for a Launcher that is a Worker", sober().Worker(gpus).Launcher(gpus).RunPolicy(running).With(func(j *kubeflow.MPIJob) { j.Spec.RunLauncherAsWorker = ptr.To(true) }), nil},
		{"several Workers on the host's network", sober().With(func(j *kubeflow.MPIJob) { j.Spec.MPIReplicaSpecs["Worker"].Template.Spec.HostNetwork = true }),
			[]string{"spec.mpiReplicaSpecs[Worker].template.spec.hostNetwork: each of the 2 Workers needs a machine"}},
		{"one Worker on the host's network", sober().Workers(1).With(func(j *kubeflow.MPIJob) { j.Spec.MPIReplicaSpecs["Worker"].Template.Spec.HostNetwork = true }), nil},
		{"logs that go at once", sober().RunPolicy(func(p *kubeflow.RunPolicy) { p.TTLSecondsAfterFinished = ptr.To[int32](0) }),
			[]string{policy + "ttlSecondsAfterFinished: 0 deletes the pods with their logs"}},
		{"no tag", sober().Worker(func(c *corev1.Container) { c.Image = "registry:5000/pi" }), []string{worker + `.image: "registry:5000/pi" has no tag`}},
		{"latest", sober().Worker(func(c *corev1.Container) { c.Image = "pi:latest" }), []string{worker + `.image: "pi:latest": what runs changes`}},
		{"a digest", sober().Worker(func(c *corev1.Container) { c.Image = "pi@sha256:" + strings.Repeat("0", 64) }), nil},
		{"limits without requests", sober().Worker(func(c *corev1.Container) { c.Resources.Requests = nil }),
			[]string{worker + ".resources.requests: missing, so the limits are requested in full (memory 1Gi)"}},
		{"GPUs need no requests", sober().Worker(gpus).RunPolicy(running), nil},
		{"requests without limits", sober().Launcher(func(c *corev1.Container) { c.Resources.Limits = nil }), nil},
		{"an image for GPUs", sober().Worker(func(c *corev1.Container) { c.Image = "quay.io/me/train:cuda12.4" }), []string{worker + `.image: "quay.io/me/train:cuda12.4" looks like an image for GPUs (cuda12), but no Worker asks`}},
		{"NVIDIA's image", sober().Worker(func(c *corev1.Container) { c.Image = "nvcr.io/hpc/hpl:24" }), []string{worker + ".image: "}},
		{"an image for GPUs, with GPUs", sober().Worker(gpus).Worker(func(c *corev1.Container) { c.Image = "train:cuda" }).RunPolicy(running), nil},
		{"NCCL without GPUs", runs("mpirun", "-x", "NCCL_DEBUG=INFO", "./pi"), []string{launcher + ".args: NCCL is set up, but no Worker"}},
		{"NCCL in the environment", sober().Worker(func(c *corev1.Container) { c.Env = []corev1.EnvVar{{Name: "NCCL_DEBUG"}} }), []string{worker + ".env[0]: NCCL_DEBUG is set, but no Worker"}},
		{"an annotation that isn't ours", sober().With(func(j *kubeflow.MPIJob) { j.Annotations = map[string]string{mpijob.Prefix + "wait-timeuot": "1m"} }),
			[]string{"metadata.annotations[training.opendatahub.io/wait-timeuot]: no such annotation"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if errs := mpijob.Validate(tt.job.Obj()); len(errs) > 0 {
				t.Fatalf("not even valid: %v", errs)
			}
			got := mpijob.Warnings(tt.job.Obj())
			if len(got) != len(tt.want) {
				t.Fatalf("%d warnings, want %d:\n%s", len(got), len(tt.want), strings.Join(got, "\n"))
			}
			for i, w := range tt.want {
				if !strings.HasPrefix(got[i], w) {
					t.Errorf("warning %q\nwant it to begin %q", got[i], w)
				}
			}
		})
	}
}

// The Kubernetes API drops what is longer, and mixes up what has line ends.
func TestWarningsAreShortLines(t *testing.T) {
	job := sober().Worker(func(c *corev1.Container) { c.Image = "registry/" + strings.Repeat("x", 300) }).Obj()
	for _, w := range mpijob.Warnings(job) {
		if len(w) > 600 || strings.ContainsAny(w, "\r\n") {
			t.Errorf("warning of %d bytes: %q", len(w), w)
		}
	}
}
