package component

import (
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// metricsServer is what answers for metrics.k8s.io: it reads from the kubelet what pods use. The API
// server reaches it at the bridge, since an aggregated API has no address on a machine's loopback.
func metricsServer(c config.Config) []Component {
	kubeconfig := c.SystemKubeconfig("metrics-server")
	return []Component{
		setup(c, "metrics-server", "metrics.k8s.io and its roles", "setup-cluster"),
		{
			Name:  "metrics-server",
			About: "what pods use",
			Needs: []string{"setup-metrics-server", "kubelet"},
			Argv: []string{
				c.Binary("metrics-server", "metrics-server"),
				"--kubeconfig=" + kubeconfig,
				"--authentication-kubeconfig=" + kubeconfig,
				"--authorization-kubeconfig=" + kubeconfig,
				"--bind-address=" + config.Gateway,
				fmt.Sprintf("--secure-port=%d", config.PortMetricsServer),
				"--tls-cert-file=" + c.TLS("metrics-server", "tls.crt"),
				"--tls-private-key-file=" + c.TLS("metrics-server", "tls.key"),
				"--kubelet-certificate-authority=" + c.TLS("ca.crt"),
				"--kubelet-preferred-address-types=InternalIP",
				// The least it takes; as released it is 15 s.
				"--metric-resolution=10s",
				"--kubelet-request-timeout=5s",
			},
			// Ready once it has read the node twice.
			Ready:  Probe{URL: fmt.Sprintf("https://%s:%d/readyz", config.Gateway, config.PortMetricsServer), CA: c.TLS("ca.crt")},
			Expect: 25 * time.Second,
		},
	}
}
