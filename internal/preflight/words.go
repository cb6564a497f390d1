package preflight

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// word is a resource as people call it.
func word(name corev1.ResourceName) string {
	switch name {
	case corev1.ResourceCPU, corev1.ResourceRequestsCPU:
		return "CPU"
	case corev1.ResourceMemory, corev1.ResourceRequestsMemory:
		return "memory"
	case corev1.ResourceLimitsCPU:
		return "CPU limit"
	case corev1.ResourceLimitsMemory:
		return "memory limit"
	case "count/pods":
		return "pods"
	default:
	}
	s := string(name)
	if rest, ok := strings.CutPrefix(s, "count/"); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(s, "limits."); ok {
		return rest + " limit"
	}
	return strings.TrimPrefix(s, corev1.DefaultResourceRequestsPrefix)
}

// amount is a quantity as people read it beside another: a large number of whole units is written out.
func amount(q resource.Quantity) string {
	whole := resource.NewQuantity(q.Value(), q.Format) // rounded up, which would make what is free look enough
	if q.Format == resource.DecimalSI && q.Value() >= 10 && q.Cmp(*whole) == 0 {
		return strconv.FormatInt(q.Value(), 10)
	}
	return q.String()
}

// sortedNames are the resources of a list, those first that a job most likely lacks: its GPUs, then
// other devices, then the rest.
func sortedNames(l corev1.ResourceList) []corev1.ResourceName {
	weight := func(name corev1.ResourceName) int {
		bare := corev1.ResourceName(strings.TrimPrefix(string(name), corev1.DefaultResourceRequestsPrefix))
		switch {
		case mpijob.IsGPU(bare):
			return 0
		case strings.Contains(string(bare), "/") && !strings.HasPrefix(string(bare), "count/"):
			return 1
		default:
			return 2
		}
	}
	return slices.SortedFunc(maps.Keys(l), func(a, b corev1.ResourceName) int {
		if d := weight(a) - weight(b); d != 0 {
			return d
		}
		return strings.Compare(string(a), string(b))
	})
}

func amounts(l corev1.ResourceList) map[string]string {
	out := map[string]string{}
	for name, q := range l {
		if q.Sign() > 0 {
			out[string(name)] = q.String()
		}
	}
	return out
}
