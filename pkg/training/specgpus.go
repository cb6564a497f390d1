package training

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

func (s Spec) gpuType() corev1.ResourceName {
	if s.GPUType == "" {
		return GPUResource
	}
	return s.GPUType
}

// gpuProblem says what is wrong with GPUType. A job runs on one type of GPU: its program is built for
// that, and ranks that compute at different speeds wait for each other.
func (s Spec) gpuProblem() string {
	switch t := string(s.gpuType()); {
	case strings.ContainsAny(t, ", "):
		return fmt.Sprintf("is %q, and a job runs on one type of GPU: name one, such as %s or %s; a full manifest may mix them", t, GPUResource, AMDGPUResource)
	case !mpijob.IsGPU(s.gpuType()):
		return fmt.Sprintf("is %q, which is no GPU: name it as the cluster's nodes do, such as %s or %s", t, GPUResource, AMDGPUResource)
	}
	return ""
}

// gpusOf is how many GPUs of which type a container asks for, in a Spec's words. Of several types only
// one fits in there, and the job is then no simple one.
func gpusOf(c *corev1.Container) (int32, corev1.ResourceName) {
	for _, name := range []corev1.ResourceName{GPUResource, AMDGPUResource} {
		if q, ok := c.Resources.Limits[name]; ok {
			if name == GPUResource {
				name = ""
			}
			return int32(q.Value()), name
		}
	}
	for name, q := range c.Resources.Limits {
		if mpijob.IsGPU(name) {
			return int32(q.Value()), name
		}
	}
	return 0, ""
}
