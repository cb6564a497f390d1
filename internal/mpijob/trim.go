package mpijob

import (
	"maps"
	"slices"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	jobset "sigs.k8s.io/jobset/api/jobset/v1alpha2"
)

// podLabels are the labels of pods that are looked at.
var podLabels = []string{kubeflow.JobNameLabel, kubeflow.JobRoleLabel, LabelJob, LabelAttempt, jobset.JobSetNameKey, labelCompletionIndex}

// TrimPod drops from a pod what is never looked at: with thousands of Workers and finished jobs that would be
// most of the controller's memory. The pod is changed in place.
func TrimPod(p *corev1.Pod) {
	p.ManagedFields, p.Annotations = nil, nil
	labels := make(map[string]string, len(podLabels))
	for _, key := range podLabels {
		if value, ok := p.Labels[key]; ok {
			labels[key] = value
		}
	}
	p.Labels = labels
	spec := corev1.PodSpec{NodeName: p.Spec.NodeName}
	for _, c := range p.Spec.Containers {
		spec.Containers = append(spec.Containers, corev1.Container{
			Name: c.Name, Resources: corev1.ResourceRequirements{Limits: maps.Clone(c.Resources.Limits)},
		})
	}
	p.Spec = spec
	s := &p.Status
	p.Status = corev1.PodStatus{
		Phase: s.Phase, Conditions: s.Conditions, Message: s.Message, Reason: s.Reason, PodIP: s.PodIP, StartTime: s.StartTime,
		InitContainerStatuses: trimContainers(s.InitContainerStatuses), ContainerStatuses: trimContainers(s.ContainerStatuses),
	}
}

func trimContainers(all []corev1.ContainerStatus) []corev1.ContainerStatus {
	for i, s := range all {
		all[i] = corev1.ContainerStatus{
			Name: s.Name, State: s.State, LastTerminationState: s.LastTerminationState, RestartCount: s.RestartCount,
			Image: s.Image, ContainerID: s.ContainerID,
		}
	}
	return slices.Clip(all)
}
