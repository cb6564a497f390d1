package training

import (
	"context"
	"errors"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Namespaces are the names of the cluster's namespaces, sorted. Who may not list them gets a
// DeniedError, as most users of OpenShift do.
func (c *Client) Namespaces(ctx context.Context) ([]string, error) {
	list := &corev1.NamespaceList{}
	if err := c.core.Get().Resource("namespaces").Do(ctx).Into(list); err != nil {
		return nil, c.typed(err, subject{kind: "namespace", resource: "namespaces", verb: "list"})
	}
	var out []string
	for i := range list.Items {
		out = append(out, list.Items[i].Name)
	}
	slices.Sort(out)
	return out, nil
}

// CheckNamespace is a NotFoundError where the Client's namespace, which answers every list with nothing,
// does not exist. Not being allowed to know is no error.
func (c *Client) CheckNamespace(ctx context.Context) error {
	err := c.core.Get().Resource("namespaces").Name(c.namespace).Do(ctx).Error()
	err = c.typed(err, subject{kind: "namespace", resource: "namespaces", verb: "get", namespace: c.namespace, name: c.namespace})
	var missing *NotFoundError
	if errors.As(err, &missing) {
		return missing
	}
	return nil
}

// Contexts are the names of a kubeconfig's contexts, sorted; none where it can't be read.
func Contexts(k Kubeconfig) []string { return slices.Sorted(maps.Keys(contexts(k))) }

// ContextNamespaces are the namespaces that a kubeconfig's contexts name, sorted.
func ContextNamespaces(k Kubeconfig) []string {
	seen := map[string]bool{}
	for _, c := range contexts(k) {
		if c.Namespace != "" {
			seen[c.Namespace] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func contexts(k Kubeconfig) map[string]*api.Context {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = k.Path
	config, err := rules.Load()
	if err != nil {
		return nil
	}
	return config.Contexts
}
