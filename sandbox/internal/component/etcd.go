package component

import (
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// etcd keeps the cluster's objects. It does not wait for the disk at every write: a sandbox that loses
// power is made anew, and jobs start a second sooner. A real cluster must not do that.
func etcd(c config.Config) Component {
	client := fmt.Sprintf("https://%s:%d", config.Loopback, config.PortEtcd)
	peer := fmt.Sprintf("http://%s:%d", config.Loopback, config.PortEtcdPeer)
	metrics := fmt.Sprintf("http://%s:%d", config.Loopback, config.PortEtcdMetrics)
	return Component{
		Name:  "etcd",
		About: "the cluster's storage",
		Argv: []string{
			c.Binary("kubernetes", "server"),
			"--name=sandbox",
			"--data-dir=" + c.Path("etcd"),
			"--listen-client-urls=" + client,
			"--advertise-client-urls=" + client,
			"--listen-peer-urls=" + peer,
			"--initial-advertise-peer-urls=" + peer,
			"--initial-cluster=sandbox=" + peer,
			"--listen-metrics-urls=" + metrics,
			"--cert-file=" + c.TLS("etcd.crt"),
			"--key-file=" + c.TLS("etcd.key"),
			"--trusted-ca-file=" + c.TLS("ca.crt"),
			"--client-cert-auth",
			"--unsafe-no-fsync",
			"--auto-compaction-retention=10m",
			"--quota-backend-bytes=2147483648",
			"--log-level=warn",
		},
		Ready:  Probe{URL: metrics + "/health"},
		Expect: 2 * time.Second,
	}
}
