package preflight

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/sets"
)

// usage is what a quota counts of a pod of that part, by the quota's names of resources, as the API
// server's evaluator of pods does.
func (p *part) usage() corev1.ResourceList {
	one := *resource.NewQuantity(1, resource.DecimalSI)
	out := corev1.ResourceList{corev1.ResourcePods: one, "count/pods": one}
	for name, q := range p.requests {
		out["requests."+name] = q
		if native(name) || strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix) {
			out[name] = q
		}
	}
	for name, q := range p.limits {
		if native(name) {
			out["limits."+name] = q
		}
	}
	return out
}

func native(name corev1.ResourceName) bool {
	return name == corev1.ResourceCPU || name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage
}

// required are the resources of which every container must say how much it wants where a quota counts
// them; other resources may be left out.
func required(hard corev1.ResourceList) sets.Set[corev1.ResourceName] {
	out := sets.New[corev1.ResourceName]()
	for name := range hard {
		switch name {
		case corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceRequestsCPU, corev1.ResourceRequestsMemory,
			corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory:
			out.Insert(name)
		default:
		}
	}
	return out
}

// says is whether a container states what a quota's resource counts.
func says(c *corev1.Container, name corev1.ResourceName) bool {
	list := c.Resources.Requests
	bare, limit := strings.CutPrefix(string(name), "limits.")
	if limit {
		list = c.Resources.Limits
	}
	_, ok := list[corev1.ResourceName(strings.TrimPrefix(bare, "requests."))]
	return ok
}
