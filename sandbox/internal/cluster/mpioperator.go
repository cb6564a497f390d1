package cluster

import (
	"context"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// setUpMPIOperator gives the MPI operator its released roles and an unrestricted namespace of its own
// (its images run sshd as root). The CRD is the one that is there already: both are upstream's.
func setUpMPIOperator(ctx context.Context, cl *Cluster) error {
	base := filepath.Join(cl.config.Modules["mpi-operator"], "manifests", "base")
	b := bundle{name: "mpi-operator", dirs: []string{base}, namespace: config.BenchNamespace}
	objects, err := b.build(cl.config.Path("manifests"), nil)
	if err != nil {
		return err
	}
	kept := []*unstructured.Unstructured{object("v1", "Namespace", "", config.BenchNamespace, nil)}
	for _, o := range objects {
		if o.GetKind() != "CustomResourceDefinition" {
			kept = append(kept, o)
		}
	}
	if err := cl.apply(ctx, kept); err != nil {
		return err
	}
	return cl.accountKubeconfig(ctx, config.BenchNamespace, "mpi-operator", cl.config.SystemKubeconfig("mpi-operator"), config.BenchNamespace)
}
