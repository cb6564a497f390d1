package mpijob

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// IsGPU says whether a resource is a GPU, or a slice of one.
func IsGPU(name corev1.ResourceName) bool { return isGPU(name) }

// gpuWarnings name GPUs of several types in one job.
func gpuWarnings(job *Job) []string {
	found := map[string]bool{}
	for _, r := range replicaSpecs(job) {
		for i := range r.spec.Template.Spec.Containers {
			for name, q := range r.spec.Template.Spec.Containers[i].Resources.Limits {
				if isGPU(name) && q.Sign() > 0 {
					found[string(name)] = true
				}
			}
		}
	}
	if len(found) < 2 {
		return nil
	}
	return []string{fmt.Sprintf("spec.mpiReplicaSpecs: asks for GPUs of %d types (%s), and one program seldom runs on all of them: ask for one type",
		len(found), strings.Join(sortedKeys(found), ", "))}
}
