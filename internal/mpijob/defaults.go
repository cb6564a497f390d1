package mpijob

import (
	"maps"
	"slices"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
)

// WithDefaults returns the job with upstream's defaults filled in. The manifest itself is never
// rewritten. slotsPerWorker 0 means one slot per GPU of a Worker, or one where it has none.
func WithDefaults(job *Job) *Job {
	out := job.DeepCopy()
	kubeflow.SetDefaults_MPIJob(out)
	if ptr.Deref(out.Spec.SlotsPerWorker, 0) == 0 {
		out.Spec.SlotsPerWorker = ptr.To(int32(max(1, gpusPerWorker(out))))
	}
	return out
}

// gpusPerWorker counts the GPUs of the Worker's main container.
func gpusPerWorker(job *Job) int {
	w := job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker]
	if w == nil || len(w.Template.Spec.Containers) == 0 {
		return 0
	}
	n := 0
	for name, q := range w.Template.Spec.Containers[0].Resources.Limits {
		if isGPU(name) {
			n += int(q.Value())
		}
	}
	return n
}

func isGPU(name corev1.ResourceName) bool {
	return strings.HasSuffix(string(name), "/gpu") || strings.HasPrefix(string(name), "nvidia.com/mig-")
}

// Suspended says whether the job is asked to be suspended.
func Suspended(job *Job) bool { return ptr.Deref(job.Spec.RunPolicy.Suspend, false) }

// ManagedElsewhere says whether spec.runPolicy.managedBy hands the job to another controller.
func ManagedElsewhere(job *Job) bool {
	by := ptr.Deref(job.Spec.RunPolicy.ManagedBy, "")
	return by != "" && by != kubeflow.KubeflowJobController
}

// LauncherIsWorker says whether ranks run in the Launcher too.
func LauncherIsWorker(job *Job) bool { return ptr.Deref(job.Spec.RunLauncherAsWorker, false) }

// BackoffLimit is how many failed Launcher pods are followed by another try: the Kubernetes Job
// default where the job doesn't say; none where the first failure is to be kept for inspection.
func BackoffLimit(job *Job) int32 {
	if KeepFailed(job) > 0 {
		return 0
	}
	return ptr.Deref(job.Spec.RunPolicy.BackoffLimit, 6)
}

type replica struct {
	kind kubeflow.MPIReplicaType
	spec *kubeflow.ReplicaSpec
	path *field.Path
}

// replicaSpecs are the Launcher and the Worker spec, those that are there.
func replicaSpecs(job *Job) []replica {
	var out []replica
	for _, kind := range []kubeflow.MPIReplicaType{kubeflow.MPIReplicaTypeLauncher, kubeflow.MPIReplicaTypeWorker} {
		if s := job.Spec.MPIReplicaSpecs[kind]; s != nil {
			out = append(out, replica{kind, s, field.NewPath("spec", "mpiReplicaSpecs").Key(string(kind))})
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
