package controller

import (
	"reflect"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// snapshot is a cache that has fallen behind: jobs, pods and TrainJobs as they were.
type snapshot struct {
	jobs []client.Object
	pods []client.Object
	runs []client.Object
}

func (w *world) snapshot() *snapshot {
	w.t.Helper()
	read := func(list client.ObjectList) []client.Object {
		w.must(w.api.List(w.t.Context(), list))
		return items(list)
	}
	return &snapshot{jobs: read(&kubeflow.MPIJobList{}), pods: read(&corev1.PodList{}), runs: read(&trainer.TrainJobList{})}
}

// items are the elements of a list.
func items(list client.ObjectList) []client.Object {
	var out []client.Object
	_ = meta.EachListItem(list, func(o runtime.Object) error {
		out = append(out, o.(client.Object))
		return nil
	})
	return out
}

// of are the objects of a kind; cached says whether the kind is in the cache at all.
func (s *snapshot) of(kind any) (objects []client.Object, cached bool) {
	switch kind.(type) {
	case *kubeflow.MPIJob, *kubeflow.MPIJobList:
		return s.jobs, true
	case *corev1.Pod, *corev1.PodList:
		return s.pods, true
	case *trainer.TrainJob, *trainer.TrainJobList:
		return s.runs, true
	default:
		return nil, false
	}
}

// get answers from the snapshot, if it holds that kind.
func (s *snapshot) get(key client.ObjectKey, into client.Object) bool {
	objects, cached := s.of(into)
	for _, o := range objects {
		if client.ObjectKeyFromObject(o) == key {
			reflect.ValueOf(into).Elem().Set(reflect.ValueOf(o.DeepCopyObject()).Elem())
		}
	}
	return cached
}

// err says that get found nothing.
func (s *snapshot) err(key client.ObjectKey, into client.Object) error {
	if into.GetName() == key.Name {
		return nil
	}
	return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
}

// list answers from the snapshot; there is one job, so that every selector selects all.
func (s *snapshot) list(into client.ObjectList) bool {
	objects, cached := s.of(into)
	if cached {
		var copies []runtime.Object
		for _, o := range objects {
			copies = append(copies, o.DeepCopyObject())
		}
		_ = meta.SetList(into, copies)
	}
	return cached
}
