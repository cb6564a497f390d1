package training

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Namespaces are the names of the namespaces that the user may list, sorted: on OpenShift those of their
// projects, elsewhere all there are. Who may list none gets a DeniedError; they may still work in some.
func (c *Client) Namespaces(ctx context.Context) ([]string, error) {
	out, err := c.names(ctx, "/apis/project.openshift.io/v1/projects")
	var server *ServerError
	var denied *DeniedError
	if errors.As(err, &server) && server.Code == http.StatusNotFound || errors.As(err, &denied) && !denied.Unauthenticated {
		out, err = c.names(ctx, "/api/v1/namespaces")
	}
	return out, err
}

// names lists objects that are in no namespace.
func (c *Client) names(ctx context.Context, path string) ([]string, error) {
	raw, err := c.core.Get().AbsPath(path).SetHeader("Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json").Do(ctx).Raw()
	if err != nil {
		return nil, c.typed(err, subject{kind: "namespace", resource: "namespaces", verb: "list"})
	}
	var list metav1.PartialObjectMetadataList
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, &ServerError{Code: http.StatusOK, Message: "its list of namespaces can't be read: " + err.Error()}
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
