package service

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// flags of training-service.
type flags struct {
	address, ops, certs, kubeconfig string
	audiences, proxies, stores      list
	gpu                             training.Prometheus
	ancestors                       string
	limits                          Limits
	verbose                         bool
}

// list is a flag that may be given several times.
type list []string

// String is the list as it is given.
func (l *list) String() string { return strings.Join(*l, ",") }

// Set adds one.
func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

func parse(args []string, out io.Writer) (*flags, error) {
	f := &flags{limits: Defaults()}
	fs := flag.NewFlagSet("training-service", flag.ContinueOnError)
	fs.SetOutput(out)
	fs.StringVar(&f.address, "bind-address", ":8443", "where the API is served")
	fs.StringVar(&f.ops, "ops-bind-address", ":8081", "where /healthz, /readyz and /metrics are served")
	fs.StringVar(&f.certs, "cert-dir", "", "folder with tls.crt and tls.key; without it, HTTP (for a proxy in the same pod)")
	fs.StringVar(&f.kubeconfig, "kubeconfig", "", "kubeconfig of the service's own account, outside a cluster")
	fs.Var(&f.audiences, "audience", "audience that tokens must be for, instead of the API server's own; may be repeated")
	fs.Var(&f.proxies, "trusted-proxy", "network (as 127.0.0.1/32) of a proxy whose "+forwardedToken+" is believed; may be repeated")
	fs.Var(&f.stores, "output-network", "network (as 10.0.0.0/8) in which the S3 stores of connections may be, beside public addresses; may be repeated")
	fs.StringVar(&f.gpu.URL, "prometheus", "", "URL of a Prometheus that has the DCGM exporter's metrics of GPUs; without it, GPUs are not measured")
	fs.StringVar(&f.gpu.TokenFile, "prometheus-token-file", "", "file with the token to send to it, read each time")
	fs.StringVar(&f.ancestors, "frame-ancestors", "", "origins (as https://hub.example.com, separated by blanks) whose pages may show the dashboard in a frame; none by default")
	fs.Float64Var(&f.limits.Rate, "requests-per-second", f.limits.Rate, "requests a second and caller")
	fs.IntVar(&f.limits.Burst, "burst", f.limits.Burst, "requests of one caller at once")
	fs.IntVar(&f.limits.PerCaller, "streams-per-caller", f.limits.PerCaller, "open streams of one caller")
	fs.IntVar(&f.limits.ShellsPerCaller, "shells-per-caller", f.limits.ShellsPerCaller, "commands that one caller runs over REST")
	fs.IntVar(&f.limits.Shells, "shells", f.limits.Shells, "commands that run over REST in all")
	fs.IntVar(&f.limits.Streams, "streams", f.limits.Streams, "open streams in all")
	fs.BoolVar(&f.verbose, "v", false, "log reads too")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	if strings.ContainsAny(f.ancestors, ";,\r\n") {
		return nil, errors.New("--frame-ancestors takes origins with blanks between them, as https://hub.example.com")
	}
	if f.gpu.TokenFile != "" && f.gpu.URL == "" {
		return nil, errors.New("--prometheus-token-file goes with --prometheus")
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("unexpected %q: everything is a flag", fs.Arg(0))
	}
	return f, nil
}

// Main runs training-service and returns its exit code.
func Main(args []string, out io.Writer) int {
	f, err := parse(args, out)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(out, "training-service:", err)
		return 2
	}
	level := slog.LevelInfo
	if f.verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level}))
	klog.SetSlogLogger(log)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, f, log); err != nil {
		log.Error("training-service ends", "error", err.Error())
		return 1
	}
	return 0
}

func run(ctx context.Context, f *flags, log *slog.Logger) error {
	account, err := accountConfig(f.kubeconfig)
	if err != nil {
		return err
	}
	gate, err := NewReviewer(account, f.audiences)
	if err != nil {
		return err
	}
	own, err := training.NewClient(account, "")
	if err != nil {
		return err
	}
	trusted, err := networks("--trusted-proxy", f.proxies)
	if err != nil {
		return err
	}
	stores, err := networks("--output-network", f.stores)
	if err != nil {
		return err
	}
	jobs := NewOne(ctx, own)
	cluster := newProbe(ctx, gate.authn, account.Host)
	o := Options{
		Gate: gate, Indexes: jobs, Namespaces: remembered(own.Namespaces), Reachable: cluster.reachable,
		Stores: NewStores(stores, ownNetworks(ctx, account.Host), log), TrustedProxies: trusted, FrameAncestors: f.ancestors,
		Log: log, Limits: f.limits,
	}
	if f.gpu.URL != "" {
		o.GPU = &f.gpu
	}
	s, err := New(o)
	if err != nil {
		return err
	}
	ready := func() error {
		if err := cluster.reachable(); err != nil {
			return err
		}
		return jobs.Ready()
	}
	return serveBoth(ctx, f, s, s.Ops(ready, map[string]func() float64{
		gaugeJobs:   func() float64 { return float64(jobs.Count()) },
		gaugeMerged: func() float64 { return float64(jobs.Merged()) },
	}), log)
}

// serveBoth serves the API and, beside it, what is for probes, until the context ends.
func serveBoth(ctx context.Context, f *flags, s *Service, ops http.Handler, log *slog.Logger) error {
	var certs *tls.Config
	var err error
	if f.certs != "" {
		if certs, err = certificates(f.certs); err != nil {
			return err
		}
	}
	api, err := net.Listen("tcp", f.address)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	aside, err := net.Listen("tcp", f.ops)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	log.Info("serving", "address", api.Addr().String(), "ops", aside.Addr().String(), "tls", certs != nil)
	// Probes and metrics are answered until the end.
	opsContext, stop := context.WithCancel(context.WithoutCancel(ctx))
	var both errgroup.Group
	both.Go(func() error { return serve(opsContext, aside, newServer(ops), nil, func() {}) })
	both.Go(func() error {
		defer stop()
		return s.serve(ctx, api, certs)
	})
	return both.Wait()
}

func accountConfig(path string) (*rest.Config, error) {
	var cfg *rest.Config
	var err error
	if path == "" {
		cfg, err = rest.InClusterConfig()
	} else {
		cfg, err = clientcmd.BuildConfigFromFlags("", path)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the service's credentials: %w", err)
	}
	cfg.UserAgent = "training-service"
	return cfg, nil
}

func networks(flag string, texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, t := range texts {
		p, err := netip.ParsePrefix(t)
		if err != nil {
			return nil, fmt.Errorf("%s %q is no network, as 127.0.0.1/32", flag, t)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
