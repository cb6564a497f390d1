package cluster

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// setUpKwok gives kwok an account that may do what the kubelets it plays may: report nodes and pods,
// renew leases, and remove pods that are being deleted.
func setUpKwok(ctx context.Context, cl *Cluster) error {
	const name, namespace = "kwok", "kube-system"
	rule := func(group string, resources []any, verbs ...any) map[string]any {
		return map[string]any{"apiGroups": []any{group}, "resources": resources, "verbs": verbs}
	}
	account := map[string]any{"kind": "ServiceAccount", "namespace": namespace, "name": name}
	if err := cl.apply(ctx, []*unstructured.Unstructured{
		object("v1", "ServiceAccount", namespace, name, nil),
		object(rbac, "ClusterRole", "", "sandbox-kwok", map[string]any{"rules": []any{
			rule("", []any{"nodes"}, "get", "list", "watch"),
			rule("", []any{"pods"}, "get", "list", "watch", "patch", "delete"),
			rule("", []any{"nodes/status", "pods/status"}, "patch", "update"),
			rule("", []any{"events"}, "create", "patch"),
			rule("coordination.k8s.io", []any{"leases"}, "get", "list", "watch", "create", "update", "patch"),
		}}),
		object(rbac, "ClusterRoleBinding", "", "sandbox-kwok", map[string]any{
			"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "sandbox-kwok"},
			"subjects": []any{account},
		}),
		// Kubelets have a priority level of their own, so that the jobs' traffic can't starve them; and so have these.
		object("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", "", "sandbox-kwok", map[string]any{"spec": map[string]any{
			"priorityLevelConfiguration": map[string]any{"name": "exempt"},
			"matchingPrecedence":         int64(1000),
			"rules": []any{map[string]any{
				"subjects": []any{map[string]any{"kind": "ServiceAccount", "serviceAccount": map[string]any{"namespace": namespace, "name": name}}},
				"resourceRules": []any{map[string]any{
					"apiGroups": []any{"*"}, "resources": []any{"*"}, "verbs": []any{"*"}, "namespaces": []any{"*"}, "clusterScope": true,
				}},
			}},
		}}),
	}); err != nil {
		return err
	}
	return cl.accountKubeconfig(ctx, namespace, name, cl.config.SystemKubeconfig(name), namespace)
}
