package cluster

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

const volcanoNamespace = "volcano-system"

// volcanoAccounts are the service accounts of what runs here, by component.
var volcanoAccounts = map[string]string{
	"volcano-scheduler":   "volcano-scheduler",
	"volcano-controllers": "volcano-controllers",
}

// setUpVolcano applies what Volcano's released installer does, as far as its scheduler and
// controllers need it as processes on this machine: kinds, accounts and roles.
func setUpVolcano(ctx context.Context, cl *Cluster) error {
	path := filepath.Join(cl.config.Modules["volcano"], "installer", "volcano-development.yaml")
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading Volcano's installer: %w", err)
	}
	all, err := documents(raw)
	if err != nil {
		return fmt.Errorf("reading Volcano's installer %s: %w", path, err)
	}
	kept := []*unstructured.Unstructured{object("v1", "Namespace", "", volcanoNamespace, nil)}
	for _, o := range all {
		switch o.GetKind() {
		case "CustomResourceDefinition", "ServiceAccount", "ClusterRole", "ClusterRoleBinding":
			kept = append(kept, o)
		}
	}
	if err := cl.apply(ctx, kept); err != nil {
		return err
	}
	for component, account := range volcanoAccounts {
		if err := cl.accountKubeconfig(ctx, volcanoNamespace, account, cl.config.SystemKubeconfig(component), volcanoNamespace); err != nil {
			return err
		}
	}
	return nil
}

// documents are the objects of a file of several YAML documents; of two that are the same object the
// later counts.
func documents(raw []byte) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(raw)))
	for {
		doc, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(doc, &o.Object); err != nil {
			return nil, err
		}
		if len(o.Object) == 0 {
			continue
		}
		out = slices.DeleteFunc(out, func(p *unstructured.Unstructured) bool {
			return p.GetKind() == o.GetKind() && p.GetNamespace() == o.GetNamespace() && p.GetName() == o.GetName()
		})
		out = append(out, o)
	}
}
