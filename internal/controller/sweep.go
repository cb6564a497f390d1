package controller

import (
	"context"
	"fmt"

	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// TrainingRuntimes have no owner, so the garbage collector leaves them alone: in a foreground
// deletion it would take a runtime before its TrainJob, and Trainer's webhook then refuses to let the
// TrainJob lose its last finalizer, for ever. They are swept up here instead, after their TrainJobs.

// sweep deletes the TrainingRuntimes made for former MPIJobs of that name, whose UIDs are not keep,
// as far as their TrainJobs are gone. The last of those to go makes the job's turn come again.
func (r *Reconciler) sweep(ctx context.Context, job types.NamespacedName, keep types.UID) error {
	var runtimes trainer.TrainingRuntimeList
	if err := r.List(ctx, &runtimes, client.InNamespace(job.Namespace), client.MatchingLabels{mpijob.LabelJob: job.Name}); err != nil {
		return fmt.Errorf("listing TrainingRuntimes: %w", err)
	}
	for i := range runtimes.Items {
		if keep == "" || runtimes.Items[i].Annotations[mpijob.AnnotationUID] != string(keep) {
			if err := r.sweepOne(ctx, &runtimes.Items[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Reconciler) sweepOne(ctx context.Context, runtime *trainer.TrainingRuntime) error {
	if runtime.Annotations[mpijob.AnnotationUID] == "" {
		return nil // not made by this controller
	}
	err := r.Get(ctx, client.ObjectKeyFromObject(runtime), &trainer.TrainJob{})
	if err == nil {
		return nil
	}
	if !apierrors.IsNotFound(err) {
		return fmt.Errorf("reading TrainJob %s: %w", runtime.Name, err)
	}
	if err := r.Delete(ctx, runtime, client.Preconditions{UID: &runtime.UID}); client.IgnoreNotFound(err) != nil && !apierrors.IsConflict(err) {
		return fmt.Errorf("deleting TrainingRuntime %s: %w", runtime.Name, err)
	}
	return nil
}

// SweepAll does the same for every job that was deleted while no controller was there to see it.
func (r *Reconciler) SweepAll(ctx context.Context, namespaces []string) error {
	if len(namespaces) == 0 {
		namespaces = []string{metav1.NamespaceAll}
	}
	for _, n := range namespaces {
		if err := r.sweepNamespace(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reconciler) sweepNamespace(ctx context.Context, namespace string) error {
	var runtimes trainer.TrainingRuntimeList
	if err := r.List(ctx, &runtimes, client.InNamespace(namespace), client.HasLabels{mpijob.LabelJob}); err != nil {
		return fmt.Errorf("listing TrainingRuntimes: %w", err)
	}
	for i := range runtimes.Items {
		runtime := &runtimes.Items[i]
		var job mpijob.Job
		err := r.Get(ctx, types.NamespacedName{Namespace: runtime.Namespace, Name: runtime.Labels[mpijob.LabelJob]}, &job)
		switch {
		case err == nil && string(job.UID) == runtime.Annotations[mpijob.AnnotationUID]:
			continue
		case client.IgnoreNotFound(err) != nil:
			return fmt.Errorf("reading the job of TrainingRuntime %s: %w", runtime.Name, err)
		}
		if err := r.sweepOne(ctx, runtime); err != nil {
			return err
		}
	}
	return nil
}
