package mpijob_test

import (
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

func limits(pairs ...string) func(*corev1.Container) {
	return func(c *corev1.Container) {
		c.Resources.Limits = corev1.ResourceList{}
		for i := 0; i < len(pairs); i += 2 {
			c.Resources.Limits[corev1.ResourceName(pairs[i])] = resource.MustParse(pairs[i+1])
		}
	}
}

// TestGPUs: slots follow the Worker's GPUs where slots are 0, whoever made them, and what can't be meant
// is warned of.
func TestGPUs(t *testing.T) {
	plain := Job("pi").Slots(0)
	for _, tt := range []struct {
		name  string
		job   *JobBuilder
		slots int32
		warns []string
	}{
		{name: "none", job: plain, slots: 1},
		{name: "NVIDIA", job: plain.Worker(limits("nvidia.com/gpu", "4")), slots: 4},
		{name: "AMD", job: plain.Worker(limits("amd.com/gpu", "8")), slots: 8},
		{name: "slices of one", job: plain.Worker(limits("nvidia.com/mig-1g.5gb", "2")), slots: 2},
		{name: "slots that are given", job: plain.Slots(1).Worker(limits("nvidia.com/gpu", "4")), slots: 1},
		{name: "an accelerator that is no GPU", job: plain.Worker(limits("habana.ai/gaudi", "4")), slots: 1},
		{name: "a network card", job: plain.Worker(limits("rdma/hca", "1", "nvidia.com/gpu", "2")), slots: 2},
		{name: "two types on a Worker", job: plain.Worker(limits("nvidia.com/gpu", "1", "amd.com/gpu", "1")), slots: 2,
			warns: []string{"GPUs of 2 types (amd.com/gpu, nvidia.com/gpu)"}},
		{name: "the Launcher asks for some", job: plain.Launcher(limits("nvidia.com/gpu", "1")).Worker(limits("nvidia.com/gpu", "1")), slots: 1,
			warns: []string{"doesn't see the GPU it asks for"}},
		{name: "the Launcher is a Worker", slots: 1, job: plain.Launcher(limits("nvidia.com/gpu", "1")).Worker(limits("nvidia.com/gpu", "1")).
			With(func(j *kubeflow.MPIJob) { j.Spec.RunLauncherAsWorker = ptr.To(true) })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := *mpijob.WithDefaults(tt.job.Obj()).Spec.SlotsPerWorker; got != tt.slots {
				t.Errorf("%d slots, want %d", got, tt.slots)
			}
			var got []string
			for _, w := range mpijob.Warnings(tt.job.Obj()) {
				if strings.Contains(w, "types (") || strings.Contains(w, "the Launcher") {
					got = append(got, w)
				}
			}
			if len(got) != len(tt.warns) {
				t.Fatalf("warnings %q, want %q", got, tt.warns)
			}
			for i, w := range tt.warns {
				if !strings.Contains(got[i], w) {
					t.Errorf("warning %q, want %q", got[i], w)
				}
			}
		})
	}
}

// A policy doesn't reach pods on the host network, and lists destinations only where egress is closed:
// both are said.
func TestNetworkWarnings(t *testing.T) {
	host := func(j *kubeflow.MPIJob) {
		j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec.HostNetwork = true
	}
	for _, tt := range []struct {
		name string
		job  *JobBuilder
		want string
	}{
		{"a policy on the host network", annotated(Job("pi").With(host), mpijob.AnnotationNetwork, "isolated"), "has no effect on pods with hostNetwork"},
		{"no policy on the host network", Job("pi").With(host), ""},
		{"destinations that are open anyway", annotated(Job("pi"), mpijob.AnnotationNetwork, "restricted", mpijob.AnnotationEgress, "10.0.0.0/8"), "counts only with network-policy isolated"},
		{"destinations of an isolated job", annotated(Job("pi"), mpijob.AnnotationNetwork, "isolated", mpijob.AnnotationEgress, "10.0.0.0/8"), ""},
	} {
		got := ""
		for _, w := range mpijob.Warnings(tt.job.Obj()) {
			if strings.Contains(w, "network-") {
				got = w
			}
		}
		if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
