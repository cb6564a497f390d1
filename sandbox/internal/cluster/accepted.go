package cluster

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
)

// awaitAccepted returns when a user's MPIJob is accepted: the API server learns of a new kind in its
// admission policies a moment after the kind is established, and refuses it until then.
func awaitAccepted(ctx context.Context, cl *Cluster) error {
	pod := map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "main", "image": "none"}}}}
	job := object("kubeflow.org/v2beta1", "MPIJob", "", "accepted", map[string]any{"spec": map[string]any{
		"mpiReplicaSpecs": map[string]any{
			"Launcher": map[string]any{"template": pod},
			"Worker":   map[string]any{"replicas": int64(1), "template": pod},
		},
	}})
	jobs := cl.dynamic.Resource(schema.GroupVersionResource{Group: "kubeflow.org", Version: "v2beta1", Resource: "mpijobs"}).Namespace("team-a")
	var last error
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		_, last = jobs.Create(ctx, job.DeepCopy(), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return last == nil, nil
	})
	if err != nil && last != nil {
		return fmt.Errorf("an MPIJob is still refused after a minute: %w", last)
	}
	return err
}
