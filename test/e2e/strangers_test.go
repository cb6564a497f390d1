//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Objects that have the names a job needs but belong to someone else are left alone, and named; the
// job goes on by itself once the name is free.
func TestStrangers(t *testing.T) {
	t.Parallel()
	e := setup(t)
	meta := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: teamA, Name: name, Annotations: map[string]string{"owner": "someone else"}}
	}
	tests := []struct {
		kind  string
		obj   func(job string) client.Object
		empty client.Object
	}{
		{"Secret", func(job string) client.Object {
			return &corev1.Secret{ObjectMeta: meta(job + "-ssh"), StringData: map[string]string{"password": "precious"}}
		}, &corev1.Secret{}},
		{"ConfigMap", func(job string) client.Object {
			return &corev1.ConfigMap{ObjectMeta: meta(job + "-config"), Data: map[string]string{"hostfile": "precious"}}
		}, &corev1.ConfigMap{}},
		{"Service", func(job string) client.Object {
			return &corev1.Service{ObjectMeta: meta(job), Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}}
		}, &corev1.Service{}},
	}
	for _, tt := range tests {
		t.Run(tt.kind, func(t *testing.T) {
			t.Parallel()
			e := e.in(t)
			name := "e2e-stranger-" + strings.ToLower(tt.kind)
			stranger := tt.obj(name)
			e.put(stranger)

			job := e.submit(e.scientist, newJob(teamA, name))
			what := tt.kind + ` "` + stranger.GetName() + `"`
			e.awaitJob(job, "refused "+what, func(j *kubeflow.MPIJob) bool {
				c := condition(j, kubeflow.JobCreated)
				return c != nil && strings.Contains(c.Message, what)
			})
			e.awaitEvents(job, mpijob.ReasonResourceExists)

			after := tt.empty
			e.must(e.admin.Client.Get(e.ctx, client.ObjectKeyFromObject(stranger), after), "reading the stranger")
			if diff := cmp.Diff(stranger.GetResourceVersion(), after.GetResourceVersion()); diff != "" {
				t.Errorf("the stranger was touched:\n%s", diff)
			}
			e.must(e.admin.Client.Delete(e.ctx, stranger), "removing the stranger")
			e.awaitCondition(job, kubeflow.JobSucceeded)
		})
	}
}
