package mpijob_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// Meshes are kept off both kinds of pods, unless the manifest wants one.
func TestMeshesAreKeptOff(t *testing.T) {
	const istio, linkerd = "sidecar.istio.io/inject", "linkerd.io/inject"
	worker := func(j *kubeflow.MPIJob) map[string]string {
		t := &j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template
		t.Labels, t.Annotations = map[string]string{"mine": "x"}, map[string]string{}
		return t.Annotations
	}
	for _, tt := range []struct {
		name string
		job  *JobBuilder
		// of the Workers: label and annotation of Istio, annotation of Linkerd
		want []string
	}{
		{"nothing said", Job("pi").With(func(j *kubeflow.MPIJob) { worker(j) }), []string{"false", "false", "disabled"}},
		{"Istio wanted", Job("pi").With(func(j *kubeflow.MPIJob) { worker(j)[istio] = "true" }), []string{"", "true", "disabled"}},
		{"Linkerd wanted", Job("pi").With(func(j *kubeflow.MPIJob) { worker(j)[linkerd] = "enabled" }), []string{"false", "false", "enabled"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			jobs := mpijob.Runtime(mpijob.WithDefaults(tt.job.Obj()), mpijob.Settings{AgentImage: "agent:1"}, 1).Spec.Template.Spec.ReplicatedJobs
			l, w := jobs[0].Template.Spec.Template, jobs[1].Template.Spec.Template
			if diff := cmp.Diff(tt.want, []string{w.Labels[istio], w.Annotations[istio], w.Annotations[linkerd]}); diff != "" {
				t.Errorf("Workers (-want +got):\n%s", diff)
			}
			if l.Labels[istio] != "false" || l.Annotations[linkerd] != "disabled" {
				t.Errorf("the Launcher, which says nothing: %v %v", l.Labels, l.Annotations)
			}
		})
	}
}
