package cluster

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
)

var (
	namespaces      = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	serviceAccounts = schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}
)

// EnsureNamespace creates the namespace, or empties the one that is there of jobs of this kind, and waits
// until pods can be created in it. One that was there is not deleted in the end.
func (c *Client) EnsureNamespace(ctx context.Context, name string, jobs schema.GroupVersionResource) error {
	namespace := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace"}}
	namespace.SetName(name)
	namespace.SetLabels(map[string]string{partOf: partOfValue})
	_, err := c.dynamic.Resource(namespaces).Create(ctx, namespace, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		if err := c.dynamic.Resource(jobs).Namespace(name).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
			return fmt.Errorf("emptying namespace %s: %w", name, err)
		}
		return wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, func(ctx context.Context) (bool, error) {
			left, err := c.left(ctx, jobs, name)
			return len(left) == 0, err
		})
	}
	if err != nil {
		return fmt.Errorf("creating namespace %s: %w", name, err)
	}
	return wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		_, err := c.dynamic.Resource(serviceAccounts).Namespace(name).Get(ctx, "default", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
}

// DeleteNamespaces deletes every namespace the benchmarks made, in this or an earlier run, and waits
// until they are gone.
func (c *Client) DeleteNamespaces(ctx context.Context) error {
	ours := metav1.ListOptions{LabelSelector: partOf + "=" + partOfValue}
	list, err := c.dynamic.Resource(namespaces).List(ctx, ours)
	if err != nil {
		return fmt.Errorf("listing namespaces: %w", err)
	}
	for _, namespace := range list.Items {
		err := c.dynamic.Resource(namespaces).Delete(ctx, namespace.GetName(), metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("deleting namespace %s: %w", namespace.GetName(), err)
		}
	}
	return wait.PollUntilContextCancel(ctx, 200*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		list, err := c.dynamic.Resource(namespaces).List(ctx, ours)
		if err != nil {
			return false, err
		}
		return len(list.Items) == 0, nil
	})
}
