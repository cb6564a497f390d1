//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"
	jobset "sigs.k8s.io/jobset/api/jobset/v1alpha2"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/testkit/randomjob"
)

// Whatever MPIJob is accepted, the API server accepts all that is made of it: no job waits for objects
// that can't be. And what our rules refuse, it refuses.
func TestAcceptedJobsCanBeMade(t *testing.T) {
	t.Parallel()
	e := setup(t)
	// Without the restricted profile, which refuses some of these pods for reasons of its own.
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "e2e-dry-run-"}}
	e.must(e.admin.Client.Create(e.ctx, ns), "creating a namespace")
	t.Cleanup(func() { _ = e.admin.Client.Delete(context.Background(), ns) })
	e.await(e.admin.Client, &corev1.ServiceAccountList{}, "the default service account", func(sas []client.Object) bool {
		return find(sas, "default") != nil
	}, client.InNamespace(ns.Name))
	create := func(o client.Object) error { return e.admin.Client.Create(e.ctx, o, client.DryRunAll) }
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		job := randomjob.Jobs(ns.Name).Draw(t, "job")
		wrong := mpijob.Validate(job)
		err := create(job)
		if err == nil && len(wrong) > 0 {
			t.Fatalf("accepted, though %v", wrong.ToAggregate())
		}
		if err != nil {
			return
		}
		accepted++
		for _, o := range madeOf(mpijob.WithDefaults(job)) {
			if err := create(o); err != nil {
				t.Fatalf("%T %s, made of an accepted job: %v", o, o.GetName(), err)
			}
		}
	})
	if accepted == 0 {
		t.Error("no job was accepted: nothing is proved")
	}
}

// madeOf is all that is made of a job in the end, by us, by JobSet and by the Job controller; save the
// TrainJob, since Trainer's webhook looks for its TrainingRuntime, which a dry run doesn't leave there.
func madeOf(job *kubeflow.MPIJob) []client.Object {
	settings := mpijob.Settings{AgentImage: "agent:1"}
	runtime := mpijob.Runtime(job, settings, 1)
	meta := metav1.ObjectMeta{Namespace: job.Namespace, Name: runtime.Name}
	all := []client.Object{
		mpijob.Secret(job, mpijob.KeyPair{PrivatePEM: []byte("key"), AuthorizedKey: []byte("key")}),
		mpijob.Config(job, settings, 1), mpijob.Service(job), runtime,
		&jobset.JobSet{ObjectMeta: meta, Spec: runtime.Spec.Template.Spec},
	}
	if p := mpijob.NetworkPolicy(job, settings); p != nil {
		all = append(all, p)
	}
	for _, r := range runtime.Spec.Template.Spec.ReplicatedJobs {
		meta.Name = fmt.Sprintf("%s-%s-0", runtime.Name, r.Name)
		meta.Labels = r.Template.Labels
		all = append(all, &batchv1.Job{ObjectMeta: meta, Spec: *r.Template.Spec.DeepCopy()})
		pod := r.Template.Spec.Template
		all = append(all, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: job.Namespace, Name: meta.Name + "-x", Labels: pod.Labels, Annotations: pod.Annotations},
			Spec:       *pod.Spec.DeepCopy(),
		})
	}
	return all
}
