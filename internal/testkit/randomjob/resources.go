package randomjob

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"
)

// amounts are those of a resource that make sense, and one that doesn't.
var amounts = map[string]struct{ good, bad []string }{
	"cpu":               {[]string{"1", "100m"}, []string{"-1"}},
	"memory":            {[]string{"1Gi", "64Mi"}, []string{"-1Gi"}},
	"ephemeral-storage": {[]string{"1Gi"}, []string{"-1"}},
	"nvidia.com/gpu":    {[]string{"1", "8"}, []string{"500m"}},
	"rdma/hca":          {[]string{"1"}, []string{"1500m"}},
	"hugepages-2Mi":     {[]string{"4Mi"}, []string{"3Mi"}},
}

// whole are the resources that are requested as they are limited.
var whole = []string{"nvidia.com/gpu", "rdma/hca", "hugepages-2Mi"}

func (d drawer) requirements() corev1.ResourceRequirements {
	r := corev1.ResourceRequirements{Requests: d.resources("request"), Limits: d.resources("limit")}
	if d.errs {
		return r
	}
	for name, request := range r.Requests {
		limit, limited := r.Limits[name]
		if limited && request.Cmp(limit) > 0 || slices.Contains(whole, string(name)) {
			delete(r.Requests, name)
		}
	}
	if _, huge := r.Limits["hugepages-2Mi"]; huge {
		r.Limits["memory"] = resource.MustParse("2Gi")
	}
	return r
}

func (d drawer) resources(what string) corev1.ResourceList {
	out := corev1.ResourceList{}
	for _, name := range slices.Sorted(maps.Keys(amounts)) {
		if d.sometimes(what + " " + name) {
			out[corev1.ResourceName(name)] = resource.MustParse(oneOf(d, name, amounts[name].good, amounts[name].bad))
		}
	}
	if d.mistake(what + " of an odd name") {
		odd := rapid.SampledFrom([]string{"gpu", "example.com/", "a b", "requests.cpu"}).Draw(d.t, "odd resource")
		out[corev1.ResourceName(odd)] = resource.MustParse("1")
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
