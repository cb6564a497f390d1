package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// admissionKinds act on everybody's objects for as long as they are there.
var admissionKinds = map[string]string{
	"MutatingAdmissionPolicyBinding":   "mutatingadmissionpolicybindings",
	"MutatingAdmissionPolicy":          "mutatingadmissionpolicies",
	"ValidatingAdmissionPolicyBinding": "validatingadmissionpolicybindings",
	"ValidatingAdmissionPolicy":        "validatingadmissionpolicies",
}

// retire deletes the admission policies that an earlier version of the product's manifests brought and
// the present one does not: a sandbox lives on while they change.
func (cl *Cluster) retire(ctx context.Context, current []*unstructured.Unstructured) error {
	for kind, resource := range admissionKinds {
		client := cl.dynamic.Resource(schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: resource})
		list, err := client.List(ctx, metav1.ListOptions{})
		if err != nil {
			return fmt.Errorf("listing %s: %w", resource, err)
		}
		for _, name := range retired(kind, list.Items, current) {
			if err := client.Delete(ctx, name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
				return fmt.Errorf("deleting the retired %s %s: %w", kind, name, err)
			}
		}
	}
	return nil
}

// retired are the names of the product's objects that the sandbox applied and that are no longer in the manifests.
func retired(kind string, there []unstructured.Unstructured, current []*unstructured.Unstructured) []string {
	var names []string
	for _, o := range there {
		applied := slices.ContainsFunc(o.GetManagedFields(), func(m metav1.ManagedFieldsEntry) bool { return m.Manager == fieldManager })
		wanted := slices.ContainsFunc(current, func(c *unstructured.Unstructured) bool {
			return c.GetKind() == kind && c.GetName() == o.GetName()
		})
		if applied && !wanted && strings.HasSuffix(o.GetName(), ".training.opendatahub.io") {
			names = append(names, o.GetName())
		}
	}
	return names
}
