package mpijob_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

func resources(name, quantity string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceName(name): resource.MustParse(quantity)}
}

// fields are where the problems are, with their kind.
func fields(errs field.ErrorList) []string {
	var out []string
	for _, e := range errs {
		out = append(out, e.Field+": "+e.Type.String())
	}
	return out
}

func TestValidate(t *testing.T) {
	const (
		launcher = "spec.mpiReplicaSpecs[Launcher]"
		worker   = "spec.mpiReplicaSpecs[Worker]"
		invalid  = ": Invalid value"
	)
	tests := []struct {
		name string
		job  *JobBuilder
		want []string
	}{
		{"valid", Job("pi"), nil},
		{"name of 1 character", Job("a"), nil},
		{"name of 44 characters", Job(strings.Repeat("a", 44)), nil},
		{"name of 45 characters", Job(strings.Repeat("a", 45)), nil},
		{"the longest name, 54 characters", Job(strings.Repeat("a", 54)), nil},
		{"one too long", Job(strings.Repeat("a", 55)), []string{"metadata.name" + invalid}},
		{"the longest name, too many Workers for it", Job(strings.Repeat("a", 54)).Workers(11), []string{"metadata.name" + invalid}},
		{"name of 63 characters", Job(strings.Repeat("a", 63)), []string{"metadata.name" + invalid}},
		{"name of 64 characters", Job(strings.Repeat("a", 64)), []string{"metadata.name" + invalid}},
		{"name with dots", Job("a.b"), []string{"metadata.name" + invalid}},
		{"name that begins with a digit", Job("1a"), []string{"metadata.name" + invalid}},
		{"no Launcher", Job("pi").With(func(j *kubeflow.MPIJob) { delete(j.Spec.MPIReplicaSpecs, "Launcher") }),
			[]string{launcher + ": Required value"}},
		{"no Workers at all is upstream's to allow", Job("pi").With(func(j *kubeflow.MPIJob) { delete(j.Spec.MPIReplicaSpecs, "Worker") }), nil},
		{"no specs", Job("pi").With(func(j *kubeflow.MPIJob) { j.Spec.MPIReplicaSpecs = nil }), []string{launcher + ": Required value"}},
		{"another part", Job("pi").With(func(j *kubeflow.MPIJob) { j.Spec.MPIReplicaSpecs["Master"] = j.Spec.MPIReplicaSpecs["Worker"] }),
			[]string{"spec.mpiReplicaSpecs: Unsupported value"}},
		{"0 Workers", Job("pi").Workers(0), []string{worker + ".replicas" + invalid}},
		{"-1 Workers", Job("pi").Workers(-1), []string{worker + ".replicas" + invalid}},
		{"10 000 Workers", Job("pi").Workers(10_000), nil},
		{"a million Workers", Job("pi").Workers(1_000_000), []string{worker + ".replicas" + invalid}},
		{"two Launchers", Job("pi").With(func(j *kubeflow.MPIJob) { j.Spec.MPIReplicaSpecs["Launcher"].Replicas = ptr.To[int32](2) }),
			[]string{launcher + ".replicas" + invalid}},
		{"everything at once", Job("a.b").Workers(0).Slots(-1).Launcher(func(c *corev1.Container) { c.Image = "" }),
			[]string{"metadata.name" + invalid, launcher + ".template.spec.containers[0].image: Required value", worker + ".replicas" + invalid, "spec.slotsPerWorker" + invalid}},
		{"no container", Job("pi").With(func(j *kubeflow.MPIJob) { j.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Containers = nil }),
			[]string{worker + ".template.spec.containers: Required value"}},
		{"image with a space", Job("pi").Worker(func(c *corev1.Container) { c.Image = "a b" }), []string{worker + ".template.spec.containers[0].image" + invalid}},
		{"a variable twice", Job("pi").Worker(func(c *corev1.Container) { c.Env = []corev1.EnvVar{{Name: "A"}, {Name: "B"}, {Name: "A"}} }),
			[]string{worker + ".template.spec.containers[0].env[2].name: Duplicate value"}},
		{"negative resource", Job("pi").Worker(func(c *corev1.Container) { c.Resources.Limits = resources("cpu", "-1") }),
			[]string{worker + ".template.spec.containers[0].resources.limits[cpu]" + invalid}},
		{"request over limit", Job("pi").Worker(func(c *corev1.Container) {
			c.Resources.Requests, c.Resources.Limits = resources("memory", "2Gi"), resources("memory", "1Gi")
		}), []string{worker + ".template.spec.containers[0].resources.requests[memory]" + invalid}},
		{"relative key path", Job("pi").With(func(j *kubeflow.MPIJob) { j.Spec.SSHAuthMountPath = ".ssh" }), []string{"spec.sshAuthMountPath" + invalid}},
		{"key over the root", Job("pi").With(func(j *kubeflow.MPIJob) { j.Spec.SSHAuthMountPath = "/" }), []string{"spec.sshAuthMountPath" + invalid}},
		{"key over the hostfile", Job("pi").With(func(j *kubeflow.MPIJob) { j.Spec.SSHAuthMountPath = "/etc/mpi" }), []string{"spec.sshAuthMountPath" + invalid}},
		{"our volume name", Job("pi").With(func(j *kubeflow.MPIJob) {
			j.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Volumes = []corev1.Volume{{Name: "mpi-agent", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
		}), []string{worker + ".template.spec.volumes[0].name" + invalid}},
		{"our mount path", Job("pi").With(func(j *kubeflow.MPIJob) {
			j.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
		}).Worker(func(c *corev1.Container) {
			c.VolumeMounts = []corev1.VolumeMount{{Name: "v", MountPath: "/opt/mpi-agent/"}}
		}),
			[]string{worker + ".template.spec.containers[0].volumeMounts[0].mountPath" + invalid}},
		{"our container name", Job("pi").Worker(func(c *corev1.Container) { c.Name = "mpi-agent-install" }),
			[]string{worker + ".template.spec.containers[0].name: Duplicate value"}},
		{"unknown implementation", Job("pi").With(func(j *kubeflow.MPIJob) { j.Spec.MPIImplementation = "LAM" }), []string{"spec.mpiImplementation: Unsupported value"}},
		{"restart always", Job("pi").With(func(j *kubeflow.MPIJob) { j.Spec.MPIReplicaSpecs["Worker"].RestartPolicy = "Always" }),
			[]string{worker + ".restartPolicy: Unsupported value"}},
		{"run policy", Job("pi").RunPolicy(func(p *kubeflow.RunPolicy) {
			p.CleanPodPolicy = ptr.To(kubeflow.CleanPodPolicy("Some"))
			p.TTLSecondsAfterFinished, p.ActiveDeadlineSeconds, p.BackoffLimit = ptr.To[int32](-1), ptr.To[int64](0), ptr.To[int32](-1)
			p.ManagedBy = ptr.To("me")
		}), []string{"spec.runPolicy.cleanPodPolicy: Unsupported value", "spec.runPolicy.ttlSecondsAfterFinished" + invalid,
			"spec.runPolicy.activeDeadlineSeconds" + invalid, "spec.runPolicy.backoffLimit" + invalid, "spec.runPolicy.managedBy: Unsupported value"}},
		{"annotation", Job("pi").With(func(j *kubeflow.MPIJob) { j.Annotations = map[string]string{mpijob.AnnotationWaitTimeout: "soon"} }),
			[]string{"metadata.annotations[training.opendatahub.io/wait-timeout]" + invalid}},
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

func TestValidateUpdate(t *testing.T) {
	label := func(j *kubeflow.MPIJob) {
		t := &j.Spec.MPIReplicaSpecs["Worker"].Template
		t.Labels, t.Spec.NodeSelector = map[string]string{"a": "b"}, map[string]string{"zone": "1"}
	}
	keep := func(b *JobBuilder, d string) *JobBuilder { return annotated(b, mpijob.AnnotationKeepFailed, d) }
	fixed := []string{"metadata.annotations[training.opendatahub.io/keep-failed]: Forbidden"}
	tests := []struct {
		name     string
		old, new *JobBuilder
		want     []string
	}{
		{"nothing", Job("pi"), Job("pi"), nil},
		{"suspend", Job("pi"), Job("pi").Suspended(), nil},
		{"resume with scheduling directives", Job("pi").Suspended(), Job("pi").With(label), nil},
		{"scheduling directives while it runs", Job("pi"), Job("pi").With(label), []string{"spec.mpiReplicaSpecs[Worker]: Forbidden"}},
		{"image while suspended", Job("pi").Suspended(), Job("pi").Suspended().Worker(func(c *corev1.Container) { c.Image = "other" }),
			[]string{"spec.mpiReplicaSpecs[Worker]: Forbidden"}},
		{"more Workers, other slots", Job("pi"), Job("pi").Workers(3).Slots(2), []string{"spec.slotsPerWorker: Forbidden", "spec.mpiReplicaSpecs[Worker]: Forbidden"}},
		{"backoff limit", Job("pi"), Job("pi").BackoffLimit(1), []string{"spec.runPolicy: Forbidden"}},
		{"a default spelled out", Job("pi"), Job("pi").Slots(1), nil},
		{"keep-failed on", Job("pi"), keep(Job("pi"), "1h"), fixed},
		{"keep-failed on, with a start", Job("pi").Started(Epoch), keep(Job("pi"), "1h"), fixed},
		{"keep-failed off", keep(Job("pi"), "1h"), Job("pi"), fixed},
		{"keep-failed otherwise", keep(Job("pi"), "1h"), keep(Job("pi"), "2h"), fixed},
		{"keep-failed spelled otherwise", keep(Job("pi"), "1h"), keep(Job("pi"), "60m"), nil},
		{"keep-failed while suspended", Job("pi").Suspended(), keep(Job("pi").Suspended(), "1h"), nil},
		{"keep-failed with the resumption", Job("pi").Suspended(), keep(Job("pi"), "1h"), nil},
		{"keep-failed with the suspension", Job("pi").Started(Epoch), keep(Job("pi").Suspended(), "1h"), fixed},
		{"keep-failed before the attempt is gone", Job("pi").Suspended().Started(Epoch), keep(Job("pi"), "1h"), fixed},
		{"retry-lost-workers", Job("pi").Started(Epoch), annotated(Job("pi").Started(Epoch), mpijob.AnnotationRetryLost, "true"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, fields(mpijob.ValidateUpdate(tt.old.Obj(), tt.new.Obj()))); diff != "" {
				t.Errorf("ValidateUpdate() (-want +got):\n%s", diff)
			}
		})
	}
}
