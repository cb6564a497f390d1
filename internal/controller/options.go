package controller

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Options are the controller's flags.
type Options struct {
	AgentImage    string
	CertDir       string
	WebhookPort   int
	FeedBind      string
	FeedAddress   string
	MetricsBind   string
	HealthBind    string
	PprofBind     string
	ClusterDomain string
	Namespaces    namespaces
	LeaderElect   bool
	BesideOthers  bool
	Gang          GangScheduler
}

// namespaces is a flag that may be given several times.
type namespaces []string

func (n *namespaces) String() string     { return strings.Join(*n, ",") }
func (n *namespaces) Set(s string) error { *n = append(*n, s); return nil }

// Bind declares the flags; --kubeconfig is controller-runtime's.
func (o *Options) Bind(f *flag.FlagSet) {
	f.StringVar(&o.AgentImage, "agent-image", "", "image of the agent put into every pod (required)")
	f.StringVar(&o.CertDir, "cert-dir", "", "directory of tls.crt, tls.key and ca.crt, for the webhook and the live feed (required)")
	f.IntVar(&o.WebhookPort, "webhook-port", 9443, "port of the admission webhook")
	f.StringVar(&o.FeedBind, "feed-bind-address", ":9444", "where the live feed listens")
	f.StringVar(&o.FeedAddress, "feed-address", "", "host:port at which pods reach the live feed; empty: no feed")
	f.StringVar(&o.MetricsBind, "metrics-bind-address", ":8080", "where Prometheus metrics are served")
	f.StringVar(&o.HealthBind, "health-probe-bind-address", ":8081", "where /healthz and /readyz are served")
	f.StringVar(&o.PprofBind, "pprof-bind-address", "", "where profiles are served at /debug/pprof/; keep it on loopback; empty: nowhere")
	f.StringVar(&o.ClusterDomain, "cluster-domain", "", "domain appended to host names, such as cluster.local; empty: none, as upstream")
	f.Var(&o.Namespaces, "namespace", "look after this namespace only; may be given several times")
	o.Gang = GangAuto
	f.Var(&o.Gang, "gang-scheduler", "who starts jobs that ask for gang scheduling: auto (Volcano where it is installed), volcano, or none")
	f.BoolVar(&o.LeaderElect, "leader-elect", false, "stand by while another replica leads; needs POD_NAME and POD_NAMESPACE")
	f.BoolVar(&o.BesideOthers, "beside-other-controllers", false,
		"run although another controller of MPIJobs (the MPI operator, the training operator) does: it works in none of the namespaces given by --namespace")
}

// check finds every problem with the flags, and reads what they name.
func (o *Options) check() (mpijob.Settings, error) {
	var errs []error
	if o.AgentImage == "" {
		errs = append(errs, errors.New("--agent-image is missing: name the image that holds mpi-agent of this release"))
	}
	if o.BesideOthers && len(o.Namespaces) == 0 {
		errs = append(errs, errors.New("--beside-other-controllers needs --namespace: two controllers of one namespace would both run its jobs"))
	}
	s := mpijob.Settings{AgentImage: o.AgentImage, ClusterDomain: o.ClusterDomain}
	if o.CertDir == "" {
		errs = append(errs, errors.New("--cert-dir is missing: name a directory with tls.crt, tls.key and ca.crt"))
	} else if o.FeedAddress != "" {
		host, _, err := net.SplitHostPort(o.FeedAddress)
		if err != nil {
			errs = append(errs, fmt.Errorf("--feed-address %q: %w: write it as host:port", o.FeedAddress, err))
		}
		ca, err := os.ReadFile(filepath.Join(o.CertDir, "ca.crt"))
		if err != nil {
			errs = append(errs, fmt.Errorf("reading the certificate authority of the feed: %w", err))
		}
		s.Feed = &wire.Feed{Address: o.FeedAddress, ServerName: host, CA: string(ca)}
	}
	return s, errors.Join(errs...)
}
