package cluster

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// fieldManager owns what the sandbox applies.
const fieldManager = "mpijob-sandbox"

// Cluster is the running API server, as administrator.
type Cluster struct {
	config  config.Config
	rest    *rest.Config
	typed   *kubernetes.Clientset
	dynamic *dynamic.DynamicClient
}

// Open connects with the administrator's kubeconfig.
func Open(c config.Config) (*Cluster, error) {
	r, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig("admin"))
	if err != nil {
		return nil, fmt.Errorf("no kubeconfig of the sandbox (%w): `sandbox up` makes it", err)
	}
	r.QPS, r.Burst = 500, 1000
	typed, err := kubernetes.NewForConfig(r)
	if err != nil {
		return nil, err
	}
	dyn, err := dynamic.NewForConfig(r)
	if err != nil {
		return nil, err
	}
	return &Cluster{config: c, rest: r, typed: typed, dynamic: dyn}, nil
}

// rank is the order in which kinds are applied: what others need first.
func rank(o *unstructured.Unstructured) int {
	switch o.GetKind() {
	case "Namespace":
		return 0
	case "CustomResourceDefinition":
		return 1
	case "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration":
		return 3
	}
	return 2
}

// apply creates or updates objects by server-side apply, those of the same rank side by side.
func (cl *Cluster) apply(ctx context.Context, objects []*unstructured.Unstructured) error {
	slices.SortStableFunc(objects, func(a, b *unstructured.Unstructured) int { return rank(a) - rank(b) })
	for len(objects) > 0 {
		n := 1
		for n < len(objects) && rank(objects[n]) == rank(objects[0]) {
			n++
		}
		groups, err := restmapper.GetAPIGroupResources(discovery.NewDiscoveryClientForConfigOrDie(cl.rest))
		if err != nil {
			return fmt.Errorf("asking which kinds the API server serves: %w", err)
		}
		mapper := restmapper.NewDiscoveryRESTMapper(groups)
		g, gctx := errgroup.WithContext(ctx)
		for _, o := range objects[:n] {
			g.Go(func() error { return cl.applyOne(gctx, mapper, o) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
		objects = objects[n:]
	}
	return nil
}

func (cl *Cluster) applyOne(ctx context.Context, mapper meta.RESTMapper, o *unstructured.Unstructured) error {
	gvk := o.GroupVersionKind()
	m, err := mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return fmt.Errorf("%s %s: %w", o.GetKind(), o.GetName(), err)
	}
	var client dynamic.ResourceInterface = cl.dynamic.Resource(m.Resource)
	if m.Scope.Name() == meta.RESTScopeNameNamespace {
		client = cl.dynamic.Resource(m.Resource).Namespace(o.GetNamespace())
	}
	_, err = client.Apply(ctx, o.GetName(), o, metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
	if apierrors.IsInvalid(err) && o.GetKind() == "ClusterRoleBinding" || apierrors.IsInvalid(err) && o.GetKind() == "RoleBinding" {
		// A binding's role can't be changed; one of an earlier version is replaced.
		if err := client.Delete(ctx, o.GetName(), metav1.DeleteOptions{}); err != nil {
			return err
		}
		_, err = client.Apply(ctx, o.GetName(), o, metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
	}
	if err != nil {
		return fmt.Errorf("applying %s %s: %w", o.GetKind(), o.GetName(), err)
	}
	if o.GetKind() == "CustomResourceDefinition" {
		return cl.awaitCRD(ctx, o.GetName())
	}
	return nil
}

var crds = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

func (cl *Cluster) awaitCRD(ctx context.Context, name string) error {
	err := wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, 20*time.Second, true, func(ctx context.Context) (bool, error) {
		o, err := cl.dynamic.Resource(crds).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		// Null until the API server has looked at it.
		conditions, _ := unstructuredField(o, "status", "conditions").([]any)
		for _, c := range conditions {
			if m, ok := c.(map[string]any); ok && m["type"] == "Established" && m["status"] == "True" {
				return true, nil
			}
		}
		return false, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the API server does not serve %s", name)
	}
	return err
}

func unstructuredField(o *unstructured.Unstructured, path ...string) any {
	v, _, err := unstructured.NestedFieldNoCopy(o.Object, path...)
	if err != nil {
		return nil
	}
	return v
}

// webhookAddress is a clientConfig for a webhook that runs on this machine.
func webhookAddress(port int, path string, ca []byte) map[string]any {
	return map[string]any{
		"url":      fmt.Sprintf("https://%s:%d%s", config.Loopback, port, path),
		"caBundle": base64.StdEncoding.EncodeToString(ca),
	}
}
