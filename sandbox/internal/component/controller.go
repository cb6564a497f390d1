package component

import (
	"fmt"
	"slices"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// controller is the product: a process on this machine that acts with the token of its own service
// account and no rights but those in config/rbac.
func controller(c config.Config) Component {
	k := Component{
		Name:  "controller",
		About: "the MPIJob controller",
		Needs: []string{"setup-controller", "setup-trainer", "setup-jobset"},
		Argv: []string{
			c.Binary("controller", "controller"),
			"--kubeconfig=" + c.SystemKubeconfig("controller"),
			"--agent-image=" + c.AgentImage,
			"--cert-dir=" + c.TLS("controller"),
			fmt.Sprintf("--webhook-port=%d", config.PortWebhook),
			fmt.Sprintf("--feed-bind-address=%s:%d", config.Gateway, config.PortFeed),
			fmt.Sprintf("--feed-address=%s:%d", config.Gateway, config.PortFeed),
			fmt.Sprintf("--metrics-bind-address=%s:%d", config.Loopback, config.PortMetrics),
			fmt.Sprintf("--health-probe-bind-address=%s:%d", config.Loopback, config.PortHealth),
			"--cluster-domain=" + config.ClusterDomain,
		},
		Ready:  Probe{URL: fmt.Sprintf("http://%s:%d/readyz", config.Loopback, config.PortHealth)},
		Expect: 3 * time.Second,
	}
	if slices.Contains(c.With, "mpi-operator") {
		// Two controllers must not take up the same job: the other one has a namespace of its own.
		for _, ns := range append([]string{"default"}, config.Namespaces...) {
			k.Argv = append(k.Argv, "--namespace="+ns)
		}
		k.Argv = append(k.Argv, "--beside-other-controllers")
	}
	return k
}
