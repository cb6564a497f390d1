package cluster

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// setUpMetricsServer applies metrics-server's released roles and API, whose Service leads to this machine
// instead of to a pod.
func setUpMetricsServer(ctx context.Context, cl *Cluster) error {
	const name, namespace = "metrics-server", "kube-system"
	ca, err := os.ReadFile(cl.config.TLS("ca.crt"))
	if err != nil {
		return err
	}
	b := bundle{name: name, dirs: []string{filepath.Join(cl.config.Modules[name], "manifests", "base")}}
	objects, err := b.build(cl.config.Path("manifests"), ca)
	if err != nil {
		return err
	}
	for _, o := range objects {
		switch o.GetKind() {
		case "APIService":
			unstructured.RemoveNestedField(o.Object, "spec", "insecureSkipTLSVerify")
			err = unstructured.SetNestedField(o.Object, base64.StdEncoding.EncodeToString(ca), "spec", "caBundle")
		case "Service":
			unstructured.RemoveNestedField(o.Object, "spec", "selector")
		}
		if err != nil {
			return err
		}
	}
	address := object("discovery.k8s.io/v1", "EndpointSlice", namespace, name, map[string]any{
		"addressType": "IPv4",
		"endpoints":   []any{map[string]any{"addresses": []any{config.Gateway}}},
		"ports":       []any{map[string]any{"name": "https", "port": int64(config.PortMetricsServer), "protocol": "TCP"}},
	})
	address.SetLabels(map[string]string{"kubernetes.io/service-name": name})
	if err := cl.apply(ctx, append(objects, address)); err != nil {
		return err
	}
	return cl.accountKubeconfig(ctx, namespace, name, cl.config.SystemKubeconfig(name), namespace)
}

// apiOfMetrics is what metrics-server answers for.
const apiOfMetrics = "v1beta1.metrics.k8s.io"

// withoutMetrics takes the API out where metrics-server no longer runs: one that nobody answers for keeps
// namespaces from being deleted.
func withoutMetrics(ctx context.Context, cl *Cluster) error {
	if slices.Contains(cl.config.With, "metrics-server") {
		return nil
	}
	apis := schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"}
	err := cl.dynamic.Resource(apis).Delete(ctx, apiOfMetrics, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("taking out %s: %w", apiOfMetrics, err)
	}
	return nil
}
