package controller

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"path/filepath"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"

	"github.com/opendatahub-io/mpijob/internal/controller/feed"
	"github.com/opendatahub-io/mpijob/internal/controller/metrics"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

const (
	// name is the field manager, the leader's lease and the source of events.
	name = "mpijob-controller"
	// The API server's own limits per caller are fair; these only keep a burst of jobs from queueing
	// in the client (its default is 20 a second).
	qps, burst = 200, 400
)

// Run runs the controller with the process's flags until it is told to stop.
func Run(args []string) error {
	var o Options
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	o.Bind(flags)
	flags.Var(flag.Lookup("kubeconfig").Value, "kubeconfig", "file that names the cluster and the credentials; empty: those of the pod")
	logs := zap.Options{}
	logs.BindFlags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&logs)))
	settings, err := o.check()
	if err != nil {
		return err
	}
	m := metrics.New()
	ctx, end := context.WithCancelCause(ctrl.SetupSignalHandler())
	defer end(nil)
	mgr, err := newManager(o, m, end)
	if err != nil {
		return err
	}
	if err := alone(ctx, mgr, o); err != nil {
		return err
	}
	if err := serveMetrics(mgr, m); err != nil {
		return err
	}
	if err := add(ctx, mgr, o, settings, m); err != nil {
		return err
	}
	if err := mgr.Start(ctx); err != nil {
		return err
	}
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func newScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(s))
	utilruntime.Must(kubeflow.AddToScheme(s))
	utilruntime.Must(trainer.AddToScheme(s))
	utilruntime.Must(volcano.AddToScheme(s))
	return s
}

// newManager makes the manager; end is called with the reason when another replica took the lease.
func newManager(o Options, m *metrics.Metrics, end func(error)) (manager.Manager, error) {
	config, err := ctrl.GetConfig()
	if err != nil {
		return nil, fmt.Errorf("finding the cluster: %w: give --kubeconfig, or run in a pod", err)
	}
	config.QPS, config.Burst = qps, burst
	config.Wrap(m.Transport)
	caches := cache.Options{
		DefaultTransform: trim,
		ByObject: map[client.Object]cache.ByObject{
			&corev1.Pod{}: {Label: labels.SelectorFromSet(labels.Set{kubeflow.OperatorNameLabel: kubeflow.OperatorName})},
			// Of all events only those about pods that a Kubernetes Job couldn't create.
			&corev1.Event{}:     {Field: fields.SelectorFromSet(fields.Set{"reason": "FailedCreate", "involvedObject.kind": "Job"})},
			&trainer.TrainJob{}: {Label: mustSelector(mpijob.LabelJob)},
		},
	}
	if len(o.Namespaces) > 0 {
		caches.DefaultNamespaces = map[string]cache.Config{}
		for _, ns := range o.Namespaces {
			caches.DefaultNamespaces[ns] = cache.Config{}
		}
	}
	var lock resourcelock.Interface
	if o.LeaderElect {
		if lock, err = leaderLock(config, end); err != nil {
			return nil, err
		}
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                              newScheme(),
		Cache:                               caches,
		Metrics:                             metricsserver.Options{BindAddress: o.MetricsBind},
		HealthProbeBindAddress:              o.HealthBind,
		PprofBindAddress:                    o.PprofBind,
		LeaderElection:                      o.LeaderElect,
		LeaderElectionReleaseOnCancel:       true,
		LeaseDuration:                       ptr.To(leaseFor),
		RenewDeadline:                       ptr.To(renewIn),
		RetryPeriod:                         ptr.To(retryEvery),
		GracefulShutdownTimeout:             ptr.To(stopIn),
		LeaderElectionResourceLockInterface: lock,
		WebhookServer:                       webhook.NewServer(webhook.Options{Port: o.WebhookPort, CertDir: o.CertDir}),
		// Others' Secrets, Services and ConfigMaps are none of its business: it asks for its own by name.
		Client: client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{
			&corev1.Secret{}, &corev1.Service{}, &corev1.ConfigMap{}, &networkingv1.NetworkPolicy{}, &trainer.TrainingRuntime{}, &authv1.TokenReview{},
			&volcano.PodGroup{},
		}}},
	})
	if err != nil {
		return nil, fmt.Errorf("setting up: %w", err)
	}
	return mgr, nil
}

// serveMetrics has the manager serve our metrics beside its own.
func serveMetrics(mgr manager.Manager, m *metrics.Metrics) error {
	if err := m.Register(ctrlmetrics.Registry); err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	if err := ctrlmetrics.Registry.Register(metrics.Jobs{Cache: mgr.GetClient(), Elected: mgr.Elected()}); err != nil {
		return fmt.Errorf("registering metrics of jobs: %w", err)
	}
	return nil
}

// add puts the parts together: reconciler, feed, admission, probes.
func add(ctx context.Context, mgr manager.Manager, o Options, settings mpijob.Settings, m *metrics.Metrics) error {
	reports := make(chan event.TypedGenericEvent[types.NamespacedName], 1024)
	hub := feed.NewHub(func(job types.NamespacedName) {
		select {
		case reports <- event.TypedGenericEvent[types.NamespacedName]{Object: job}:
		default:
			// So many are waiting that a later one will do; the queue merges them anyway.
		}
	})
	r := &Reconciler{
		Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Settings: settings, Gang: o.Gang, Feed: hub,
		Recorder: mgr.GetEventRecorder(name), Clock: clock.RealClock{}, Metrics: m,
	}
	if err := r.setup(ctx, mgr, reports); err != nil {
		return fmt.Errorf("setting up the reconciler: %w", err)
	}
	if err := mgr.Add(manager.RunnableFunc(func(ctx context.Context) error {
		if err := r.SweepAll(ctx, o.Namespaces); err != nil && ctx.Err() == nil {
			// What is left stays until the next start; nothing runs in it.
			mgr.GetLogger().Error(err, "sweeping up after jobs deleted while no controller ran")
		}
		return nil
	})); err != nil {
		return fmt.Errorf("setting up the sweep: %w", err)
	}
	if err := mgr.Add(returnMemory{}); err != nil {
		return fmt.Errorf("setting up the return of memory: %w", err)
	}
	if o.FeedAddress != "" {
		certs, err := certwatcher.New(filepath.Join(o.CertDir, "tls.crt"), filepath.Join(o.CertDir, "tls.key"))
		if err != nil {
			return fmt.Errorf("reading the feed's certificate: %w", err)
		}
		if err := mgr.Add(certs); err != nil {
			return err
		}
		if err := mgr.Add(&feed.Server{
			Address: o.FeedBind, Hub: hub, Checker: feed.PodChecker{Client: mgr.GetClient()}, Log: mgr.GetLogger().WithName("feed"),
			TLS: &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: certs.GetCertificate},
		}); err != nil {
			return err
		}
	}
	mgr.GetWebhookServer().Register(AdmissionPath, &admission.Webhook{Handler: Admission{
		Decoder: admission.NewDecoder(mgr.GetScheme()),
		Volcano: func() (bool, error) { return hasVolcano(o.Gang, mgr.GetRESTMapper()) },
	}})
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	return mgr.AddReadyzCheck("webhook", mgr.GetWebhookServer().StartedChecker())
}
