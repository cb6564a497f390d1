package controller

import (
	"context"
	"slices"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// A job's NetworkPolicy is there before its TrainJob is, follows what the job asks for at each start,
// and leaves a stranger's of that name alone.
func TestNetworkPolicyOfEachStart(t *testing.T) {
	asks := func(n mpijob.Network) *kubeflow.MPIJob {
		return mpijobtest.Job("pi").With(func(j *kubeflow.MPIJob) {
			j.Annotations = map[string]string{mpijob.AnnotationNetwork: string(n)}
		}).Obj()
	}
	job := asks(mpijob.NetworkDefault)
	c := newCluster(t, job)
	got, _ := c.round(t, job)
	policy, run := slices.Index(got, "create NetworkPolicy pi-network"), slices.Index(got, "create TrainJob "+mpijob.AttemptName(job, 1))
	if policy < 0 || run < policy {
		t.Errorf("the policy should be created before the TrainJob: %v", got)
	}
	key := client.ObjectKey{Namespace: "ns", Name: "pi-network"}
	for _, step := range []struct {
		asks  mpijob.Network
		types int // of policy, 0: no policy
	}{{mpijob.NetworkIsolated, 2}, {mpijob.NetworkIsolated, 2}, {mpijob.NetworkRestricted, 1}, {mpijob.NetworkNone, 0}, {mpijob.NetworkNone, 0}} {
		if err := c.ensureNetwork(context.Background(), asks(step.asks), 2); err != nil {
			t.Fatalf("%s: %v", step.asks, err)
		}
		var p networkingv1.NetworkPolicy
		err := c.Live.Get(context.Background(), key, &p)
		if len(p.Spec.PolicyTypes) != step.types || (step.types == 0) != apierrors.IsNotFound(err) {
			t.Errorf("%s: %v, %v", step.asks, p.Spec.PolicyTypes, err)
		}
	}

	stranger := &networkingv1.NetworkPolicy{}
	stranger.Namespace, stranger.Name = key.Namespace, key.Name
	c = newCluster(t, job, stranger)
	if got, _ := c.round(t, job); slices.Contains(got, "create TrainJob "+mpijob.AttemptName(job, 1)) {
		t.Errorf("it starts without a policy of its own: %v", got)
	}
	if err := c.ensureNetwork(context.Background(), asks(mpijob.NetworkNone), 2); err != nil {
		t.Fatal(err)
	}
	if err := c.Live.Get(context.Background(), key, stranger); err != nil {
		t.Errorf("a stranger's policy: %v", err)
	}
}
