package owner

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr/funcr"
	appsv1 "k8s.io/api/apps/v1"
	authzv1 "k8s.io/api/authorization/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func lease(name, holder string, renewed time.Time) client.Object {
	return &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Namespace: "theirs", Name: name},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: ptr.To[int32](15), RenewTime: ptr.To(metav1.NewMicroTime(renewed))},
	}
}

func deployment(name string, replicas *int32, args ...string) client.Object {
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "theirs", Name: name}}
	d.Spec.Template.Spec.ServiceAccountName = "operator"
	d.Spec.Replicas = replicas
	d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "manager", Args: args}}
	return d
}

// settled says that all of a Deployment's pods are of its present template.
func settled(d client.Object) client.Object {
	d.(*appsv1.Deployment).Status = appsv1.DeploymentStatus{Replicas: 1, UpdatedReplicas: 1}
	return d
}

func under(account string, d client.Object) client.Object {
	d.(*appsv1.Deployment).Spec.Template.Spec.ServiceAccountName = account
	return d
}

// guard looks at a cluster of these objects, in which the account "theirs:operator" may do all, and
// "theirs:local" all in its own namespace.
func guard(objects ...client.Object) *Guard {
	byName := func(o client.Object) []string { return []string{o.GetName()} }
	review := func(_ context.Context, _ client.WithWatch, obj client.Object, _ ...client.CreateOption) error {
		r := obj.(*authzv1.SubjectAccessReview)
		a := r.Spec.ResourceAttributes
		r.Status.Allowed = a.Verb == "update" && a.Group == "kubeflow.org" && a.Resource == "mpijobs" && a.Subresource == "status" &&
			slices.Contains(r.Spec.Groups, "system:serviceaccounts:theirs") &&
			(r.Spec.User == "system:serviceaccount:theirs:operator" || r.Spec.User == "system:serviceaccount:theirs:local" && a.Namespace == "theirs")
		return nil
	}
	c := fake.NewClientBuilder().WithScheme(clientgoscheme.Scheme).WithObjects(objects...).
		WithIndex(&coordinationv1.Lease{}, "metadata.name", byName).
		WithIndex(&appsv1.Deployment{}, "metadata.name", byName).
		WithInterceptorFuncs(interceptor.Funcs{Create: review}).Build()
	return &Guard{Reader: c, Reviews: c, Clock: clocktesting.NewFakeClock(now)}
}

func TestFind(t *testing.T) {
	tests := []struct {
		name    string
		objects []client.Object
		want    string // the kinds found
	}{
		{"nobody", nil, ""},
		{"ourselves", []client.Object{lease("mpijob-controller", "us", now), deployment("mpijob-controller", nil)}, ""},
		{"the MPI operator leads", []client.Object{lease("mpi-operator", "host_1", now.Add(-2*time.Second))}, "Lease"},
		{"its clock is behind", []client.Object{lease("mpi-operator", "host_1", now.Add(-25*time.Second))}, "Lease"},
		{"it has been gone for long", []client.Object{lease("mpi-operator", "host_1", now.Add(-31*time.Second))}, ""},
		{"it gave the lease back", []client.Object{lease("mpi-operator", "", now)}, ""},
		{"its Deployment", []client.Object{deployment("mpi-operator", nil)}, "Deployment"},
		{"both are one", []client.Object{deployment("mpi-operator", nil), lease("mpi-operator", "host_1", now)}, "Deployment"},
		{"a Deployment of its name, without rights", []client.Object{under("", deployment("mpi-operator", nil))}, ""},
		{"with rights in its own namespace", []client.Object{under("local", deployment("mpi-operator", nil))}, ""},
		{"such a Deployment doesn't hide a lease", []client.Object{under("local", deployment("mpi-operator", nil)), lease("mpi-operator", "host_1", now)}, "Lease"},
		{"switched off", []client.Object{deployment("mpi-operator", ptr.To[int32](0))}, ""},
		{"the training operator leads", []client.Object{lease("1ca428e5.training-operator.kubeflow.org", "x", now)}, "Lease"},
		{"the training operator, all kinds", []client.Object{deployment("training-operator", ptr.To[int32](1))}, "Deployment"},
		{"the training operator without MPIJobs", []client.Object{settled(deployment("training-operator", nil, "--enable-scheme=tfjob", "--enable-scheme=pytorchjob"))}, ""},
		{"the training operator, its kinds in words of their own", []client.Object{settled(deployment("training-operator", nil, "--enable-scheme", "tfjob", "--enable-scheme", "MPIJob"))}, "Deployment"},
		{"the training operator that is told to leave MPIJobs, its old pod still there", []client.Object{deployment("training-operator", nil, "--enable-scheme=tfjob")}, "Deployment"},
		{"the training operator without MPIJobs leads", []client.Object{settled(deployment("training-operator", nil, "--enable-scheme=tfjob")), lease("1ca428e5.training-operator.kubeflow.org", "x", now)}, ""},
		{"one that only says so doesn't hide a lease", []client.Object{under("local", settled(deployment("training-operator", nil, "--enable-scheme=tfjob"))), lease("1ca428e5.training-operator.kubeflow.org", "x", now)}, "Lease"},
		{"OpenShift AI's, with MPIJobs", []client.Object{deployment("kubeflow-training-operator", nil, "--enable-scheme=pytorchjob", "--enable-scheme=mpijob")}, "Deployment"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			others, err := guard(tt.objects...).find(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var kinds []string
			for _, o := range others {
				kinds = append(kinds, o.Kind)
			}
			if got := strings.Join(kinds, " "); got != tt.want {
				t.Errorf("found %q, want %q: %+v", got, tt.want, others)
			}
		})
	}
}

// The refusal says which object, where, and the command that hands over.
func TestRefusal(t *testing.T) {
	err := guard(deployment("mpi-operator", nil)).Check(t.Context())
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("Check() = %v, want a refusal", err)
	}
	for _, want := range []string{"Deployment mpi-operator in namespace theirs", "kubectl -n theirs scale deployment mpi-operator --replicas=0",
		"--beside-other-controllers", "docs/migrate-from-mpi-operator.md"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the refusal doesn't say %q:\n%v", want, err)
		}
	}
}

// Another controller that appears is told of once, with what to do, and again when something changes;
// it doesn't end this one.
func TestGuardWorksOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clk := clocktesting.NewFakeClock(now)
		// It runs out between the second check and the third.
		g := guard(lease("mpi-operator", "nobody", now.Add(checkEvery)))
		g.Clock = clk
		var said []string
		g.Log = funcr.New(func(_, args string) { said = append(said, args) }, funcr.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- g.Start(ctx) }()
		check := func(want int, words ...string) {
			t.Helper()
			synctest.Wait()
			clk.Step(checkEvery)
			synctest.Wait()
			if len(said) != want {
				t.Fatalf("said %d things, want %d: %q", len(said), want, said)
			}
			for _, w := range words {
				if !strings.Contains(said[want-1], w) {
					t.Errorf("doesn't say %q: %s", w, said[want-1])
				}
			}
		}
		check(1, "this one works on", "Lease theirs/mpi-operator", "kubectl -n theirs delete lease mpi-operator")
		check(1)
		check(2, "are gone")
		check(2)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
}
