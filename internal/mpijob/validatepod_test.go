package mpijob_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// What the API server would refuse only when the pods are made is refused with the job.
func TestValidatePods(t *testing.T) {
	const (
		template  = "spec.mpiReplicaSpecs[Worker].template."
		spec      = template + "spec."
		container = spec + "containers[0]."
		invalid   = ": Invalid value"
		required  = ": Required value"
	)
	pod := func(change func(*corev1.PodTemplateSpec)) *JobBuilder {
		return Job("pi").With(func(j *kubeflow.MPIJob) { change(&j.Spec.MPIReplicaSpecs["Worker"].Template) })
	}
	main := func(change func(*corev1.Container)) *JobBuilder { return Job("pi").Worker(change) }
	volume := func(name string) corev1.Volume {
		return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}
	}
	mounts := func(ms ...corev1.VolumeMount) *JobBuilder {
		return pod(func(t *corev1.PodTemplateSpec) {
			t.Spec.Volumes = []corev1.Volume{volume("data")}
			t.Spec.Containers[0].VolumeMounts = ms
		})
	}
	ports := func(ps ...corev1.ContainerPort) *JobBuilder {
		return main(func(c *corev1.Container) { c.Ports = ps })
	}
	env := func(es ...corev1.EnvVar) *JobBuilder { return main(func(c *corev1.Container) { c.Env = es }) }
	tests := []struct {
		name string
		job  *JobBuilder
		want []string
	}{
		{"a volume and its mount", mounts(corev1.VolumeMount{Name: "data", MountPath: "/data", SubPath: "a/b"}), nil},
		{"a mount without its volume", mounts(corev1.VolumeMount{Name: "date", MountPath: "/data"}), []string{container + "volumeMounts[0].name" + invalid}},
		{"a mount of nothing, nowhere", mounts(corev1.VolumeMount{}), []string{container + "volumeMounts[0].name" + required, container + "volumeMounts[0].mountPath" + required}},
		{"two mounts in one place", mounts(corev1.VolumeMount{Name: "data", MountPath: "/data"}, corev1.VolumeMount{Name: "data", MountPath: "/data"}),
			[]string{container + "volumeMounts[1].mountPath" + invalid}},
		{"subPath that leaves the volume", mounts(corev1.VolumeMount{Name: "data", MountPath: "/data", SubPath: "../x"}), []string{container + "volumeMounts[0].subPath" + invalid}},
		{"a mount of an init container", pod(func(t *corev1.PodTemplateSpec) {
			t.Spec.InitContainers = []corev1.Container{{Name: "fetch", Image: "image:1", VolumeMounts: []corev1.VolumeMount{{Name: "x", MountPath: "/x"}}}}
		}), []string{spec + "initContainers[0].volumeMounts[0].name" + invalid}},
		{"the job's key in an init container, as upstream", pod(func(t *corev1.PodTemplateSpec) {
			t.Spec.InitContainers = []corev1.Container{{Name: "fetch", Image: "image:1", VolumeMounts: []corev1.VolumeMount{{Name: "ssh-auth", MountPath: "/keys"}}}}
		}), nil},
		{"the hostfile in an init container of the Launcher, as upstream", Job("pi").With(func(j *kubeflow.MPIJob) {
			j.Spec.MPIReplicaSpecs["Launcher"].Template.Spec.InitContainers = []corev1.Container{{Name: "wait", Image: "image:1", VolumeMounts: []corev1.VolumeMount{{Name: "mpi-job-config", MountPath: "/etc/mpi"}}}}
		}), nil},
		{"volumes", pod(func(t *corev1.PodTemplateSpec) {
			t.Spec.Volumes = []corev1.Volume{volume("a"), volume("a"), volume(""), volume("A_b"), {Name: "none"},
				{Name: "cm", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{}}},
				{Name: "s", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{}}},
				{Name: "pvc", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{}}}}
		}), []string{spec + "volumes[1].name: Duplicate value", spec + "volumes[2].name" + required, spec + "volumes[3].name" + invalid, spec + "volumes[4]" + required,
			spec + "volumes[5].configMap.name" + required, spec + "volumes[6].secret.secretName" + required, spec + "volumes[7].persistentVolumeClaim.claimName" + required}},
		{"ports", ports(corev1.ContainerPort{Name: "http", ContainerPort: 80}, corev1.ContainerPort{Name: "http", ContainerPort: 81}, corev1.ContainerPort{ContainerPort: 0},
			corev1.ContainerPort{Name: "A Port", ContainerPort: 70000, Protocol: "ICMP"}, corev1.ContainerPort{Name: "mpi-agent", ContainerPort: 5}),
			[]string{container + "ports[1].name: Duplicate value", container + "ports[2].containerPort" + invalid, container + "ports[3].name" + invalid,
				container + "ports[3].containerPort" + invalid, container + "ports[3].protocol: Unsupported value", container + "ports[4].name" + invalid}},
		{"a host port that is another", ports(corev1.ContainerPort{ContainerPort: 80, HostPort: 81}).With(func(j *kubeflow.MPIJob) { j.Spec.MPIReplicaSpecs["Worker"].Template.Spec.HostNetwork = true }),
			[]string{container + "ports[0].hostPort" + invalid}},
		{"variables", env(corev1.EnvVar{Name: "A.b-C"}, corev1.EnvVar{Name: "A=B"}, corev1.EnvVar{}, corev1.EnvVar{Name: "X", Value: "1", ValueFrom: &corev1.EnvVarSource{}}),
			[]string{container + "env[1].name" + invalid, container + "env[2].name" + required, container + "env[3].valueFrom" + invalid}},
		{"a command of nothing", main(func(c *corev1.Container) { c.Command = []string{""} }), []string{container + "command[0]" + invalid}},
		{"a container's name", main(func(c *corev1.Container) { c.Name = "My_Worker" }), []string{container + "name" + invalid}},
		{"pull policy", main(func(c *corev1.Container) { c.ImagePullPolicy = "Sometimes" }), []string{container + "imagePullPolicy: Unsupported value"}},
		{"half a GPU", main(func(c *corev1.Container) { c.Resources.Limits = resources("nvidia.com/gpu", "500m") }), []string{container + "resources.limits[nvidia.com/gpu]" + invalid}},
		{"a GPU requested only", main(func(c *corev1.Container) { c.Resources.Requests = resources("nvidia.com/gpu", "1") }), []string{container + "resources.limits[nvidia.com/gpu]" + required}},
		{"fewer GPUs requested", main(func(c *corev1.Container) {
			c.Resources.Requests, c.Resources.Limits = resources("nvidia.com/gpu", "1"), resources("nvidia.com/gpu", "2")
		}), []string{container + "resources.requests[nvidia.com/gpu]" + invalid}},
		{"root that must not be", pod(func(t *corev1.PodTemplateSpec) {
			t.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: ptr.To(true)}
			t.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{RunAsUser: ptr.To[int64](0)}
		}), []string{container + "securityContext.runAsUser" + invalid}},
		{"root that may be", pod(func(t *corev1.PodTemplateSpec) {
			t.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: ptr.To(true), RunAsUser: ptr.To[int64](0)}
			t.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{RunAsNonRoot: ptr.To(false)}
		}), nil},
		{"the pod's own fields", pod(func(t *corev1.PodTemplateSpec) {
			t.Labels = map[string]string{"team": "no spaces please"}
			t.Spec.NodeSelector = map[string]string{"zone": "a b"}
			t.Spec.ServiceAccountName, t.Spec.PriorityClassName = "Me", "High_"
			t.Spec.TerminationGracePeriodSeconds, t.Spec.ActiveDeadlineSeconds = ptr.To[int64](-1), ptr.To[int64](0)
			t.Spec.DNSPolicy, t.Spec.ImagePullSecrets = "Mine", []corev1.LocalObjectReference{{}}
			t.Spec.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpEqual}, {Key: "gpu", Operator: corev1.TolerationOpExists, Value: "yes"}}
		}), []string{template + "metadata.labels" + invalid, spec + "nodeSelector" + invalid, spec + "serviceAccountName" + invalid, spec + "priorityClassName" + invalid,
			spec + "terminationGracePeriodSeconds" + invalid, spec + "activeDeadlineSeconds" + invalid, spec + "dnsPolicy: Unsupported value", spec + "imagePullSecrets[0].name" + required,
			spec + "tolerations[0].operator" + invalid, spec + "tolerations[1].value" + invalid}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			errs := mpijob.Validate(tt.job.Obj())
			if diff := cmp.Diff(tt.want, fields(errs)); diff != "" {
				t.Errorf("Validate() (-want +got):\n%s\n%v", diff, errs)
			}
			for _, e := range errs {
				if e.Detail == "" {
					t.Errorf("%s says not why: %v", e.Field, e)
				}
			}
		})
	}
}
