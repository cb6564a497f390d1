package training

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

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
	case failure.LauncherLost, failure.WorkerLost, failure.NodeLost, failure.PreemptedByHigherPriority:
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

// because says why a job failed, and what of it a clone can mend.
func (j *Job) because(m *MPIJob, f *Failure) {
	j.Failure, j.Remedy, j.Mend, j.NeedsChange = f, remedy(m, f), mend(m, f), f.Reason.NeedsChange()
	j.Message = strings.TrimSuffix(j.Message, ". "+f.Advice()) // what the status says of this one failure
}

// mend is the field of Changes with which a clone can mend a failure, though only a person knows its value; empty where
// what failed stays as it is whatever is changed, as the image of a sidecar does, or of a Launcher with one of its own.
func mend(m *MPIJob, f *Failure) string {
	another := resource.NewQuantity(1<<50+1, resource.BinarySI) // and other values that no job has
	switch f.Reason {
	case failure.ImageNotFound, failure.ImagePullFailed:
		if c := failing(m, f); c != nil && strings.HasPrefix(f.Detail, strconv.Quote(c.Image)) && changes(m, f, Changes{Image: "another." + c.Image}) {
			return "image"
		}
	case failure.ContainerCommandNotFound:
		if program := replaced(m); program != "" && tells(f.Detail, program) {
			return "command"
		}
	case failure.GPUNotVisible:
		if changes(m, f, Changes{GPUsPerWorker: ptr.To[int32](1<<30 + 1)}) {
			return "gpusPerWorker"
		}
	case failure.WorkerStarved:
		if changes(m, f, Changes{CPUPerWorker: another}) {
			return "cpuPerWorker"
		}
	case failure.WorkerOOMKilled, failure.RankOOMKilled, failure.WorkerEvicted:
		if changes(m, f, Changes{MemoryPerWorker: another}) {
			return "memoryPerWorker"
		}
	case failure.SlotsExceeded:
		return "slotsPerWorker"
	case failure.TimeoutReached:
		return "timeLimit"
	default:
	}
	return ""
}

// failing is the container that a failure is about, where it is one that runs MPI; nil where that isn't known.
func failing(m *MPIJob, f *Failure) *corev1.Container {
	switch {
	case f.Where == mpijob.LauncherName:
		return mainContainer(m, kubeflow.MPIReplicaTypeLauncher)
	case f.Where != "":
		return mainContainer(m, kubeflow.MPIReplicaTypeWorker)
	}
	return nil
}

// changes says whether a clone with these changes has another container in place of the one that failed.
func changes(m *MPIJob, f *Failure, c Changes) bool {
	failed := failing(m, f)
	if failed == nil {
		return false
	}
	clone, problems := c.apply(m)
	return len(problems) == 0 && !reflect.DeepEqual(failed, failing(clone, f))
}

// replaced is the word of the Launcher's line that a clone's Command takes the place of: the program that mpirun
// starts, on Workers too, or the line's first.
func replaced(m *MPIJob) string {
	launcher := mainContainer(m, kubeflow.MPIReplicaTypeLauncher)
	if launcher == nil {
		return ""
	}
	line := argv(launcher)
	switch l, ok := parseMpirun(line); {
	case ok:
		return line[l.program]
	case len(line) > 0:
		return line[0]
	}
	return ""
}

// tells says whether a text names a program, also one that is a line for a shell.
func tells(text, program string) bool {
	if strings.ContainsFunc(program, betweenWords) {
		return strings.Contains(text, program)
	}
	return slices.Contains(strings.FieldsFunc(text, betweenWords), program)
}

// betweenWords is what stands around a program's name in what is said about it: exec: "train.sh": permission denied.
func betweenWords(r rune) bool { return strings.ContainsRune(" \"'`:,", r) }
