package preflight

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

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
