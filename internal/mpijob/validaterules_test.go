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

// Rules that the property test over the API server found missing.
func TestValidateRules(t *testing.T) {
	const (
		spec        = "spec.mpiReplicaSpecs[Worker].template.spec."
		container   = spec + "containers[0]."
		invalid     = ": Invalid value"
		required    = ": Required value"
		unsupported = ": Unsupported value"
		forbidden   = ": Forbidden"
	)
	pod := func(change func(*corev1.PodSpec)) *JobBuilder {
		return Job("pi").With(func(j *kubeflow.MPIJob) { change(&j.Spec.MPIReplicaSpecs["Worker"].Template.Spec) })
	}
	main := func(change func(*corev1.Container)) *JobBuilder { return Job("pi").Worker(change) }
	probe := &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"true"}}}}
	tests := []struct {
		name string
		job  *JobBuilder
		want []string
	}{
		{"huge pages alone", main(func(c *corev1.Container) { c.Resources.Limits = resources("hugepages-2Mi", "3Mi") }),
			[]string{container + "resources.limits[memory]" + required, container + "resources.limits[hugepages-2Mi]" + invalid}},
		{"huge pages requested only", main(func(c *corev1.Container) {
			c.Resources.Requests, c.Resources.Limits = resources("hugepages-2Mi", "4Mi"), resources("memory", "1Gi")
		}), []string{container + "resources.limits[hugepages-2Mi]" + invalid}},
		{"a resource nobody has", main(func(c *corev1.Container) { c.Resources.Limits = resources("gpu", "1") }), []string{container + "resources.limits[gpu]" + unsupported}},
		{"tolerations", pod(func(p *corev1.PodSpec) {
			p.Tolerations = []corev1.Toleration{{Key: "a b", Operator: "In", Effect: "Never"}, {Key: "x", Effect: corev1.TaintEffectNoSchedule, TolerationSeconds: ptr.To[int64](3)}}
		}), []string{spec + "tolerations[0].key" + invalid, spec + "tolerations[0].operator" + unsupported, spec + "tolerations[0].effect" + unsupported, spec + "tolerations[1].effect" + invalid}},
		{"spread and affinity", pod(func(p *corev1.PodSpec) {
			p.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{}}
			p.Affinity = &corev1.Affinity{PodAffinity: &corev1.PodAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{}}}}
		}), []string{spec + "topologySpreadConstraints[0].maxSkew" + invalid, spec + "topologySpreadConstraints[0].topologyKey" + required,
			spec + "topologySpreadConstraints[0].whenUnsatisfiable" + unsupported, spec + "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey" + required}},
		{"names of hosts", pod(func(p *corev1.PodSpec) {
			p.DNSConfig = &corev1.PodDNSConfig{Nameservers: []string{"dns"}, Searches: []string{"a b", "example.com."}}
			p.HostAliases = []corev1.HostAlias{{IP: "10.0.0", Hostnames: []string{"d b"}}}
		}), []string{spec + "dnsConfig.nameservers[0]" + invalid, spec + "dnsConfig.searches[0]" + invalid, spec + "hostAliases[0].ip" + invalid, spec + "hostAliases[0].hostnames[0]" + invalid}},
		{"no DNS at all", pod(func(p *corev1.PodSpec) { p.DNSPolicy = corev1.DNSNone }), []string{spec + "dnsConfig.nameservers" + required}},
		{"as nobody", pod(func(p *corev1.PodSpec) {
			p.SecurityContext = &corev1.PodSecurityContext{FSGroup: ptr.To[int64](-1), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeLocalhost}}
		}), []string{spec + "securityContext.fsGroup" + invalid, spec + "securityContext.seccompProfile.localhostProfile" + required}},
		{"privileged, and not", main(func(c *corev1.Container) {
			c.SecurityContext = &corev1.SecurityContext{Privileged: ptr.To(true), AllowPrivilegeEscalation: ptr.To(false)}
		}), []string{container + "securityContext.allowPrivilegeEscalation" + invalid}},
		{"an init container with a probe", pod(func(p *corev1.PodSpec) {
			p.InitContainers = []corev1.Container{{Name: "fetch", Image: "image:1", ReadinessProbe: probe, Lifecycle: &corev1.Lifecycle{}}}
		}), []string{spec + "initContainers[0].readinessProbe" + forbidden, spec + "initContainers[0].lifecycle" + forbidden}},
		{"a sidecar with a probe", pod(func(p *corev1.PodSpec) {
			p.InitContainers = []corev1.Container{{Name: "log", Image: "image:1", ReadinessProbe: probe, RestartPolicy: ptr.To(corev1.ContainerRestartPolicyAlways)}}
		}), nil},
		{"a probe of nothing", main(func(c *corev1.Container) { c.ReadinessProbe = &corev1.Probe{PeriodSeconds: -1} }),
			[]string{container + "readinessProbe.periodSeconds" + invalid, container + "readinessProbe" + required}},
		{"variables of elsewhere", main(func(c *corev1.Container) {
			c.Env = []corev1.EnvVar{
				{Name: "A", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "spec.x"}}},
				{Name: "B", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{}}},
				{Name: "C", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.labels['team']"}}},
				{Name: "D", ValueFrom: &corev1.EnvVarSource{}},
			}
			c.EnvFrom = []corev1.EnvFromSource{{Prefix: "P="}}
		}), []string{container + "env[0].valueFrom.fieldRef.fieldPath" + invalid, container + "env[1].valueFrom.secretKeyRef.name" + required,
			container + "env[1].valueFrom.secretKeyRef.key" + required, container + "env[3].valueFrom" + required,
			container + "envFrom[0].prefix" + invalid, container + "envFrom[0]" + required}},
		{"what volumes hold", pod(func(p *corev1.PodSpec) {
			p.Volumes = []corev1.Volume{
				{Name: "a", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: "Disk"}}},
				{Name: "b", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/a/../b"}}},
				{Name: "c", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "s", DefaultMode: ptr.To[int32](0o1000)}}},
			}
		}), []string{spec + "volumes[0].emptyDir.medium" + unsupported, spec + "volumes[1].hostPath.path" + invalid, spec + "volumes[2].secret.defaultMode" + invalid}},
		{"a port of the host, twice", pod(func(p *corev1.PodSpec) {
			p.Containers = append(p.Containers, corev1.Container{Name: "sidecar", Image: "image:1"})
			for i := range p.Containers {
				p.Containers[i].Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80}}
			}
		}), []string{spec + "containers[1].ports[0].hostPort: Duplicate value"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			errs := mpijob.Validate(tt.job.Obj())
			if diff := cmp.Diff(tt.want, fields(errs)); diff != "" {
				t.Errorf("Validate() (-want +got):\n%s\n%v", diff, errs)
			}
		})
	}
}
