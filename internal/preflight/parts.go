package preflight

import (
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	resources "k8s.io/component-helpers/resource"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// part is one of the two kinds of pods a job is made of, as the API server would store it.
type part struct {
	name string // "the Launcher", "each Worker"
	path string // where its pod is in the manifest
	pod  *corev1.Pod
	// requests and limits are the pod's: of its containers, and of the init containers before them.
	requests, limits corev1.ResourceList
	// insideRequests and insideLimits are the same without what the runtime takes for itself, which LimitRanges don't look at.
	insideRequests, insideLimits corev1.ResourceList
	// overhead is what the job itself says that the runtime takes; the cluster does else.
	overhead corev1.ResourceList
}

// partsOf are the job's Launcher and, where it has that part, its Workers.
func partsOf(job *mpijob.Job, s *Snapshot, settings mpijob.Settings) (launcher, worker *part) {
	l, w := mpijob.PodTemplates(job, settings)
	launcher = newPart("the Launcher", kubeflow.MPIReplicaTypeLauncher, job, l, s)
	if w != nil {
		worker = newPart("each Worker", kubeflow.MPIReplicaTypeWorker, job, w, s)
	}
	return launcher, worker
}

func newPart(name string, kind kubeflow.MPIReplicaType, job *mpijob.Job, t *corev1.PodTemplateSpec, s *Snapshot) *part {
	pod := &corev1.Pod{ObjectMeta: t.ObjectMeta, Spec: t.Spec}
	pod.Namespace = job.Namespace
	if pod.Spec.PriorityClassName == "" {
		pod.Spec.PriorityClassName = defaultPriority(s)
	}
	applyLimitRanges(s.LimitRanges, pod)
	said := pod.Spec.Overhead
	applyRuntimeClass(s.runtimeClass(ptr.Deref(pod.Spec.RuntimeClassName, "")), pod)
	inside := resources.PodResourcesOptions{ExcludeOverhead: true}
	return &part{
		name: name, path: "spec.mpiReplicaSpecs[" + string(kind) + "]", pod: pod, overhead: said,
		requests:       resources.PodRequests(pod, resources.PodResourcesOptions{}),
		limits:         resources.PodLimits(pod, resources.PodResourcesOptions{}),
		insideRequests: resources.PodRequests(pod, inside),
		insideLimits:   resources.PodLimits(pod, inside),
	}
}

// containers are all of a pod's, in the order they start.
func containers(pod *corev1.Pod) []*corev1.Container {
	var out []*corev1.Container
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			out = append(out, &list[i])
		}
	}
	return out
}

// minus is a − b, not below zero.
func minus(a, b resource.Quantity) resource.Quantity {
	out := a.DeepCopy()
	out.Sub(b)
	if out.Sign() < 0 {
		return resource.Quantity{Format: a.Format}
	}
	return out
}
