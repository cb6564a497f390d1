package owner

import (
	"errors"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
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
	d.Spec.Replicas = replicas
	d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "manager", Args: args}}
	return d
}

func reader(objects ...client.Object) client.Reader {
	byName := func(o client.Object) []string { return []string{o.GetName()} }
	return fake.NewClientBuilder().WithScheme(clientgoscheme.Scheme).WithObjects(objects...).
		WithIndex(&coordinationv1.Lease{}, "metadata.name", byName).
		WithIndex(&appsv1.Deployment{}, "metadata.name", byName).Build()
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
		{"switched off", []client.Object{deployment("mpi-operator", ptr.To[int32](0))}, ""},
		{"the training operator leads", []client.Object{lease("1ca428e5.training-operator.kubeflow.org", "x", now)}, "Lease"},
		{"the training operator, all kinds", []client.Object{deployment("training-operator", ptr.To[int32](1))}, "Deployment"},
		{"the training operator without MPIJobs", []client.Object{deployment("training-operator", nil, "--enable-scheme=tfjob", "--enable-scheme=pytorchjob")}, ""},
		{"OpenShift AI's, with MPIJobs", []client.Object{deployment("kubeflow-training-operator", nil, "--enable-scheme=pytorchjob", "--enable-scheme=mpijob")}, "Deployment"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			others, err := Find(t.Context(), reader(tt.objects...), now)
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
	g := &Guard{Reader: reader(deployment("mpi-operator", nil)), Clock: clock.RealClock{}}
	err := g.Check(t.Context())
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
