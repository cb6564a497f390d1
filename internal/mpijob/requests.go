package mpijob

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	resources "k8s.io/component-helpers/resource"
)

// Requests is what a container asks for: its requests, and limits where it requests nothing, as the API server
// fills them in.
func Requests(r *corev1.ResourceRequirements) corev1.ResourceList {
	out := corev1.ResourceList{}
	maps.Copy(out, r.Limits)
	maps.Copy(out, r.Requests)
	return out
}

// PodRequests is what a pod of a template asks for, as the scheduler counts it: sidecars too, and what starts before
// where that takes more.
func PodRequests(template *corev1.PodSpec) corev1.ResourceList {
	asking := func(list []corev1.Container) []corev1.Container {
		out := make([]corev1.Container, len(list))
		for i := range list {
			out[i].RestartPolicy = list[i].RestartPolicy
			out[i].Resources.Requests = Requests(&list[i].Resources)
		}
		return out
	}
	return resources.PodRequests(&corev1.Pod{Spec: corev1.PodSpec{
		InitContainers: asking(template.InitContainers), Containers: asking(template.Containers), Overhead: template.Overhead,
	}}, resources.PodResourcesOptions{})
}

// AddTimes adds n times what is in list to sum; less than none of it is none.
func AddTimes(sum, list corev1.ResourceList, n int64) {
	for name, q := range list {
		q = q.DeepCopy()
		q.Mul(max(0, n))
		total := sum[name]
		total.Add(q)
		sum[name] = total
	}
}
