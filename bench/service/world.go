package service

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/opendatahub-io/mpijob/bench/cluster"
)

const (
	namespace = "bench-service"
	// idle has no jobs: nothing happens there that could be told.
	idle = "bench-service-idle"

	serviceSpace = "mpijob-system"
	serviceName  = "training-service"
)

// usersEach is how many users take turns at a client: none of them meets the service's limit of requests a second.
const usersEach = 4

var mpiJobs = schema.GroupVersionResource{Group: "kubeflow.org", Version: "v2beta1", Resource: "mpijobs"}

// World is the service, the API server and the callers that use both.
type World struct {
	Clients int // at once
	Callers int // users, each with a token: several share a client in turn, as one may ask only so often
	Out     io.Writer

	cluster *cluster.Client
	typed   kubernetes.Interface
	config  *rest.Config
	tokens  []string
	api     string // the API server's address
	service string // the service pod's
	ops     string // where it serves its metrics
	pool    *x509.CertPool
}

// Connect finds the service's pod.
func Connect(ctx context.Context, kubeconfig string, clients int, out io.Writer) (*World, error) {
	c, err := cluster.Connect(kubeconfig)
	if err != nil {
		return nil, err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	if err := rest.LoadTLSFiles(config); err != nil {
		return nil, err
	}
	typed, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	pods, err := typed.CoreV1().Pods(serviceSpace).List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/name=" + serviceName})
	if err != nil {
		return nil, err
	}
	if len(pods.Items) != 1 || pods.Items[0].Status.PodIP == "" {
		return nil, fmt.Errorf("%d pods of the training service, want one that runs: start the sandbox with `make up`", len(pods.Items))
	}
	w := &World{Clients: clients, Callers: clients * usersEach, Out: out, cluster: c, typed: typed, config: config, api: strings.TrimSuffix(config.Host, "/"), pool: x509.NewCertPool()}
	if !w.pool.AppendCertsFromPEM(config.CAData) {
		return nil, errors.New("the kubeconfig has no certificate of the sandbox's own authority")
	}
	ip := pods.Items[0].Status.PodIP
	w.service, w.ops = "https://"+net.JoinHostPort(ip, "8443"), "http://"+net.JoinHostPort(ip, "8081")
	return w, nil
}

// Version is the API server's.
func (w *World) Version() string { return w.cluster.Version }

// Prepare makes the namespaces, and callers with a token each.
func (w *World) Prepare(ctx context.Context) error {
	for _, ns := range []string{namespace, idle} {
		if err := w.cluster.EnsureNamespace(ctx, ns, mpiJobs); err != nil {
			return err
		}
		if err := w.allow(ctx, ns); err != nil {
			return fmt.Errorf("granting the callers' rights in %s: %w", ns, err)
		}
	}
	w.tokens = make([]string, w.Callers)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range w.tokens {
		group.Go(func() error {
			account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("caller-%d", i)}}
			if _, err := w.typed.CoreV1().ServiceAccounts(namespace).Create(ctx, account, metav1.CreateOptions{}); err != nil {
				return err
			}
			token, err := w.typed.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, account.Name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
			if err != nil {
				return err
			}
			w.tokens[i] = token.Status.Token
			return nil
		})
	}
	return group.Wait()
}

func (w *World) allow(ctx context.Context, ns string) error {
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "caller"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{"kubeflow.org", "trainer.kubeflow.org"}, Resources: []string{"*"}, Verbs: []string{"*"}},
		{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get", "list", "watch"}},
	}}
	binding := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "caller"},
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.GroupKind, APIGroup: rbacv1.GroupName, Name: "system:serviceaccounts:" + namespace}},
	}
	if _, err := w.typed.RbacV1().Roles(ns).Create(ctx, role, metav1.CreateOptions{}); err != nil {
		return err
	}
	_, err := w.typed.RbacV1().RoleBindings(ns).Create(ctx, binding, metav1.CreateOptions{})
	return err
}

// Remove takes away all that Prepare and the measurements made.
func (w *World) Remove(ctx context.Context) error { return w.cluster.DeleteNamespaces(ctx) }

// job is one that another controller is to run: nothing but its object exists, so that what is measured is
// the service and the API server.
func job(name string) *unstructured.Unstructured {
	pod := func(command ...any) map[string]any {
		return map[string]any{"spec": map[string]any{"containers": []any{map[string]any{
			"name": "main", "image": "example.com/train:1", "command": command,
			"resources": map[string]any{"limits": map[string]any{"cpu": "1", "memory": "1Gi"}},
		}}}}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "kubeflow.org/v2beta1", "kind": "MPIJob",
		"metadata": map[string]any{"name": name, "namespace": namespace},
		"spec": map[string]any{
			"slotsPerWorker": int64(2),
			"runPolicy":      map[string]any{"managedBy": "kueue.x-k8s.io/multikueue"},
			"mpiReplicaSpecs": map[string]any{
				"Launcher": map[string]any{"template": pod("mpirun", "-n", "8", "train")},
				"Worker":   map[string]any{"replicas": int64(4), "template": pod()},
			},
		},
	}}
}

// Fill creates so many jobs.
func (w *World) Fill(ctx context.Context, jobs int) error {
	objects := make([]*unstructured.Unstructured, jobs)
	for i := range objects {
		objects[i] = job(jobName(i))
	}
	return w.cluster.CreateAll(ctx, objects, 16)
}

func jobName(i int) string { return fmt.Sprintf("job-%04d", i) }

// client is one caller's, with connections of its own, as a browser or a program has.
func (w *World) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: w.pool, ServerName: w.serverName(), MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 4, ForceAttemptHTTP2: true,
	}}
}

func (w *World) serverName() string { return serviceName + "." + serviceSpace + ".svc" }

// apiClient is one caller's of the API server.
func (w *World) apiClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: w.pool, MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 4, ForceAttemptHTTP2: true,
	}}
}

// user is whose turn it is at a client with its n-th request.
func (w *World) user(client, n int) int {
	return client + w.Clients*((n%usersEach+usersEach)%usersEach)
}

// ask does one request as a caller and reads the answer to its end.
func (w *World) ask(ctx context.Context, c *http.Client, caller int, method, url string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(string(body)))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+w.tokens[caller%len(w.tokens)])
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %.300s", method, url, answer.Status, all)
	}
	return all, err
}

func (w *World) jobsURL() string {
	return w.service + "/api/v1/namespaces/" + namespace + "/trainingjobs"
}

func (w *World) apiURL() string {
	return w.api + "/apis/kubeflow.org/v2beta1/namespaces/" + namespace + "/mpijobs"
}

// kubeconfig is a file for commands that are measured: a caller's, with the namespace.
func (w *World) kubeconfig(dir string) (string, error) {
	text, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "bench",
		"clusters": []any{map[string]any{"name": "bench", "cluster": map[string]any{"server": w.api, "certificate-authority-data": w.config.CAData}}},
		"users":    []any{map[string]any{"name": "bench", "user": map[string]any{"token": w.tokens[0]}}},
		"contexts": []any{map[string]any{"name": "bench", "context": map[string]any{"cluster": "bench", "user": "bench", "namespace": namespace}}},
	})
	if err != nil {
		return "", err
	}
	path := dir + "/kubeconfig.json"
	return path, os.WriteFile(path, text, 0o600)
}

func (w *World) say(format string, args ...any) {
	fmt.Fprintf(w.Out, "%s  "+format+"\n", append([]any{time.Now().Format(time.TimeOnly)}, args...)...)
}
