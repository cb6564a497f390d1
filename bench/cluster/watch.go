package cluster

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// Pods is the kind every run is watched by, beside its own.
var Pods = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

// Seen is one change as it reached us.
type Seen struct {
	At       time.Time
	Resource schema.GroupVersionResource
	Object   *unstructured.Unstructured
}

// Watch streams every change of these kinds in the namespace until ctx ends, from before it returns.
func (c *Client) Watch(ctx context.Context, namespace string, kinds ...schema.GroupVersionResource) (<-chan Seen, error) {
	seen := make(chan Seen, 256)
	for _, kind := range kinds {
		resource := c.dynamic.Resource(kind).Namespace(namespace)
		list, err := resource.List(ctx, metav1.ListOptions{Limit: 1})
		if err != nil {
			return nil, fmt.Errorf("listing %s: %w", kind.Resource, err)
		}
		watcher, err := watchtools.NewRetryWatcherWithContext(ctx, list.GetResourceVersion(), &cache.ListWatch{
			WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
				return resource.Watch(ctx, options)
			},
		})
		if err != nil {
			return nil, fmt.Errorf("watching %s: %w", kind.Resource, err)
		}
		go forward(ctx, watcher, kind, seen)
	}
	return seen, nil
}

func forward(ctx context.Context, watcher *watchtools.RetryWatcher, kind schema.GroupVersionResource, seen chan<- Seen) {
	defer watcher.Stop()
	for event := range watcher.ResultChan() {
		object, ok := event.Object.(*unstructured.Unstructured)
		if !ok || event.Type == watch.Deleted {
			continue
		}
		select {
		case seen <- Seen{At: time.Now(), Resource: kind, Object: object}:
		case <-ctx.Done():
			return
		}
	}
}

// Pod reads a pod out of what was seen.
func (s Seen) Pod() (*corev1.Pod, error) {
	var pod corev1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(s.Object.Object, &pod); err != nil {
		return nil, fmt.Errorf("reading a pod: %w", err)
	}
	return &pod, nil
}
