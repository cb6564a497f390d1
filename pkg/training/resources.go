package training

import (
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
)

// Resources is what pods ask for: their requests, or limits where they request nothing, as the
// scheduler counts them.
type Resources struct {
	CPU    resource.Quantity `json:"cpu,omitzero"`    // in cores, as "4" or "500m"
	Memory resource.Quantity `json:"memory,omitzero"` // in bytes, as "16Gi"
	GPUs   int64             `json:"gpus,omitempty"`  // of any vendor
}

// add adds n pods of a template.
func (r *Resources) add(pod *corev1.PodSpec, n int32) {
	for i := range pod.Containers {
		r.addRequirements(&pod.Containers[i].Resources, n)
	}
}

func (r *Resources) addRequirements(has *corev1.ResourceRequirements, n int32) {
	for name, q := range effective(has) {
		q = q.DeepCopy()
		q.Mul(int64(n))
		switch {
		case name == corev1.ResourceCPU:
			r.CPU.Add(q)
		case name == corev1.ResourceMemory:
			r.Memory.Add(q)
		case isGPU(name):
			r.GPUs += q.Value()
		}
	}
}

// effective are the requests, or limits where nothing is requested.
func effective(has *corev1.ResourceRequirements) corev1.ResourceList {
	out := corev1.ResourceList{}
	for name, q := range has.Limits {
		out[name] = q
	}
	for name, q := range has.Requests {
		out[name] = q
	}
	return out
}

// mpijobRequests is what Launcher and Workers ask for together, by the names of the resources.
func mpijobRequests(m *MPIJob) corev1.ResourceList {
	sum := corev1.ResourceList{}
	add := func(t kubeflow.MPIReplicaType, n int64) {
		r := m.Spec.MPIReplicaSpecs[t]
		if r == nil {
			return
		}
		for i := range r.Template.Spec.Containers {
			for name, q := range effective(&r.Template.Spec.Containers[i].Resources) {
				q = q.DeepCopy()
				q.Mul(n)
				total := sum[name]
				total.Add(q)
				sum[name] = total
			}
		}
	}
	add(kubeflow.MPIReplicaTypeLauncher, 1)
	add(kubeflow.MPIReplicaTypeWorker, int64(max(0, replicas(m, kubeflow.MPIReplicaTypeWorker))))
	return sum
}

// isGPU tells a vendor's GPUs and slices of them from other resources.
func isGPU(name corev1.ResourceName) bool {
	return strings.HasSuffix(string(name), "/gpu") || strings.HasPrefix(string(name), "nvidia.com/mig-")
}

// mpijobResources is what one Worker asks for, and all of the job.
func mpijobResources(m *MPIJob) (worker, total Resources) {
	if w := m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker]; w != nil {
		worker.add(&w.Template.Spec, 1)
		total.add(&w.Template.Spec, ptr.Deref(w.Replicas, 1))
	}
	if l := m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher]; l != nil {
		total.add(&l.Template.Spec, 1)
	}
	return worker, total
}

// queueOf is the queue that admits a job: Kueue's, else Volcano's.
func queueOf(labels map[string]string, volcano *kubeflow.SchedulingPolicy) string {
	if q := labels[kueueQueueLabel]; q != "" {
		return q
	}
	if volcano != nil {
		return volcano.Queue
	}
	return ""
}
