package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// minCPUs is what the node offers at least, so that manifests that ask for whole CPUs per Worker (as
// upstream's examples do) run on a small machine too. Their ranks then share what there is.
const minCPUs = 8

// fakeGPUs is how many GPUs of each type the node says it has. There are none: scheduler, quota and queue count
// them as they would real ones, and a program that looks for one finds nothing.
const fakeGPUs = 8

// The extended resources NVIDIA's and AMD's device plugins offer.
const (
	resourceGPU    = "nvidia.com/gpu"
	resourceAMDGPU = "amd.com/gpu"
)

const admission = "admissionregistration.k8s.io/v1"

// offered is what the node's status is made to say, beside what the kubelet finds.
func offered() map[string]string {
	out := map[string]string{resourceGPU: strconv.Itoa(fakeGPUs), resourceAMDGPU: strconv.Itoa(fakeGPUs)}
	if runtime.NumCPU() < minCPUs {
		out["cpu"] = strconv.Itoa(minCPUs)
	}
	return out
}

// capacityObjects make the node offer what offered says. The kubelet reports what the machine has; a
// policy changes the report on its way into the API server, where scheduler and kubelet both read it.
// Other nodes (kwok's) are left as they are.
func capacityObjects(node string) []*unstructured.Unstructured {
	var patches []string
	for _, r := range slices.Sorted(maps.Keys(offered())) {
		for _, field := range []string{"capacity", "allocatable"} {
			patches = append(patches, fmt.Sprintf(`JSONPatch{op: "add", path: "/status/%s/" + jsonpatch.escapeKey(%q), value: %q}`, field, r, offered()[r]))
		}
	}
	const name = "sandbox-node-capacity"
	policy := object(admission, "MutatingAdmissionPolicy", "", name, map[string]any{"spec": map[string]any{
		"failurePolicy":      "Ignore",
		"reinvocationPolicy": "Never",
		"matchConstraints": map[string]any{"resourceRules": []any{map[string]any{
			"apiGroups": []any{""}, "apiVersions": []any{"v1"},
			"operations": []any{"CREATE", "UPDATE"}, "resources": []any{"nodes", "nodes/status"},
		}}},
		"matchConditions": []any{map[string]any{
			"name": "reports-capacity",
			"expression": fmt.Sprintf("object.metadata.name == %q && has(object.status) && "+
				"has(object.status.capacity) && has(object.status.allocatable)", node),
		}},
		"mutations": []any{map[string]any{"patchType": "JSONPatch", "jsonPatch": map[string]any{
			"expression": "[\n  " + strings.Join(patches, ",\n  ") + "\n]",
		}}},
	}})
	binding := object(admission, "MutatingAdmissionPolicyBinding", "", name, map[string]any{
		"spec": map[string]any{"policyName": name},
	})
	return []*unstructured.Unstructured{policy, binding}
}

// offerCapacity writes the same into the status of the node that is there: a kubelet with nothing new
// to report says nothing for five minutes.
func (cl *Cluster) offerCapacity(ctx context.Context) error {
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"capacity": offered(), "allocatable": offered()}})
	if err != nil {
		return err
	}
	_, err = cl.typed.CoreV1().Nodes().Patch(ctx, cl.config.NodeName, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	if err != nil {
		return fmt.Errorf("writing what node %s offers: %w", cl.config.NodeName, err)
	}
	return nil
}
