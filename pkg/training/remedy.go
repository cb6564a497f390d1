package training

import (
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// remedy is what to change in a clone of a failed job, where that can be told from the failure: more
// memory for one that ran out of it; nothing, which is to try again, for one that was lost underneath.
// It is nil where only a person can know.
func remedy(m *MPIJob, f *Failure) *Changes {
	if f == nil {
		return nil
	}
	switch f.Reason {
	case failure.WorkerOOMKilled, failure.RankOOMKilled:
		return moreMemory(m, f)
	case failure.LauncherLost, failure.WorkerLost:
		return &Changes{}
	default:
		return nil
	}
}

// moreMemory doubles what each Worker may use. A Launcher that runs no ranks has a limit of its own,
// which is not this one.
func moreMemory(m *MPIJob, f *Failure) *Changes {
	if f.Where == mpijob.LauncherName && !mpijob.LauncherIsWorker(m) {
		return nil
	}
	worker := mainContainer(m, kubeflow.MPIReplicaTypeWorker)
	if worker == nil {
		return nil
	}
	limit, ok := worker.Resources.Limits[corev1.ResourceMemory]
	switch {
	case ok:
		limit = limit.DeepCopy()
	case f.Limit > 0: // a default of the namespace
		limit = *resource.NewQuantity(f.Limit, resource.BinarySI)
	default:
		return nil
	}
	limit.Add(limit)
	return &Changes{MemoryPerWorker: ptr.To(limit)}
}
