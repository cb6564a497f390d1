package mpijob

import (
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// ConditionStopped is what the controller puts on a Launcher's pod it ends on purpose, so that the
// Launcher's Job doesn't try again.
const ConditionStopped corev1.PodConditionType = Prefix + "Stopped"

// finalExitCodes are the Launcher exits after which trying again can't help: the agent's own verdict,
// and commands that can't be run (128 is the container runtime's code for that).
var finalExitCodes = []int32{wire.ExitNotExecutable, wire.ExitNotFound, exitStartError, wire.ExitInfrastructure}

const exitStartError = 128

// launcherTemplate is the Launcher's pod.
func launcherTemplate(job *Job, s Settings, attempt int) corev1.PodTemplateSpec {
	t := podTemplate(job, s, RoleLauncher, attempt)
	pod := &t.Spec
	pod.Hostname = LauncherHost(job)
	if LauncherIsWorker(job) {
		t.Labels[kubeflow.ReplicaIndexLabel] = "0"
	}
	main := &pod.Containers[0]
	withEnv(main, launcherEnv(job, TransportOf(job)))
	if len(main.Command) > 0 {
		main.Args = append(append([]string(nil), main.Command...), main.Args...)
		main.Command = []string{wire.AgentPath, "launch", "--"}
	} else {
		pod.InitContainers = append(pod.InitContainers, waitContainer(main))
	}
	pod.Volumes = append(pod.Volumes, corev1.Volume{Name: volumeConfig, VolumeSource: corev1.VolumeSource{
		ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: ConfigName(job)},
			Items: []corev1.KeyToPath{
				{Key: keyHostfile, Path: keyHostfile, Mode: ptr.To[int32](0o444)},
				{Key: keyDiscoverHosts, Path: keyDiscoverHosts, Mode: ptr.To[int32](0o555)},
			},
		},
	}})
	main.VolumeMounts = append(main.VolumeMounts, corev1.VolumeMount{Name: volumeConfig, MountPath: configMountPath})
	return t
}

// waitContainer holds back a Launcher that is only an ENTRYPOINT, which the agent can't wrap, until
// the Workers are reachable. It runs in the user's image, whose ssh it may need.
func waitContainer(main *corev1.Container) corev1.Container {
	return corev1.Container{
		Name:            containerWait,
		Image:           main.Image,
		ImagePullPolicy: main.ImagePullPolicy,
		Command:         []string{wire.AgentPath, "wait"},
		Env:             main.Env,
		EnvFrom:         main.EnvFrom,
		Resources:       initResources(main),
		SecurityContext: main.SecurityContext.DeepCopy(),
		VolumeMounts:    append([]corev1.VolumeMount(nil), main.VolumeMounts...),
	}
}

// launcherJob runs the Launcher: one pod, tried again as the job says, not after a final failure.
func launcherJob(job *Job, s Settings, attempt int) batchv1.JobSpec {
	t := launcherTemplate(job, s, attempt)
	return batchv1.JobSpec{
		Parallelism:          ptr.To[int32](1),
		Completions:          ptr.To[int32](1),
		CompletionMode:       ptr.To(batchv1.NonIndexedCompletion),
		BackoffLimit:         ptr.To(BackoffLimit(job)),
		PodReplacementPolicy: ptr.To(batchv1.Failed),
		PodFailurePolicy: &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{
			{Action: batchv1.PodFailurePolicyActionFailJob, OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{
				{Type: ConditionStopped, Status: corev1.ConditionTrue},
			}},
			{Action: batchv1.PodFailurePolicyActionFailJob, OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{
				ContainerName: ptr.To(t.Spec.Containers[0].Name),
				Operator:      batchv1.PodFailurePolicyOnExitCodesOpIn,
				Values:        finalExitCodes,
			}},
		}},
		Template: t,
	}
}
