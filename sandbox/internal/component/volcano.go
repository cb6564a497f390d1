package component

import (
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// volcanoPlugins is the configuration Volcano is released with, and preemption, which that leaves out.
const volcanoPlugins = `actions: "enqueue, allocate, preempt, backfill"
tiers:
- plugins:
  - name: priority
  - name: gang
    enablePreemptable: false
  - name: conformance
- plugins:
  - name: overcommit
  - name: drf
    enablePreemptable: false
  - name: predicates
  - name: proportion
  - name: nodeorder
  - name: binpack
`

// volcano is Volcano as released, less its webhooks: the scheduler, and of its controllers those that
// open queues and count what is in them. Its own kind of Job is not used.
func volcano(c config.Config) []Component {
	conf := c.Path("volcano", "scheduler.conf")
	// Volcano's log library makes a socket, by default in /tmp.
	env := []string{"DEBUG_SOCKET_DIR=" + c.Path("volcano")}
	return []Component{
		setup(c, "volcano", "Volcano's CRDs and roles", "kube-apiserver"),
		{
			Name:  "volcano-controllers",
			About: "Volcano's queues and gangs",
			Needs: []string{"setup-volcano"},
			Argv: []string{
				c.Binary("volcano", "controller-manager"),
				"--kubeconfig=" + c.SystemKubeconfig("volcano-controllers"),
				"--controllers=queue-controller,pg-controller",
				"--leader-elect=false",
				"--enable-healthz=true",
				fmt.Sprintf("--healthz-address=%s:%d", config.Loopback, config.PortVolcanoInfo),
			},
			Env:    env,
			Ready:  Probe{URL: fmt.Sprintf("http://%s:%d/healthz", config.Loopback, config.PortVolcanoInfo)},
			Expect: 3 * time.Second,
		},
		{
			Name:  "volcano-scheduler",
			About: "Volcano, which places gangs",
			Needs: []string{"setup-volcano"},
			Argv: []string{
				c.Binary("volcano", "scheduler"),
				"--kubeconfig=" + c.SystemKubeconfig("volcano-scheduler"),
				"--scheduler-conf=" + conf,
				"--leader-elect=false",
				"--cache-dumper=false",
				"--kube-api-qps=2000",
				"--kube-api-burst=2000",
				"--enable-healthz=true",
				fmt.Sprintf("--healthz-address=%s:%d", config.Loopback, config.PortVolcano),
			},
			Env:    env,
			Files:  []File{file(conf, volcanoPlugins)},
			Ready:  Probe{URL: fmt.Sprintf("http://%s:%d/healthz", config.Loopback, config.PortVolcano)},
			Expect: 3 * time.Second,
		},
	}
}
