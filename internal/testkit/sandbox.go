// Package testkit is what tests of several packages share: the handle on a running sandbox.
package testkit

import (
	"os"
	"path/filepath"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	jobset "sigs.k8s.io/jobset/api/jobset/v1alpha2"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"
)

// DefaultSandboxState is where the sandbox keeps its state unless SANDBOX_STATE says otherwise.
const DefaultSandboxState = "/var/lib/mpijob-sandbox"

// Sandbox is a running single-machine Kubernetes with Trainer, JobSet and our controller.
type Sandbox struct {
	// State is the folder the sandbox keeps its state in.
	State string
}

// OpenSandbox returns the running sandbox. It fails the test where there is none: an end-to-end
// test that skips proves nothing.
func OpenSandbox(t testing.TB) *Sandbox {
	t.Helper()
	state := os.Getenv("SANDBOX_STATE")
	if state == "" {
		state = DefaultSandboxState
	}
	s := &Sandbox{State: state}
	if _, err := os.Stat(s.Kubeconfig("admin")); err != nil {
		t.Fatalf("no sandbox runs here (%v): start it with `make up`, or set SANDBOX_STATE to the state folder of one that runs elsewhere", err)
	}
	return s
}

// Kubeconfig returns the path of a user's kubeconfig: admin, team-admin, scientist, engineer or
// other-scientist.
func (s *Sandbox) Kubeconfig(user string) string {
	return filepath.Join(s.State, "kubeconfig", user+".yaml")
}

// User is one of the sandbox's users: who acts decides what is allowed.
type User struct {
	Name       string
	Kubeconfig string
	Config     *rest.Config
	// Client knows the types of Kubernetes, MPIJob, Trainer and JobSet; it reads uncached.
	Client client.WithWatch
	Kube   kubernetes.Interface
}

// User returns clients that act as the named user.
func (s *Sandbox) User(t testing.TB, name string) *User {
	t.Helper()
	path := s.Kubeconfig(name)
	cfg, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatalf("reading the kubeconfig of %s: %v; `bin/sandbox status` says whether the sandbox is up", name, err)
	}
	// Tests run side by side on one client: client-go's default of 5 requests/s would queue them.
	cfg.QPS, cfg.Burst = 200, 400
	cfg.WarningHandler = rest.NoWarnings{}
	c, err := client.NewWithWatch(cfg, client.Options{Scheme: Scheme()})
	if err != nil {
		t.Fatalf("connecting to the sandbox as %s: %v; `bin/sandbox status` says whether it is up", name, err)
	}
	kube, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		t.Fatalf("connecting to the sandbox as %s: %v", name, err)
	}
	return &User{Name: name, Kubeconfig: path, Config: cfg, Client: c, Kube: kube}
}

// Scheme returns a scheme of every type a job is made of.
func Scheme() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		scheme.AddToScheme, kubeflow.AddToScheme, trainer.AddToScheme, jobset.AddToScheme, volcano.AddToScheme,
	} {
		utilruntime.Must(add(s))
	}
	return s
}
