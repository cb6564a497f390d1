package mpijob

import (
	"fmt"
	"strconv"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// LittleMemory is the least memory that anything can be meant to run with: less is a forgotten unit, and the
// failure of such a pod tells of anything but that.
var LittleMemory = resource.MustParse("4Mi")

// MemoryDoubt says of an amount of memory that is too little to be meant what was probably meant; empty for
// one that may be, and for none.
func MemoryDoubt(q resource.Quantity) string {
	if q.Sign() <= 0 || q.Cmp(LittleMemory) >= 0 {
		return ""
	}
	text := fmt.Sprintf("%s is less than %s, which nothing runs with", bytesText(q), LittleMemory.String())
	if meant := meantMemory(q); meant != "" {
		return text + ": did you mean " + meant + "?"
	}
	if strings.HasSuffix(q.String(), "i") { // it has its unit
		return text + ": ask for more, as 512Mi or 16Gi"
	}
	return text + ": write it with its unit, as 512Mi or 16Gi"
}

// bytesText is an amount as it was written, so far as a Quantity remembers that: it makes 500m of 0.5, and 2k of 2000.
func bytesText(q resource.Quantity) string {
	if q.Format == resource.BinarySI {
		return q.String()
	}
	return strconv.FormatFloat(q.AsApproximateFloat64(), 'f', -1, 64) + " bytes"
}

// meantMemory is the amount with the unit that was forgotten: few are GiB, many MiB. What has a unit, or is a part of
// a byte, lacks something else.
func meantMemory(q resource.Quantity) string {
	n, err := strconv.Atoi(q.String())
	switch {
	case err != nil || n >= 1<<20:
		return ""
	case n <= 32:
		return strconv.Itoa(n) + "Gi"
	}
	return strconv.Itoa(n) + "Mi"
}

// doubtMemory is about memory that is too little to be meant.
func doubtMemory(c *corev1.Container, at *field.Path) []string {
	for _, list := range []struct {
		name string
		of   corev1.ResourceList
	}{{"limits", c.Resources.Limits}, {"requests", c.Resources.Requests}} {
		if doubt := MemoryDoubt(list.of[corev1.ResourceMemory]); doubt != "" {
			return warn(at.Child("resources", list.name).Key(string(corev1.ResourceMemory)), "%s", doubt)
		}
	}
	return nil
}

// doubtShared is the same about volumes in memory, as /dev/shm.
func doubtShared(job *Job) []string {
	for _, r := range replicaSpecs(job) {
		if r.kind != kubeflow.MPIReplicaTypeWorker {
			continue
		}
		for i, v := range r.spec.Template.Spec.Volumes {
			if v.EmptyDir == nil || v.EmptyDir.Medium != corev1.StorageMediumMemory || v.EmptyDir.SizeLimit == nil {
				continue
			}
			if halfOf(r.spec, v.EmptyDir.SizeLimit) {
				continue
			}
			if doubt := MemoryDoubt(*v.EmptyDir.SizeLimit); doubt != "" {
				return warn(r.path.Child("template", "spec", "volumes").Index(i).Child("emptyDir", "sizeLimit"), "%s", doubt)
			}
		}
	}
	return nil
}

// halfOf says whether a volume has about half of the memory that its container may use, or more: that is what a job made
// from flags is given without asking. What is little then is the memory, of which that is said.
func halfOf(r *kubeflow.ReplicaSpec, size *resource.Quantity) bool {
	for i := range r.Template.Spec.Containers {
		limit, ok := r.Template.Spec.Containers[i].Resources.Limits[corev1.ResourceMemory]
		if ok && size.Value() >= limit.Value()/2-1<<20 {
			return true
		}
	}
	return false
}
