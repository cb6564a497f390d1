// Package cluster is the benchmarks' thin edge to Kubernetes: create what a manifest says, watch, and
// wait until nothing is left.
package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
)

// partOf marks the benchmarks' namespaces, so that a later run finds what a killed one left.
const partOf, partOfValue = "app.kubernetes.io/part-of", "mpijob-bench"

// Client talks to one cluster.
type Client struct {
	dynamic dynamic.Interface
	mapper  meta.RESTMapper
	stay    map[string]bool // objects that stay between runs, by namespace, kind and name
	// Version is the API server's.
	Version string
}

// Connect reads the kubeconfig and asks the server for its version and kinds.
func Connect(kubeconfig string) (*Client, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w: start the sandbox with `make up`, or name another with -kubeconfig", err)
	}
	config.QPS = -1 // measuring the cluster, not our own throttle
	disco, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	version, err := disco.ServerVersion()
	if err != nil {
		return nil, fmt.Errorf("the cluster does not answer: %w: start the sandbox with `make up`", err)
	}
	dyn, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(disco))
	return &Client{dynamic: dyn, mapper: mapper, stay: map[string]bool{}, Version: version.GitVersion}, nil
}

// Decode splits a manifest into its objects.
func Decode(manifest []byte) ([]*unstructured.Unstructured, error) {
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(manifest), 4096)
	var objects []*unstructured.Unstructured
	for {
		content := map[string]any{}
		switch err := decoder.Decode(&content); {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, fmt.Errorf("decoding a manifest: %w", err)
		case len(content) > 0:
			objects = append(objects, &unstructured.Unstructured{Object: content})
		}
	}
}

// Resources finds where each object is created. It may ask the server, so it is done ahead of a run.
func (c *Client) Resources(objects []*unstructured.Unstructured) ([]dynamic.ResourceInterface, error) {
	resources := make([]dynamic.ResourceInterface, len(objects))
	for i, object := range objects {
		kind := object.GroupVersionKind()
		mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if err != nil {
			return nil, fmt.Errorf("the cluster has no %s: %w", kind.Kind, err)
		}
		resources[i] = c.dynamic.Resource(mapping.Resource).Namespace(object.GetNamespace())
	}
	return resources, nil
}

// Create creates the objects one after the other.
func Create(ctx context.Context, resources []dynamic.ResourceInterface, objects []*unstructured.Unstructured) error {
	for i, object := range objects {
		if _, err := resources[i].Create(ctx, object, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("creating %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}

// Delete deletes the objects with whatever they own; those already gone are fine.
func Delete(ctx context.Context, resources []dynamic.ResourceInterface, objects []*unstructured.Unstructured) error {
	background := metav1.DeletePropagationBackground
	for i, object := range objects {
		err := resources[i].Delete(ctx, object.GetName(), metav1.DeleteOptions{PropagationPolicy: &background})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("deleting %s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}

// kept are kinds a job of any contender may leave in its namespace, the slowest to go first.
var kept = []schema.GroupVersionResource{
	{Version: "v1", Resource: "pods"},
	{Group: "batch", Version: "v1", Resource: "jobs"},
	{Group: "jobset.x-k8s.io", Version: "v1alpha2", Resource: "jobsets"},
	{Group: "trainer.kubeflow.org", Version: "v1alpha1", Resource: "trainjobs"},
	{Group: "trainer.kubeflow.org", Version: "v1alpha1", Resource: "trainingruntimes"},
	{Group: "kubeflow.org", Version: "v2beta1", Resource: "mpijobs"},
	{Version: "v1", Resource: "services"},
	{Version: "v1", Resource: "configmaps"},
	{Version: "v1", Resource: "secrets"},
}

// Keep notes what is in the namespace now: it may stay between runs.
func (c *Client) Keep(ctx context.Context, namespace string) error {
	for _, kind := range kept {
		names, err := c.left(ctx, kind, namespace)
		if err != nil {
			return err
		}
		for _, name := range names {
			c.stay[namespace+"/"+name] = true
		}
	}
	return nil
}

// AwaitEmpty waits until nothing of a run is left in the namespace, or says what is.
func (c *Client) AwaitEmpty(ctx context.Context, namespace string) error {
	var left []string
	err := wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		for _, kind := range kept {
			var err error
			if left, err = c.left(ctx, kind, namespace); err != nil || len(left) > 0 {
				return false, err
			}
		}
		return true, nil
	})
	if err != nil && len(left) > 0 {
		return fmt.Errorf("still there in namespace %s after its job was deleted: %s", namespace, strings.Join(left, ", "))
	}
	return err
}

func (c *Client) left(ctx context.Context, kind schema.GroupVersionResource, namespace string) ([]string, error) {
	return c.some(ctx, kind, namespace, 0)
}

// some is what is left, of the first so many objects of the kind; 0 for all of them.
func (c *Client) some(ctx context.Context, kind schema.GroupVersionResource, namespace string, limit int64) ([]string, error) {
	list, err := c.dynamic.Resource(kind).Namespace(namespace).List(ctx, metav1.ListOptions{Limit: limit})
	if apierrors.IsNotFound(err) {
		return nil, nil // a cluster without this kind
	}
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", kind.Resource, err)
	}
	var names []string
	for _, item := range list.Items {
		name := kind.Resource + "/" + item.GetName()
		// Kubernetes puts this ConfigMap into every namespace, some time after its creation.
		if name != "configmaps/kube-root-ca.crt" && !c.stay[namespace+"/"+name] {
			names = append(names, name)
		}
	}
	return names, nil
}
