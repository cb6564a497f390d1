package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestRetired(t *testing.T) {
	const kind = "MutatingAdmissionPolicy"
	there := func(name, manager string) unstructured.Unstructured {
		o := object("admissionregistration.k8s.io/v1", kind, "", name, nil)
		o.SetManagedFields([]metav1.ManagedFieldsEntry{{Manager: manager}})
		return *o
	}
	current := []*unstructured.Unstructured{
		object("admissionregistration.k8s.io/v1", kind, "", "new.training.opendatahub.io", nil),
		object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "", "old.training.opendatahub.io", nil),
	}
	got := retired(kind, []unstructured.Unstructured{
		there("new.training.opendatahub.io", fieldManager), there("old.training.opendatahub.io", fieldManager),
		there("administrators.training.opendatahub.io", "kubectl"), there("capacity", fieldManager),
	}, current)
	if diff := cmp.Diff([]string{"old.training.opendatahub.io"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
