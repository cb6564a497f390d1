//go:build e2e

package e2e

import (
	"slices"
	"testing"

	authzv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// right is something somebody may do, or may not.
type right struct {
	verb, group, resource, ns string
}

// Each user of the sandbox has just the rights of the role, in the own namespace alone.
func TestUsersRights(t *testing.T) {
	t.Parallel()
	e := setup(t)
	const jobs, teamB = "kubeflow.org", "team-b"
	scientists := []right{
		{"create", jobs, "mpijobs", teamA}, {"patch", jobs, "mpijobs", teamA}, {"delete", jobs, "mpijobs", teamA},
		{"list", "", "pods", teamA}, {"get", "", "pods/log", teamA}, {"watch", "", "events", teamA},
		{"get", "", "configmaps", teamA}, {"list", "", "resourcequotas", teamA}, {"watch", "trainer.kubeflow.org", "trainjobs", teamA},
		// To look into their jobs, to bring code along, to read results of a claim.
		{"create", "", "pods/exec", teamA}, {"create", "", "configmaps", teamA}, {"create", "", "pods", teamA},
	}
	nobody := []right{
		{"list", jobs, "mpijobs", ""}, {"list", jobs, "mpijobs", teamB}, {"create", jobs, "mpijobs", teamB},
		{"get", "", "secrets", teamA}, {"list", "", "secrets", teamA}, {"update", "", "pods", teamA}, {"update", "", "configmaps", teamB},
		{"update", jobs, "mpijobs/status", teamA}, {"create", "trainer.kubeflow.org", "trainjobs", teamA},
		{"create", "", "serviceaccounts/token", teamA}, {"get", "", "nodes", ""}, {"delete", "", "namespaces", teamA},
		{"create", "rbac.authorization.k8s.io", "clusterrolebindings", ""}, {"escalate", "rbac.authorization.k8s.io", "roles", teamA},
	}
	administers := []right{
		{"create", "rbac.authorization.k8s.io", "rolebindings", teamA}, {"update", "", "resourcequotas", teamA}, {"create", "", "limitranges", teamA},
	}
	elsewhere := func(list []right) []right {
		var out []right
		for _, r := range list {
			r.ns = teamB
			out = append(out, r)
		}
		return out
	}
	for user, c := range map[string]struct{ may, mayNot []right }{
		"scientist":       {scientists, slices.Concat(administers, nobody)},
		"engineer":        {scientists, slices.Concat(administers, nobody)},
		"team-admin":      {slices.Concat(administers, scientists), slices.Concat(elsewhere(administers), nobody)},
		"other-scientist": {elsewhere(scientists), slices.Concat(elsewhere(administers), scientists)},
		"admin":           {slices.Concat(administers, nobody, scientists), nil},
	} {
		t.Run(user, func(t *testing.T) {
			t.Parallel()
			u := e.sandbox.User(t, user)
			ask := func(r right, want bool) {
				resource, sub := splitSub(r.resource)
				got, err := u.Kube.AuthorizationV1().SelfSubjectAccessReviews().Create(t.Context(), &authzv1.SelfSubjectAccessReview{
					Spec: authzv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authzv1.ResourceAttributes{
						Namespace: r.ns, Verb: r.verb, Group: r.group, Resource: resource, Subresource: sub}}}, metav1.CreateOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if got.Status.Allowed != want {
					t.Errorf("%s %s.%s in %q: allowed is %v, want %v", r.verb, r.resource, r.group, r.ns, got.Status.Allowed, want)
				}
			}
			for _, r := range c.may {
				ask(r, true)
			}
			for _, r := range c.mayNot {
				ask(r, false)
			}
		})
	}
}
