package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// The controller's Deployment, as config/manager names it, and its lease.
const (
	controllerName  = "mpijob-controller"
	controllerSpace = "mpijob-system"
	controllerCerts = "mpijob-controller-certs"
	controllerLabel = "app.kubernetes.io/name=" + controllerName
	rolloutPatience = time.Minute
)

// certificates is the Secret that an administrator, or cert-manager, makes on a real cluster.
func certificates(c config.Config, folder, secret string) (*unstructured.Unstructured, error) {
	data := map[string]any{}
	for _, name := range []string{"tls.crt", "tls.key", "ca.crt"} {
		raw, err := os.ReadFile(c.TLS(folder, name))
		if err != nil {
			return nil, err
		}
		data[name] = string(raw)
	}
	return object("v1", "Secret", controllerSpace, secret, map[string]any{"type": "kubernetes.io/tls", "stringData": data}), nil
}

// Rollout brings the controller's pods to the image at hand and the arguments given, and returns when all
// of them are ready and one of them leads.
func (cl *Cluster) Rollout(ctx context.Context, args []string) error {
	b := bundles(cl.config)["controller"]
	b.name, b.only = "controller-pods", []string{"Deployment"}
	objects, err := b.build(cl.config.Path("manifests"), nil)
	if err != nil {
		return err
	}
	if len(objects) != 1 {
		return fmt.Errorf("config/default has %d Deployments, want one", len(objects))
	}
	args = append([]string{"--agent-image=" + cl.config.AgentImage, "--cluster-domain=" + config.ClusterDomain}, args...)
	if err := adaptDeployment(objects[0], cl.config.ControllerImage, args); err != nil {
		return fmt.Errorf("the controller's Deployment: %w", err)
	}
	if err := cl.apply(ctx, objects); err != nil {
		return err
	}
	return cl.awaitRollout(ctx)
}

// Withdraw deletes the Deployment and returns when its pods are gone.
func (cl *Cluster) Withdraw(ctx context.Context) error {
	foreground := metav1.DeletePropagationForeground
	deployments := cl.typed.AppsV1().Deployments(controllerSpace)
	if err := deployments.Delete(ctx, controllerName, metav1.DeleteOptions{PropagationPolicy: &foreground}); err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	return wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		_, err := deployments.Get(ctx, controllerName, metav1.GetOptions{})
		if err == nil {
			return false, nil
		}
		return apierrors.IsNotFound(err), nil
	})
}

// adaptDeployment names the image, and adds arguments: of those given twice the last one counts.
func adaptDeployment(o *unstructured.Unstructured, image string, args []string) error {
	containers, _, err := unstructured.NestedSlice(o.Object, "spec", "template", "spec", "containers")
	if err != nil {
		return err
	}
	if len(containers) != 1 {
		return fmt.Errorf("%d containers, want one", len(containers))
	}
	c, ok := containers[0].(map[string]any)
	if !ok {
		return errors.New("a container that is no object")
	}
	all, _, err := unstructured.NestedStringSlice(c, "args")
	if err != nil {
		return err
	}
	c["image"] = image
	if err := unstructured.SetNestedStringSlice(c, append(all, args...), "args"); err != nil {
		return err
	}
	return unstructured.SetNestedSlice(o.Object, containers, "spec", "template", "spec", "containers")
}

// awaitRollout returns when every pod is of the new state and ready, and the lease is one of theirs.
func (cl *Cluster) awaitRollout(ctx context.Context) error {
	why := ""
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, rolloutPatience, true, func(ctx context.Context) (done bool, err error) {
		why, err = cl.rolloutLacks(ctx)
		return why == "", err
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the controller is not up: %s: see `sandbox logs controller`", why)
	}
	return err
}

// rolloutLacks says what a roll-out still waits for, "" for nothing.
func (cl *Cluster) rolloutLacks(ctx context.Context) (string, error) {
	d, err := cl.typed.AppsV1().Deployments(controllerSpace).Get(ctx, controllerName, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	pods, err := cl.typed.CoreV1().Pods(controllerSpace).List(ctx, metav1.ListOptions{LabelSelector: controllerLabel})
	if err != nil {
		return "", err
	}
	if !rolledOut(d) || len(pods.Items) != int(d.Status.Replicas) {
		return fmt.Sprintf("%d of %d pods are ready%s", d.Status.AvailableReplicas, *d.Spec.Replicas, troubles(pods.Items)), nil
	}
	lease, err := cl.typed.CoordinationV1().Leases(controllerSpace).Get(ctx, controllerName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return "none of its pods leads yet", nil
	}
	if err != nil {
		return "", err
	}
	holds := func(p corev1.Pod) bool {
		return lease.Spec.HolderIdentity != nil && *lease.Spec.HolderIdentity == p.Name
	}
	if !slices.ContainsFunc(pods.Items, holds) {
		return "none of its pods leads yet", nil
	}
	return "", nil
}

func rolledOut(d *appsv1.Deployment) bool {
	want, s := *d.Spec.Replicas, d.Status
	return s.ObservedGeneration >= d.Generation && s.Replicas == want && s.UpdatedReplicas == want && s.AvailableReplicas == want
}

// troubles is what the kubelet says about containers that don't run.
func troubles(pods []corev1.Pod) string {
	var b strings.Builder
	for _, p := range pods {
		for _, s := range p.Status.ContainerStatuses {
			if w := s.State.Waiting; w != nil && w.Message != "" {
				fmt.Fprintf(&b, "; %s: %s: %s", p.Name, w.Reason, w.Message)
			}
			if t := s.LastTerminationState.Terminated; t != nil {
				fmt.Fprintf(&b, "; %s ended with code %d", p.Name, t.ExitCode)
			}
		}
	}
	return b.String()
}
