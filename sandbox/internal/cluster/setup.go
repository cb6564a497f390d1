package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
	"github.com/opendatahub-io/mpijob/sandbox/internal/pki"
)

// tokenSeconds is how long a component's token is valid. Each `up` brings a new one.
const tokenSeconds = 365 * 24 * 3600

// bundles of manifests, by the component they belong to.
func bundles(c config.Config) map[string]bundle {
	jobset := filepath.Join(c.Modules["jobset"], "config", "components")
	trainer := filepath.Join(c.Modules["trainer"], "manifests", "base")
	ours := filepath.Join(c.Repo, "config")
	return map[string]bundle{
		"jobset": {
			name:        "jobset",
			dirs:        []string{filepath.Join(jobset, "crd"), filepath.Join(jobset, "rbac"), filepath.Join(jobset, "webhook")},
			namespace:   "jobset-system",
			prefix:      "jobset-",
			account:     "jobset-controller-manager",
			webhookPort: config.PortJobSetWebhook,
		},
		"trainer": {
			name:        "trainer",
			dirs:        []string{filepath.Join(trainer, "crds"), filepath.Join(trainer, "rbac"), filepath.Join(trainer, "webhook")},
			namespace:   "kubeflow-system",
			account:     "kubeflow-trainer-controller-manager",
			webhookPort: config.PortTrainerWebhook,
		},
		"controller": {
			name: "controller",
			dirs: []string{filepath.Join(ours, "default")},
		},
		"training-service": {
			name: "training-service",
			dirs: []string{filepath.Join(ours, "service")},
		},
	}
}

// Steps are the set-up steps that work on the cluster, by name.
func Steps() map[string]func(context.Context, *Cluster) error {
	return map[string]func(context.Context, *Cluster) error{
		"cluster":        setUpUsers,
		"node":           awaitNode,
		"jobset":         func(ctx context.Context, cl *Cluster) error { return cl.install(ctx, "jobset") },
		"trainer":        func(ctx context.Context, cl *Cluster) error { return cl.install(ctx, "trainer") },
		"controller":     setUpController,
		"service":        setUpService,
		"mpijobs":        awaitAccepted,
		"mpi-operator":   setUpMPIOperator,
		oldOperator:      setUpTrainingOperator,
		"kwok":           setUpKwok,
		"volcano":        setUpVolcano,
		"metrics-server": setUpMetricsServer,
	}
}

// install applies a bundle and gives its controller a kubeconfig.
func (cl *Cluster) install(ctx context.Context, name string) error {
	b := bundles(cl.config)[name]
	ca, err := os.ReadFile(cl.config.TLS("ca.crt"))
	if err != nil {
		return err
	}
	objects, err := b.build(cl.config.Path("manifests"), ca)
	if err != nil {
		return err
	}
	if b.namespace != "" {
		objects = append(objects, object("v1", "Namespace", "", b.namespace, nil))
	}
	if err := cl.apply(ctx, objects); err != nil {
		return err
	}
	namespace := b.namespace
	for _, o := range objects {
		if o.GetKind() == "ServiceAccount" && o.GetName() == b.account {
			namespace = o.GetNamespace()
		}
	}
	return cl.accountKubeconfig(ctx, namespace, b.account, cl.config.SystemKubeconfig(name), namespace)
}

// setUpController applies all that the controller's pods need.
func setUpController(ctx context.Context, cl *Cluster) error {
	ca, err := os.ReadFile(cl.config.TLS("ca.crt"))
	if err != nil {
		return err
	}
	objects, err := bundles(cl.config)["controller"].build(cl.config.Path("manifests"), ca)
	if err != nil {
		return err
	}
	certs, err := certificates(cl.config, "controller", controllerCerts)
	if err != nil {
		return err
	}
	if err := cl.apply(ctx, append(objects, certs)); err != nil {
		return err
	}
	if err := cl.retire(ctx, objects); err != nil {
		return err
	}
	// For what acts as the controller from outside its pods: tests do.
	return cl.accountKubeconfig(ctx, controllerSpace, controllerName, cl.config.SystemKubeconfig("controller"), controllerSpace)
}

// accountKubeconfig writes a kubeconfig that acts as a service account.
func (cl *Cluster) accountKubeconfig(ctx context.Context, namespace, account, path, defaultNamespace string) error {
	seconds := int64(tokenSeconds)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	answer, err := cl.typed.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, account, request, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("asking for a token of service account %s/%s: %w", namespace, account, err)
	}
	return pki.TokenKubeconfig(cl.config, path, account, defaultNamespace, answer.Status.Token)
}

// awaitNode returns when the node takes pods.
func awaitNode(ctx context.Context, cl *Cluster) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	w, err := cl.typed.CoreV1().Nodes().Watch(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector("metadata.name", cl.config.NodeName).String(),
	})
	if err != nil {
		return err
	}
	defer w.Stop()
	why := "the kubelet has not registered it"
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("node %s is not ready: %s", cl.config.NodeName, why)
		case e, open := <-w.ResultChan():
			if !open {
				return errors.New("the API server ended the watch on the node")
			}
			node, ok := e.Object.(*corev1.Node)
			if !ok || e.Type == watch.Deleted {
				continue
			}
			ready := false
			for _, c := range node.Status.Conditions {
				if c.Type == corev1.NodeReady {
					ready, why = c.Status == corev1.ConditionTrue, c.Message
				}
			}
			// The taint goes a moment after the condition comes.
			if ready && len(node.Spec.Taints) == 0 {
				return cl.offerCapacity(ctx)
			}
		}
	}
}

// object is a small manifest.
func object(apiVersion, kind, namespace, name string, fields map[string]any) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": apiVersion, "kind": kind}}
	for k, v := range fields {
		o.Object[k] = v
	}
	o.SetName(name)
	if namespace != "" {
		o.SetNamespace(namespace)
	}
	return o
}
