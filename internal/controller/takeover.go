package controller

import (
	"context"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// inherited is what another controller left of a job whose ConfigMap it made.
func (r *Reconciler) inherited(ctx context.Context, job *mpijob.Job) (*mpijob.Inherited, error) {
	var launcher batchv1.Job
	err := r.Live.Get(ctx, client.ObjectKey{Namespace: job.Namespace, Name: mpijob.InheritedLauncher(job)}, &launcher)
	switch {
	case apierrors.IsNotFound(err):
		return &mpijob.Inherited{}, nil
	case err != nil:
		return nil, fmt.Errorf("reading Job %s: %w", mpijob.InheritedLauncher(job), err)
	case !metav1.IsControlledBy(&launcher, job):
		return &mpijob.Inherited{}, nil
	}
	return &mpijob.Inherited{Launcher: &launcher}, nil
}

// drop deletes the Kubernetes Job of a suspended Launcher that another controller made, and its pods.
func (r *Reconciler) drop(ctx context.Context, launcher *batchv1.Job) error {
	err := r.Delete(ctx, launcher, client.Preconditions{UID: &launcher.UID}, client.PropagationPolicy(metav1.DeletePropagationForeground))
	if client.IgnoreNotFound(err) != nil && !apierrors.IsConflict(err) {
		return fmt.Errorf("deleting Job %s: %w", launcher.Name, err)
	}
	return nil
}

// takeOver removes the Service another controller made: Workers must be found before they are ready.
func (r *Reconciler) takeOver(ctx context.Context, job *mpijob.Job) error {
	var service corev1.Service
	err := r.Get(ctx, client.ObjectKey{Namespace: job.Namespace, Name: mpijob.ServiceName(job)}, &service)
	if err != nil || service.Spec.PublishNotReadyAddresses || !metav1.IsControlledBy(&service, job) {
		return client.IgnoreNotFound(err)
	}
	if err := client.IgnoreNotFound(r.Delete(ctx, &service, client.Preconditions{UID: &service.UID})); err != nil {
		return fmt.Errorf("deleting Service %s: %w", service.Name, err)
	}
	return nil
}
