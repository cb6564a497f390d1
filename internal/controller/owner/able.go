package owner

import (
	"context"
	"fmt"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	appsv1 "k8s.io/api/apps/v1"
	authzv1 "k8s.io/api/authorization/v1"
)

// able says whether what a Deployment runs may write the status of any MPIJob, as another controller
// must. Whoever may create Deployments in a namespace can give one any name, but not that right. A right
// in one namespace doesn't count: whoever owns it can grant that.
func (g *Guard) able(ctx context.Context, d *appsv1.Deployment) (bool, error) {
	account := d.Spec.Template.Spec.ServiceAccountName
	if account == "" {
		account = "default"
	}
	review := &authzv1.SubjectAccessReview{Spec: authzv1.SubjectAccessReviewSpec{
		User:   "system:serviceaccount:" + d.Namespace + ":" + account,
		Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + d.Namespace, "system:authenticated"},
		ResourceAttributes: &authzv1.ResourceAttributes{
			Verb: "update", Group: kubeflow.GroupName, Resource: "mpijobs", Subresource: "status",
		},
	}}
	if err := g.Reviews.Create(ctx, review); err != nil {
		return false, fmt.Errorf("asking what Deployment %s/%s may do: %w", d.Namespace, d.Name, err)
	}
	return review.Status.Allowed, nil
}
