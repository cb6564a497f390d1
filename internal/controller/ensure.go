package controller

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// conflictError says that an object of a name the job needs belongs to someone else.
type conflictError struct{ mpijob.Conflict }

func (e *conflictError) Error() string { return e.Message() }

// formerError says that an object of a former job of the same name is still being deleted.
type formerError struct{ kind, name string }

func (e *formerError) Error() string {
	return fmt.Sprintf("Waiting for %s %q of a former job of this name to be deleted", e.kind, e.name)
}

// ensure creates a child of the job. One that is there already is left as it is if it is this job's.
func (r *Reconciler) ensure(ctx context.Context, job *mpijob.Job, want client.Object) error {
	return r.ensureThen(ctx, job, want, emptyLike(want), func() error { return nil })
}

// ensureThen creates a child of the job; where the job has it already, it is read into has and looked
// at by then. A child is never taken over: what a former job of the same name left is deleted, what
// anyone else owns is a conflict.
func (r *Reconciler) ensureThen(ctx context.Context, job *mpijob.Job, want, has client.Object, then func() error) error {
	kind := reflect.TypeOf(want).Elem().Name()
	err := r.Create(ctx, want)
	if err == nil {
		if kind == trainer.TrainJobKind {
			r.Metrics.Started()
		}
		return nil
	}
	if !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("creating %s %s: %w", kind, want.GetName(), err)
	}
	if err := r.Get(ctx, client.ObjectKeyFromObject(want), has); err != nil {
		if apierrors.IsNotFound(err) {
			return &formerError{kind, want.GetName()}
		}
		return fmt.Errorf("reading %s %s: %w", kind, want.GetName(), err)
	}
	owner := metav1.GetControllerOfNoCopy(has)
	if owner == nil && has.GetAnnotations()[mpijob.AnnotationUID] == string(job.UID) && len(want.GetOwnerReferences()) == 0 {
		return then() // a TrainingRuntime, which has no owner: nobody but Trainer's users can write those
	}
	switch {
	case owner != nil && owner.UID == job.UID && has.GetDeletionTimestamp().IsZero():
		return then()
	case owner != nil && (owner.UID == job.UID || owner.Name == job.Name && owner.Kind == kubeflow.Kind):
		uid := has.GetUID()
		if err := client.IgnoreNotFound(r.Delete(ctx, has, client.Preconditions{UID: &uid})); err != nil && !apierrors.IsConflict(err) {
			return fmt.Errorf("deleting %s %s of a former job: %w", kind, want.GetName(), err)
		}
		return &formerError{kind, want.GetName()}
	default:
		c := mpijob.Conflict{Kind: kind, Name: want.GetName()}
		if owner != nil {
			c.Owner = owner.Kind + " " + owner.Name
		}
		return &conflictError{c}
	}
}

// emptyLike returns a new object of the same type.
func emptyLike(o client.Object) client.Object {
	return reflect.New(reflect.TypeOf(o).Elem()).Interface().(client.Object)
}

func asError[T error](err error, target *T) bool { return errors.As(err, target) }
