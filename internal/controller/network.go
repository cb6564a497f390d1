package controller

import (
	"context"
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// ensureNetwork puts the job's NetworkPolicy up before its pods are. A resumed job may ask for
// another template than before, or for none any more.
func (r *Reconciler) ensureNetwork(ctx context.Context, job *mpijob.Job, attempt int) error {
	want := mpijob.NetworkPolicy(job, r.Settings)
	if want == nil {
		if attempt == 1 {
			return nil // there never was one
		}
		return r.dropNetwork(ctx, job)
	}
	var has networkingv1.NetworkPolicy
	return r.ensureThen(ctx, job, want, &has, func() error {
		if equality.Semantic.DeepEqual(has.Spec, want.Spec) {
			return nil
		}
		want.ResourceVersion = has.ResourceVersion
		if err := r.Update(ctx, want); err != nil {
			return fmt.Errorf("updating NetworkPolicy %s: %w", want.Name, err)
		}
		return nil
	})
}

func (r *Reconciler) dropNetwork(ctx context.Context, job *mpijob.Job) error {
	var has networkingv1.NetworkPolicy
	key := client.ObjectKey{Namespace: job.Namespace, Name: mpijob.NetworkName(job)}
	if err := r.Live.Get(ctx, key, &has); err != nil {
		if err = client.IgnoreNotFound(err); err != nil {
			return fmt.Errorf("reading NetworkPolicy %s: %w", key.Name, err)
		}
		return nil
	}
	if !metav1.IsControlledBy(&has, job) {
		return nil
	}
	if err := r.Delete(ctx, &has, client.Preconditions{UID: &has.UID}); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("deleting NetworkPolicy %s: %w", key.Name, err)
	}
	return nil
}
