package component

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// kwokStages say what the fake nodes and their pods go through.
//
//go:embed kwok-stages.yaml
var kwokStages string

// kwok plays the kubelet of nodes that don't exist, for measurements of scale: nothing runs in their
// pods. It looks after nodes annotated kwok.x-k8s.io/node=fake and leaves all others alone. Who wants
// such nodes makes them, tainted so that ordinary pods never land there, as the benchmarks do.
func kwok(c config.Config) []Component {
	conf := c.Path("kwok", "config.yaml")
	return []Component{
		setup(c, "kwok", "kwok's account and role", "setup-cluster"),
		{
			Name:  "kwok",
			About: "plays the kubelet of fake nodes",
			Needs: []string{"setup-kwok"},
			Argv: []string{
				c.Binary("kwok", "kwok"),
				"--kubeconfig=" + c.SystemKubeconfig("kwok"),
				"--config=" + conf,
				fmt.Sprintf("--server-address=%s:%d", config.Loopback, config.PortKwok),
			},
			// As released it works on 4 pods at once, about 20 a second, and would itself be what is measured.
			Files: []File{file(conf, `apiVersion: config.kwok.x-k8s.io/v1alpha1
kind: KwokConfiguration
options:
  manageNodesWithAnnotationSelector: kwok.x-k8s.io/node=fake
  nodeLeaseDurationSeconds: 40
  nodeLeaseParallelism: 4
  cidr: 10.245.0.0/16
  podPlayStageParallelism: 64
  nodePlayStageParallelism: 8
  podsOnNodeSyncParallelism: 4
  enablePodsOnNodeSyncListPager: false
  enablePodsOnNodeSyncStreamWatch: true
  enableDebuggingHandlers: false
`+kwokStages)},
			Ready:  Probe{URL: fmt.Sprintf("http://%s:%d/healthz", config.Loopback, config.PortKwok)},
			Expect: 3 * time.Second,
		},
	}
}
