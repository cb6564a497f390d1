package controller

import (
	"context"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// workers is how many jobs are looked after at once; each waits mostly for the API server.
const workers = 8

// setup declares what a job is reconciled for: its own changes, those of its TrainJobs and pods, pods
// that were refused, and its Launcher's reports.
func (r *Reconciler) setup(ctx context.Context, mgr manager.Manager, reports <-chan event.TypedGenericEvent[types.NamespacedName]) error {
	for _, index := range []struct {
		object client.Object
		field  string
		value  client.IndexerFunc
	}{
		{&corev1.Pod{}, indexJob, jobOf},
		{&trainer.TrainJob{}, indexJob, jobOf},
		{&corev1.Event{}, indexSubject, subjectOf},
	} {
		if err := mgr.GetFieldIndexer().IndexField(ctx, index.object, index.field, index.value); err != nil {
			return err
		}
	}
	byName := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, o client.Object) []reconcile.Request {
		return requests(o.GetNamespace(), jobOf(o))
	})
	fromFeed := handler.TypedEnqueueRequestsFromMapFunc(func(_ context.Context, job types.NamespacedName) []reconcile.Request {
		return []reconcile.Request{{NamespacedName: job}}
	})
	return ctrl.NewControllerManagedBy(mgr).
		Named(name).
		For(&kubeflow.MPIJob{}).
		Watches(&trainer.TrainJob{}, byName).
		Watches(&corev1.Pod{}, podEvents{&r.looked, r.Clock}).
		Watches(&corev1.Event{}, handler.EnqueueRequestsFromMapFunc(r.jobOfEvent)).
		WatchesRawSource(source.Channel(reports, fromFeed)).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: workers,
			// A replica that stands by has its caches filled: it takes over without a pause.
			EnableWarmup: ptr.To(true),
		}).
		Complete(r)
}

// jobOfEvent finds the MPIJob whose Kubernetes Job an event is about, by way of the TrainJob.
func (r *Reconciler) jobOfEvent(ctx context.Context, o client.Object) []reconcile.Request {
	attempt, ok := attemptOfJob(o.(*corev1.Event).InvolvedObject.Name)
	if !ok {
		return nil
	}
	var run trainer.TrainJob
	if err := r.Get(ctx, client.ObjectKey{Namespace: o.GetNamespace(), Name: attempt}, &run); err != nil {
		return nil // not ours, or gone
	}
	return requests(run.Namespace, jobOf(&run))
}

func requests(namespace string, names []string) []reconcile.Request {
	var out []reconcile.Request
	for _, n := range names {
		out = append(out, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: n}})
	}
	return out
}

// mustSelector selects what has a label.
func mustSelector(label string) labels.Selector {
	has, err := labels.NewRequirement(label, selection.Exists, nil)
	if err != nil {
		panic(err) // a constant that is no label
	}
	return labels.NewSelector().Add(*has)
}
