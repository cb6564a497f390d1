// Package cluster sets up what lives inside the cluster: upstream's manifests and ours, service
// account tokens, namespaces and users.
package cluster

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// bundle is a set of manifests from kustomizations, and the account its controller acts as.
type bundle struct {
	name      string   // of the component
	dirs      []string // kustomizations
	namespace string
	prefix    string // before every name
	// account is the service account whose token the component's kubeconfig carries.
	account string
	// webhookPort is where the controller's webhooks answer on this machine; 0 for a controller in pods,
	// which is reached by its Service.
	webhookPort int
	// only are the kinds to render; none means all that belong here.
	only []string
	// all has everything rendered as released, for a controller that runs in pods and makes its own
	// certificates.
	all bool
}

// notHere are kinds that make no sense for a controller that runs as a process on this machine with
// certificates from the sandbox.
var notHere = []string{"Deployment", "Service", "Secret", "Certificate", "Issuer", "ServiceMonitor"}

// wants says whether objects of a kind are part of the bundle. The Deployment of a controller in pods is
// a step of its own.
func (b bundle) wants(kind string) bool {
	switch {
	case b.all:
		return true
	case len(b.only) > 0:
		return slices.Contains(b.only, kind)
	case b.webhookPort == 0 && kind == "Service":
		return true
	default:
		return !slices.Contains(notHere, kind)
	}
}

// build renders the bundle with kustomize, as `kubectl apply -k` would, less what is notHere.
func (b bundle) build(scratch string, ca []byte) ([]*unstructured.Unstructured, error) {
	dir := filepath.Join(scratch, b.name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	k := map[string]any{"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
	if b.namespace != "" {
		k["namespace"] = b.namespace
	}
	if b.prefix != "" {
		k["namePrefix"] = b.prefix
	}
	var resources []string
	for _, d := range b.dirs {
		// Kustomize takes no absolute paths.
		rel, err := filepath.Rel(dir, d)
		if err != nil {
			return nil, err
		}
		resources = append(resources, rel)
	}
	k["resources"] = resources
	raw, err := yaml.Marshal(k)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), raw, 0o644); err != nil {
		return nil, err
	}
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		return nil, fmt.Errorf("rendering the manifests of %s: %w", b.name, err)
	}
	var out []*unstructured.Unstructured
	for _, r := range rendered.Resources() {
		// By way of JSON: kustomize's numbers are of types that Unstructured does not hold.
		raw, err := r.MarshalJSON()
		if err != nil {
			return nil, err
		}
		o := &unstructured.Unstructured{}
		if err := o.UnmarshalJSON(raw); err != nil {
			return nil, err
		}
		if !b.wants(o.GetKind()) {
			continue
		}
		if err := b.adapt(o, ca); err != nil {
			return nil, fmt.Errorf("%s %s: %w", o.GetKind(), o.GetName(), err)
		}
		out = append(out, o)
	}
	return out, nil
}

// adapt makes webhooks reach their controller, with the sandbox's certificates.
func (b bundle) adapt(o *unstructured.Unstructured, ca []byte) error {
	switch o.GetKind() {
	case "CustomResourceDefinition":
		// Served in one version only: there is nothing to convert.
		unstructured.RemoveNestedField(o.Object, "spec", "conversion")
	case "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration":
		if b.all {
			return nil
		}
		hooks, _, err := unstructured.NestedSlice(o.Object, "webhooks")
		if err != nil {
			return err
		}
		for _, h := range hooks {
			hook, ok := h.(map[string]any)
			if !ok {
				return fmt.Errorf("a webhook that is no object")
			}
			if b.webhookPort == 0 {
				if err := unstructured.SetNestedField(hook, base64.StdEncoding.EncodeToString(ca), "clientConfig", "caBundle"); err != nil {
					return err
				}
				continue
			}
			path, _, err := unstructured.NestedString(hook, "clientConfig", "service", "path")
			if err != nil {
				return err
			}
			hook["clientConfig"] = webhookAddress(b.webhookPort, path, ca)
		}
		return unstructured.SetNestedSlice(o.Object, hooks, "webhooks")
	}
	return nil
}
