package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
)

// The training service's Deployment, as config/service names it.
const (
	serviceName  = "training-service"
	serviceCerts = "training-service-certs"
	serviceLabel = "app.kubernetes.io/name=" + serviceName
)

// setUpService applies all that the service's pods need.
func setUpService(ctx context.Context, cl *Cluster) error {
	ca, err := os.ReadFile(cl.config.TLS("ca.crt"))
	if err != nil {
		return err
	}
	objects, err := bundles(cl.config)[serviceName].build(cl.config.Path("manifests"), ca)
	if err != nil {
		return err
	}
	certs, err := certificates(cl.config, serviceName, serviceCerts)
	if err != nil {
		return err
	}
	if err := cl.apply(ctx, append(objects, certs)); err != nil {
		return err
	}
	// For what acts as the service from outside its pods: tests and benchmarks do.
	return cl.accountKubeconfig(ctx, controllerSpace, serviceName, cl.config.SystemKubeconfig(serviceName), controllerSpace)
}

// RolloutService brings the service's pods to the image at hand and returns when they are ready.
func (cl *Cluster) RolloutService(ctx context.Context, args []string) error {
	b := bundles(cl.config)[serviceName]
	b.name, b.only = "training-service-pods", []string{"Deployment"}
	objects, err := b.build(cl.config.Path("manifests"), nil)
	if err != nil {
		return err
	}
	if len(objects) != 1 {
		return fmt.Errorf("config/service has %d Deployments, want one", len(objects))
	}
	if err := adaptDeployment(objects[0], cl.config.ServiceImage, args); err != nil {
		return fmt.Errorf("the training service's Deployment: %w", err)
	}
	if err := cl.apply(ctx, objects); err != nil {
		return err
	}
	why := ""
	err = wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, rolloutPatience, true, func(ctx context.Context) (bool, error) {
		d, err := cl.typed.AppsV1().Deployments(controllerSpace).Get(ctx, serviceName, metav1.GetOptions{})
		if err != nil || rolledOut(d) {
			return err == nil, err
		}
		pods, err := cl.typed.CoreV1().Pods(controllerSpace).List(ctx, metav1.ListOptions{LabelSelector: serviceLabel})
		if err == nil {
			why = fmt.Sprintf("%d of %d pods are ready%s", d.Status.AvailableReplicas, *d.Spec.Replicas, troubles(pods.Items))
		}
		return false, err
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the training service is not up: %s", why)
	}
	return err
}

// ServiceAddress is the address of a pod of the training service that is ready.
func (cl *Cluster) ServiceAddress(ctx context.Context) (string, error) {
	pods, err := cl.typed.CoreV1().Pods(controllerSpace).List(ctx, metav1.ListOptions{LabelSelector: serviceLabel})
	if err != nil {
		return "", err
	}
	for _, p := range pods.Items {
		for _, c := range p.Status.Conditions {
			if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue && p.DeletionTimestamp == nil {
				return p.Status.PodIP, nil
			}
		}
	}
	return "", errors.New("no pod of the training service is ready")
}
