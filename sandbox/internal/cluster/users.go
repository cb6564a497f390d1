package cluster

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

const rbac = "rbac.authorization.k8s.io/v1"

// Roles for people, shipped in config/rbac. They are bound here by name: a binding to a role that is
// not there yet grants nothing.
const (
	roleTeamAdmin = "training-team-admin"
	roleScientist = "training-scientist"
)

// grant is one RoleBinding: a person's rights in a namespace.
type grant struct {
	namespace string
	role      string
	subject   map[string]any
}

func user(name string) map[string]any {
	return map[string]any{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": name}
}

var grants = []grant{
	{"team-a", roleTeamAdmin, user("team-admin")},
	{"team-a", roleScientist, user("scientist")},
	{"team-a", roleScientist, map[string]any{"kind": "ServiceAccount", "namespace": "team-a", "name": "engineer"}},
	{"team-b", roleScientist, user("other-scientist")},
}

// setUpUsers makes the teams' namespaces, in which only pods without privileges run, as in a project
// on OpenShift, and binds the users to their roles.
func setUpUsers(ctx context.Context, cl *Cluster) error {
	if err := withoutMetrics(ctx, cl); err != nil {
		return err
	}
	objects := slices.Concat(userObjects(), dnsObjects(), capacityObjects(cl.config.NodeName))
	if err := cl.apply(ctx, objects); err != nil {
		return err
	}
	return cl.accountKubeconfig(ctx, "team-a", "engineer", cl.config.Kubeconfig("engineer"), "team-a")
}

func userObjects() []*unstructured.Unstructured {
	var out []*unstructured.Unstructured
	for _, ns := range config.Namespaces {
		o := object("v1", "Namespace", "", ns, nil)
		o.SetLabels(map[string]string{
			"pod-security.kubernetes.io/enforce": "restricted",
			"pod-security.kubernetes.io/warn":    "restricted",
		})
		out = append(out, o)
	}
	out = append(out, object("v1", "ServiceAccount", "team-a", "engineer", nil))
	for _, g := range grants {
		name, _ := g.subject["name"].(string)
		out = append(out, object(rbac, "RoleBinding", g.namespace, name, map[string]any{
			"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": g.role},
			"subjects": []any{g.subject},
		}))
	}
	return out
}

// dnsObjects let CoreDNS see what it answers from.
func dnsObjects() []*unstructured.Unstructured {
	read := []any{"list", "watch"}
	return []*unstructured.Unstructured{
		object(rbac, "ClusterRole", "", "sandbox-coredns", map[string]any{"rules": []any{
			map[string]any{"apiGroups": []any{""}, "resources": []any{"endpoints", "services", "pods", "namespaces"}, "verbs": read},
			map[string]any{"apiGroups": []any{"discovery.k8s.io"}, "resources": []any{"endpointslices"}, "verbs": read},
		}}),
		object(rbac, "ClusterRoleBinding", "", "sandbox-coredns", map[string]any{
			"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "sandbox-coredns"},
			"subjects": []any{user("coredns")},
		}),
	}
}
