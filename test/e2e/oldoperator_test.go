//go:build e2e && parity

package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The last released training operator v1, from its released manifests: with MPIJobs among its kinds our
// controller refuses to work beside it, and says how it is told to leave them; without them it is in
// nobody's way.
func TestBesideTheTrainingOperator(t *testing.T) {
	e := setup(t)
	const refused, leads = "Deployment training-operator in namespace kubeflow", "1ca428e5.training-operator.kubeflow.org"
	e.await(e.admin.Client, &coordinationv1.LeaseList{}, "the training operator to lead", func(objs []client.Object) bool {
		l, ok := find(objs, leads).(*coordinationv1.Lease)
		return ok && l.Spec.HolderIdentity != nil && *l.Spec.HolderIdentity != ""
	}, client.InNamespace("kubeflow"))
	// What refuses it here is the MPI operator, which runs too: one that has just been started again waits until nobody
	// renews its Lease.
	e.await(e.admin.Client, &coordinationv1.LeaseList{}, "the MPI operator to lead", func(objs []client.Object) bool {
		l, ok := find(objs, "mpi-operator").(*coordinationv1.Lease)
		return ok && l.Spec.RenewTime != nil && time.Since(l.Spec.RenewTime.Time) < 5*time.Second
	}, client.InNamespace(theirs))
	if said := e.secondController().untilItEnds(); strings.Contains(said, refused) || strings.Contains(said, leads) {
		t.Errorf("a training operator without MPIJobs is in the way:\n%s", said)
	}
	e.oldOperatorArgs("--leader-elect") // every kind
	said := e.secondController().untilItEnds()
	for _, want := range []string{refused, "kubectl -n kubeflow edit deployment training-operator", "--enable-scheme"} {
		if !strings.Contains(said, want) {
			t.Errorf("the refusal doesn't say %q:\n%s", want, said)
		}
	}
}

// oldOperatorArgs replaces the training operator's arguments until the test ends.
func (e *env) oldOperatorArgs(args ...string) {
	e.t.Helper()
	var d appsv1.Deployment
	key := client.ObjectKey{Namespace: "kubeflow", Name: "training-operator"}
	e.must(e.admin.Client.Get(e.ctx, key, &d), "reading the training operator, which `sandbox up --with training-operator` brings")
	set := func(ctx context.Context, args []string) error {
		d.ResourceVersion = ""
		patch := client.MergeFrom(d.DeepCopy())
		d.Spec.Template.Spec.Containers[0].Args = args
		return e.admin.Client.Patch(ctx, &d, patch)
	}
	before := d.Spec.Template.Spec.Containers[0].Args
	e.t.Cleanup(func() {
		if err := set(context.Background(), before); err != nil {
			e.t.Errorf("giving the training operator its arguments back: %v", err)
		}
	})
	e.must(set(e.ctx, args), "changing the training operator's arguments")
}

// A PyTorchJob that the training operator runs is in the same list as all other training jobs, and is
// looked at with the same words.
func TestOldJobsAreListed(t *testing.T) {
	e := setup(t)
	const name = "trained-of-old"
	old := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob",
		"metadata": map[string]any{"namespace": "default", "name": name},
		"spec": map[string]any{"pytorchReplicaSpecs": map[string]any{"Master": map[string]any{
			"replicas": int64(1), "restartPolicy": "Never",
			"template": map[string]any{"spec": map[string]any{"containers": []any{map[string]any{
				"name": "pytorch", "image": imageOpenMPI, "command": []any{"sh", "-c", "echo loss 0.25 of $WORLD_SIZE"},
			}}}},
		}}},
	}}
	e.must(e.admin.Client.Create(e.ctx, old), "creating a PyTorchJob")
	t.Cleanup(func() { _ = e.admin.Client.Delete(context.Background(), old) })
	look := func(args ...string) string {
		t.Helper()
		out, err := e.odhAs(e.admin, t.TempDir(), args...)
		if err != nil {
			t.Fatalf("odh training %s: %v:\n%s", strings.Join(args, " "), err, out)
		}
		return out
	}
	err := wait.PollUntilContextTimeout(e.ctx, time.Second, patience, true, func(context.Context) (bool, error) {
		var job struct{ Phase string } // of the job: its pod may say so before
		err := json.Unmarshal([]byte(look("describe", "pytorchjob/"+name, "-n", "default", "-o", "json")), &job)
		return job.Phase == "Succeeded", err
	})
	e.must(err, "waiting for the PyTorchJob to succeed")
	for _, tc := range []struct {
		args []string
		says []string
	}{
		{[]string{"list", "-n", "default", "-o", "json"}, []string{name, `"PyTorchJob"`, `"Succeeded"`}},
		{[]string{"describe", "pytorchjob/" + name, "-n", "default"}, []string{name, "PyTorchJob", "Succeeded", imageOpenMPI}},
	} {
		out := look(tc.args...)
		for _, want := range tc.says {
			if !strings.Contains(out, want) {
				t.Errorf("odh training %s is without %q:\n%s", strings.Join(tc.args, " "), want, out)
			}
		}
	}
}
