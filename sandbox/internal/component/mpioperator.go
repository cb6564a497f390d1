package component

import (
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// mpiOperator is the released MPI operator, for side-by-side runs: it works in one namespace only, in
// which our controller does not.
func mpiOperator(c config.Config) []Component {
	return []Component{
		setup(c, "mpi-operator", "the MPI operator's namespace and roles", "setup-cluster", "setup-controller"),
		{
			Name:  "mpi-operator",
			About: "the MPI operator, for comparison",
			Needs: []string{"setup-mpi-operator"},
			Argv: []string{
				c.Binary("mpi-operator", "mpi-operator"),
				"--kubeConfig=" + c.SystemKubeconfig("mpi-operator"),
				"--namespace=" + config.BenchNamespace,
				"--lock-namespace=" + config.BenchNamespace,
				fmt.Sprintf("--monitoring-port=%d", config.PortMPIOperatorInfo),
				"--cluster-domain=" + config.ClusterDomain,
			},
			Ready:  Probe{URL: fmt.Sprintf("http://%s:%d/healthz", config.Loopback, config.PortMPIOperator)},
			Expect: 3 * time.Second,
		},
	}
}
