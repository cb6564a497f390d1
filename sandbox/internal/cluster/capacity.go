package cluster

import (
	"fmt"
	"runtime"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// minCPUs is what the node offers at least, so that manifests that ask for whole CPUs per Worker (as
// upstream's examples do) run on a small machine too. Their ranks then share what there is.
const minCPUs = 8

const admission = "admissionregistration.k8s.io/v1"

// capacityObjects make the node offer minCPUs. The kubelet reports what the machine has; a policy
// changes the report on its way into the API server, where scheduler and kubelet both read it.
func capacityObjects() []*unstructured.Unstructured {
	if runtime.NumCPU() >= minCPUs {
		return nil
	}
	const name = "sandbox-node-capacity"
	patch := fmt.Sprintf(`[
  JSONPatch{op: "add", path: "/status/capacity/cpu", value: "%[1]d"},
  JSONPatch{op: "add", path: "/status/allocatable/cpu", value: "%[1]d"}
]`, minCPUs)
	policy := object(admission, "MutatingAdmissionPolicy", "", name, map[string]any{"spec": map[string]any{
		"failurePolicy":      "Ignore",
		"reinvocationPolicy": "Never",
		"matchConstraints": map[string]any{"resourceRules": []any{map[string]any{
			"apiGroups": []any{""}, "apiVersions": []any{"v1"},
			"operations": []any{"CREATE", "UPDATE"}, "resources": []any{"nodes", "nodes/status"},
		}}},
		"matchConditions": []any{map[string]any{
			"name":       "reports-capacity",
			"expression": `has(object.status) && has(object.status.capacity) && has(object.status.allocatable)`,
		}},
		"mutations": []any{map[string]any{"patchType": "JSONPatch", "jsonPatch": map[string]any{"expression": patch}}},
	}})
	binding := object(admission, "MutatingAdmissionPolicyBinding", "", name, map[string]any{
		"spec": map[string]any{"policyName": name},
	})
	return []*unstructured.Unstructured{policy, binding}
}
