package training

import (
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Resources is what pods ask for: their requests, or limits where they request nothing, as the
// scheduler counts them.
type Resources struct {
	CPU    resource.Quantity `json:"cpu,omitzero"`    // in cores, as "4" or "500m"
	Memory resource.Quantity `json:"memory,omitzero"` // in bytes, as "16Gi"
	GPUs   int64             `json:"gpus,omitempty"`  // of any vendor
}

// resourcesOf are those of a list that are told of a job.
func resourcesOf(list corev1.ResourceList) (r Resources) {
	for name, q := range list {
		switch {
		case name == corev1.ResourceCPU:
			r.CPU = q
		case name == corev1.ResourceMemory:
			r.Memory = q
		case isGPU(name):
			r.GPUs += q.Value()
		}
	}
	return r
}

// mpijobRequests is what each Worker asks for, and Launcher and Workers together, by the names of the resources.
func mpijobRequests(m *MPIJob) (worker, total corev1.ResourceList) {
	total = corev1.ResourceList{}
	if w := m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker]; w != nil {
		worker = mpijob.PodRequests(&w.Template.Spec)
		mpijob.AddTimes(total, worker, int64(replicas(m, kubeflow.MPIReplicaTypeWorker)))
	}
	if l := m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher]; l != nil {
		mpijob.AddTimes(total, mpijob.PodRequests(&l.Template.Spec), 1)
	}
	return worker, total
}

// isGPU tells a vendor's GPUs and slices of them from other resources.
func isGPU(name corev1.ResourceName) bool {
	return strings.HasSuffix(string(name), "/gpu") || strings.HasPrefix(string(name), "nvidia.com/mig-")
}

// mpijobResources is what one Worker asks for, and all of the job.
func mpijobResources(m *MPIJob) (worker, total Resources) {
	each, all := mpijobRequests(m)
	return resourcesOf(each), resourcesOf(all)
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
