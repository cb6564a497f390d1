package cluster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
)

// Where the training operator's released manifests put it.
const (
	oldOperator      = "training-operator"
	oldOperatorSpace = "kubeflow"
)

// oldOperatorArgs take MPIJobs away from the training operator, as docs/migrate-from-mpi-operator.md says, and
// have it elect a leader, whose lease must be in nobody's way either.
var oldOperatorArgs = []string{"--leader-elect", "--enable-scheme=tfjob", "--enable-scheme=pytorchjob", "--enable-scheme=xgboostjob", "--enable-scheme=paddlejob", "--enable-scheme=jaxjob"}

// setUpTrainingOperator applies the training operator's released manifests and returns when it is ready.
// Its CRD of MPIJobs is left out: the one that is there has another version.
func setUpTrainingOperator(ctx context.Context, cl *Cluster) error {
	dir := filepath.Join(cl.config.Modules[oldOperator], "manifests", "overlays", "standalone")
	b := bundle{name: oldOperator, dirs: []string{dir}, all: true}
	objects, err := b.build(cl.config.Path("manifests"), nil)
	if err != nil {
		return err
	}
	var kept []*unstructured.Unstructured
	for _, o := range objects {
		if o.GetName() == "mpijobs.kubeflow.org" {
			continue
		}
		if o.GetKind() == "Deployment" {
			if err := adaptDeployment(o, cl.config.TrainingOperatorImage, oldOperatorArgs); err != nil {
				return fmt.Errorf("the training operator's Deployment: %w", err)
			}
		}
		kept = append(kept, o)
	}
	// Its released role says nothing of leases.
	leads := "training-operator-leases"
	kept = append(kept,
		object("rbac.authorization.k8s.io/v1", "Role", oldOperatorSpace, leads, map[string]any{"rules": []any{map[string]any{
			"apiGroups": []any{"coordination.k8s.io"}, "resources": []any{"leases"}, "verbs": []any{"create", "get", "update"}}}}),
		object("rbac.authorization.k8s.io/v1", "RoleBinding", oldOperatorSpace, leads, map[string]any{
			"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": leads},
			"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": oldOperator, "namespace": oldOperatorSpace}}}))
	if err := cl.apply(ctx, kept); err != nil {
		return err
	}
	err = wait.PollUntilContextTimeout(ctx, 200*time.Millisecond, rolloutPatience, true, func(ctx context.Context) (bool, error) {
		d, err := cl.typed.AppsV1().Deployments(oldOperatorSpace).Get(ctx, oldOperator, metav1.GetOptions{})
		return err == nil && rolledOut(d), err
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the training operator is not up: see `kubectl -n %s get pods`", oldOperatorSpace)
	}
	return err
}
