package cluster

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
)

// CreateAll creates the objects, so many at once, in any order.
func (c *Client) CreateAll(ctx context.Context, objects []*unstructured.Unstructured, parallel int) error {
	resources, err := c.Resources(objects)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, object := range objects {
		group.Go(func() error {
			if _, err := resources[i].Create(ctx, object, metav1.CreateOptions{}); err != nil {
				return fmt.Errorf("creating %s %s: %w", object.GetKind(), object.GetName(), err)
			}
			return nil
		})
	}
	return group.Wait()
}

// DeleteAll deletes all objects of a kind in the namespace, with whatever they own, and waits until
// nothing of a run is left there. Unlike AwaitEmpty it looks at a few objects only, now and then, since
// thousands are going.
func (c *Client) DeleteAll(ctx context.Context, namespace string, kind schema.GroupVersionResource) error {
	background := metav1.DeletePropagationBackground
	options := metav1.DeleteOptions{PropagationPolicy: &background}
	// The API server ends a request after a minute, with which it has deleted some hundreds: the next goes on.
	for tries := 10; ; tries-- {
		err := c.dynamic.Resource(kind).Namespace(namespace).DeleteCollection(ctx, options, metav1.ListOptions{})
		if err == nil {
			break
		}
		if tries == 0 || ctx.Err() != nil || apierrors.IsForbidden(err) {
			return fmt.Errorf("deleting all %s in %s: %w", kind.Resource, namespace, err)
		}
	}
	var left []string
	err := wait.PollUntilContextCancel(ctx, 500*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		for _, kind := range kept {
			var err error
			if left, err = c.some(ctx, kind, namespace, 20); err != nil || len(left) > 0 {
				return false, err
			}
		}
		return true, nil
	})
	if err != nil && len(left) > 0 {
		return fmt.Errorf("still there in namespace %s after its jobs were deleted: %s", namespace, strings.Join(left, ", "))
	}
	return err
}

// DeleteEach deletes these objects; those already gone are fine.
func (c *Client) DeleteEach(ctx context.Context, objects []*unstructured.Unstructured) error {
	resources, err := c.Resources(objects)
	if err != nil {
		return err
	}
	return Delete(ctx, resources, objects)
}

// Await polls an object until it is as wanted; one that isn't there is nil.
func (c *Client) Await(ctx context.Context, kind schema.GroupVersionResource, namespace, name string, wanted func(*unstructured.Unstructured) bool) error {
	err := wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		object, err := c.dynamic.Resource(kind).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			object, err = nil, nil
		}
		return err == nil && wanted(object), err
	})
	if err != nil {
		return fmt.Errorf("waiting for %s %s: %w", kind.Resource, name, err)
	}
	return nil
}

// DeleteOne deletes one object; one already gone is fine.
func (c *Client) DeleteOne(ctx context.Context, kind schema.GroupVersionResource, namespace, name string) error {
	err := c.dynamic.Resource(kind).Namespace(namespace).Delete(ctx, name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
