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

func TestPodsGetAPITokensOnlyWhenAsked(t *testing.T) {
	tests := []struct {
		name   string
		change func(*corev1.PodSpec)
		want   *bool
	}{
		{"nothing said", func(*corev1.PodSpec) {}, ptr.To(false)},
		{"an account named", func(p *corev1.PodSpec) { p.ServiceAccountName = "trainer" }, nil},
		{"asked for", func(p *corev1.PodSpec) { p.AutomountServiceAccountToken = ptr.To(true) }, ptr.To(true)},
		{"refused", func(p *corev1.PodSpec) {
			p.ServiceAccountName, p.AutomountServiceAccountToken = "trainer", ptr.To(false)
		}, ptr.To(false)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			job := mpijob.WithDefaults(Job("pi").With(func(j *kubeflow.MPIJob) {
				for _, r := range j.Spec.MPIReplicaSpecs {
					tt.change(&r.Template.Spec)
				}
			}).Obj())
			for _, r := range mpijob.Runtime(job, mpijob.Settings{}, 1).Spec.Template.Spec.ReplicatedJobs {
				if *r.Template.Spec.Parallelism == 0 {
					continue // has no pods
				}
				if diff := cmp.Diff(tt.want, r.Template.Spec.Template.Spec.AutomountServiceAccountToken); diff != "" {
					t.Errorf("automountServiceAccountToken of %s (-want +got):\n%s", r.Name, diff)
				}
			}
		})
	}
}
