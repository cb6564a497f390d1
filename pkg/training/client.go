package training

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	_ "k8s.io/client-go/plugin/pkg/client/auth/oidc" // kubeconfigs with an OIDC auth-provider
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	metrics "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// MPIJob is upstream's kubeflow.org/v2beta1 MPIJob.
type MPIJob = kubeflow.MPIJob

// Client talks to one cluster as one user. It is safe for concurrent use and opens no connection
// before it is used.
type Client struct {
	host      string
	namespace string
	jobs      rest.Interface // kubeflow.org/v2beta1
	trainer   rest.Interface // trainer.kubeflow.org/v1alpha1
	old       rest.Interface // kubeflow.org/v1
	core      rest.Interface // v1
	metrics   rest.Interface // metrics.k8s.io/v1beta1
	config    *rest.Config   // for streams that are no plain requests
	params    runtime.ParameterCodec
	now       func() time.Time
	kueue     kueueKnown
}

// Kubeconfig says where the credentials of a Client come from. The zero value means what kubectl
// would use: $KUBECONFIG, ~/.kube/config, or the pod's own service account.
type Kubeconfig struct {
	// Path of the file; empty for the usual places.
	Path string
	// Context in it; empty for the current one.
	Context string
	// Namespace overrides the context's.
	Namespace string
	// UserAgent is sent with every request, as "odh/1.2.3".
	UserAgent string
	// Warnings receives the API server's warnings, one call each; nil drops them.
	Warnings func(string)
}

// NewClientFromKubeconfig returns a Client for a kubeconfig and its context's namespace.
func NewClientFromKubeconfig(k Kubeconfig) (*Client, error) {
	cfg, namespace, err := k.Config()
	if err != nil {
		return nil, err
	}
	return NewClient(cfg, namespace)
}

// Config reads the kubeconfig: what NewClient makes a Client of. An error is a ConfigError.
func (k Kubeconfig) Config() (cfg *rest.Config, namespace string, err error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = k.Path
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: k.Context})
	if cfg, err = loader.ClientConfig(); err != nil {
		return nil, "", k.explain(err)
	}
	if namespace = k.Namespace; namespace == "" {
		if namespace, _, err = loader.Namespace(); err != nil {
			return nil, "", k.explain(err)
		}
	}
	if k.UserAgent != "" {
		cfg.UserAgent = k.UserAgent
	}
	cfg.WarningHandler = rest.NoWarnings{}
	if k.Warnings != nil {
		cfg.WarningHandler = warnings(k.Warnings)
	}
	return cfg, namespace, nil
}

func (k Kubeconfig) explain(err error) error {
	if path := k.absent(); path != "" {
		return &ConfigError{Problem: "there is no file " + path, Hint: "check --kubeconfig and $KUBECONFIG, which name the kubeconfig file, or log in to the cluster (`oc login …`)"}
	}
	if clientcmd.IsEmptyConfig(err) || errors.Is(err, rest.ErrNotInCluster) {
		return &ConfigError{Problem: "no cluster is configured", Hint: "log in to the cluster (`oc login …`), or point --kubeconfig or $KUBECONFIG at a kubeconfig file"}
	}
	hint := "check the file with `kubectl config view`, or name another with --kubeconfig and --context"
	if has := Contexts(k); len(has) > 0 {
		hint += "; its contexts are " + strings.Join(has[:min(len(has), 10)], ", ")
	}
	return &ConfigError{Problem: err.Error(), Hint: hint}
}

// absent is the kubeconfig file that was named and isn't there; empty where one of those named is, or none was named.
func (k Kubeconfig) absent() string {
	files := filepath.SplitList(os.Getenv(clientcmd.RecommendedConfigPathEnvVar))
	if k.Path != "" {
		files = []string{k.Path}
	}
	for _, file := range files {
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			return ""
		}
	}
	return strings.Join(files, ", ")
}

type warnings func(string)

// HandleWarningHeader passes on a warning of the API server; 299 is the only code it sends.
func (w warnings) HandleWarningHeader(code int, _ string, text string) {
	if code == 299 && text != "" {
		w(text)
	}
}

// NewClient returns a Client for a rest.Config; namespace is what Namespace returns and Jobs("")
// means. The config is not changed.
func NewClient(config *rest.Config, namespace string) (*Client, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{kubeflow.AddToScheme, trainer.AddToScheme, corev1.AddToScheme, metrics.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("building the client's scheme: %w", err)
		}
	}
	addOldJobs(scheme)
	metav1.AddToGroupVersion(scheme, corev1.SchemeGroupVersion)

	cfg := rest.CopyConfig(config)
	if cfg.QPS == 0 {
		// Logs of a hundred Workers are a hundred requests; the API server does its own fair queuing.
		cfg.QPS, cfg.Burst = 100, 300
	}
	if cfg.Dial == nil {
		// The default of 30 seconds is a long time to look at nothing.
		cfg.Dial = (&net.Dialer{Timeout: 8 * time.Second, KeepAlive: 15 * time.Second}).DialContext
	}
	cfg.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	transport, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, &ConfigError{Problem: err.Error(), Hint: "check the credentials of the kubeconfig's current context"}
	}
	c := &Client{config: cfg, host: cfg.Host, namespace: namespace, params: runtime.NewParameterCodec(scheme), now: time.Now}
	for _, r := range []struct {
		client  *rest.Interface
		path    string
		version schema.GroupVersion
	}{
		{&c.jobs, "/apis", kubeflow.SchemeGroupVersion},
		{&c.trainer, "/apis", trainer.GroupVersion},
		{&c.old, "/apis", oldVersion},
		{&c.core, "/api", corev1.SchemeGroupVersion},
		{&c.metrics, "/apis", metrics.SchemeGroupVersion},
	} {
		if *r.client, err = restClient(cfg, transport, r.path, r.version); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func restClient(cfg *rest.Config, transport *http.Client, path string, gv schema.GroupVersion) (rest.Interface, error) {
	c := rest.CopyConfig(cfg)
	c.APIPath, c.GroupVersion = path, &gv
	client, err := rest.RESTClientForConfigAndClient(c, transport)
	if err != nil {
		return nil, &ConfigError{Problem: err.Error(), Hint: "check the server address of the kubeconfig's current context"}
	}
	return client, nil
}

// StreamWith has the Client open streams, as Exec's, with another config: they make connections of their
// own, for which a config that has a Transport for everything else doesn't say whom to trust.
func (c *Client) StreamWith(config *rest.Config) { c.config = rest.CopyConfig(config) }

// Namespace is the namespace the Client was made for: the kubeconfig context's, unless overridden.
func (c *Client) Namespace() string { return c.namespace }

// Host is the API server's address.
func (c *Client) Host() string { return c.host }

// Jobs returns the jobs of a namespace; "" means the Client's own namespace.
func (c *Client) Jobs(namespace string) *Jobs {
	if namespace == "" {
		namespace = c.namespace
	}
	return &Jobs{c: c, namespace: namespace}
}

// AllJobs returns the jobs of all namespaces, for List and Watch.
func (c *Client) AllJobs() *Jobs { return &Jobs{c: c} }

// Jobs are the training jobs of one namespace, and what can be done to them.
type Jobs struct {
	c         *Client
	namespace string // "" is all namespaces
	typ       Type   // "" is every type in lists, and MPIJobs by name
}

// Of returns the jobs of one type: what is done to a job by its name is done to the one of that type.
// Without it, names are those of MPIJobs, and lists hold all types.
func (j *Jobs) Of(t Type) *Jobs { return &Jobs{c: j.c, namespace: j.namespace, typ: t} }

// Type is the one type these jobs are of; "" is all.
func (j *Jobs) Type() Type { return j.typ }

// Namespace is the namespace of these jobs; "" is all.
func (j *Jobs) Namespace() string { return j.namespace }
