package component

import (
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// controllerManager runs Kubernetes' own controllers. Its default of 20 requests a second is what
// makes a Job of 100 workers take 5 s to have its pods: a real cluster that runs large jobs raises
// --kube-api-qps and --concurrent-job-syncs too.
func controllerManager(c config.Config) Component {
	kubeconfig := c.SystemKubeconfig("kube-controller-manager")
	return Component{
		Name:  "kube-controller-manager",
		About: "Kubernetes' controllers",
		Needs: []string{"kube-apiserver"},
		Argv: []string{
			c.Binary("kubernetes", "kube-controller-manager"),
			"--kubeconfig=" + kubeconfig,
			"--authentication-kubeconfig=" + kubeconfig,
			"--authorization-kubeconfig=" + kubeconfig,
			"--bind-address=" + config.Loopback,
			fmt.Sprintf("--secure-port=%d", config.PortControllers),
			"--tls-cert-file=" + c.TLS("kube-controller-manager.crt"),
			"--tls-private-key-file=" + c.TLS("kube-controller-manager.key"),
			"--root-ca-file=" + c.TLS("ca.crt"),
			"--service-account-private-key-file=" + c.TLS("service-account.key"),
			"--use-service-account-credentials=true",
			"--controllers=*,-bootstrap-signer-controller,-token-cleaner-controller,-service-lb-controller,-node-route-controller,-cloud-node-lifecycle-controller",
			"--leader-elect=false",
			"--kube-api-qps=500",
			"--kube-api-burst=1000",
			"--concurrent-job-syncs=20",
			"--concurrent-gc-syncs=40",
			"--concurrent-namespace-syncs=20",
			"--node-monitor-period=2s",
			"--node-monitor-grace-period=20s",
			"--profiling=false",
			// Machine-wide by default, and made if missing.
			"--flex-volume-plugin-dir=" + c.Path("volume-plugins"),
		},
		Ready: Probe{
			URL: fmt.Sprintf("https://%s:%d/healthz", config.Loopback, config.PortControllers),
			CA:  c.TLS("ca.crt"),
		},
		Expect: 4 * time.Second,
	}
}

// scheduler places pods. Unschedulable pods are tried again sooner than by default (10 s at most),
// so that a job that waited for room starts when there is some.
func scheduler(c config.Config) Component {
	kubeconfig := c.SystemKubeconfig("kube-scheduler")
	conf := c.Path("scheduler", "config.yaml")
	return Component{
		Name:  "kube-scheduler",
		About: "places pods on nodes",
		Needs: []string{"kube-apiserver"},
		Argv: []string{
			c.Binary("kubernetes", "kube-scheduler"),
			"--config=" + conf,
			"--authentication-kubeconfig=" + kubeconfig,
			"--authorization-kubeconfig=" + kubeconfig,
			"--bind-address=" + config.Loopback,
			fmt.Sprintf("--secure-port=%d", config.PortScheduler),
			"--tls-cert-file=" + c.TLS("kube-scheduler.crt"),
			"--tls-private-key-file=" + c.TLS("kube-scheduler.key"),
		},
		Files: []File{file(conf, fmt.Sprintf(`apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection:
  kubeconfig: %s
  qps: 500
  burst: 1000
leaderElection:
  leaderElect: false
podInitialBackoffSeconds: 1
podMaxBackoffSeconds: 2
enableProfiling: false
`, kubeconfig))},
		Ready: Probe{
			URL: fmt.Sprintf("https://%s:%d/healthz", config.Loopback, config.PortScheduler),
			CA:  c.TLS("ca.crt"),
		},
		Expect: 4 * time.Second,
	}
}
