package component

import (
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// jobSet is JobSet's controller as released, with certificates from outside (its own management
// would need to run in a pod).
func jobSet(c config.Config) Component {
	conf := c.Path("jobset", "config.yaml")
	return Component{
		Name:  "jobset",
		About: "JobSet",
		Needs: []string{"setup-jobset"},
		Argv:  []string{c.Binary("kubernetes", "jobset"), "--config=" + conf, "--zap-log-level=info"},
		Env:   []string{"KUBECONFIG=" + c.SystemKubeconfig("jobset")},
		Files: []File{file(conf, fmt.Sprintf(`apiVersion: config.jobset.x-k8s.io/v1alpha1
kind: Configuration
leaderElection: {leaderElect: false}
internalCertManagement: {enable: false}
webhook: {host: %q, port: %d, certDir: %q}
metrics: {bindAddress: "0"}
health: {healthProbeBindAddress: "%s:%d"}
# As released (500 each): large JobSets need it.
clientConnection: {qps: 500, burst: 500}
`, config.Loopback, config.PortJobSetWebhook, c.TLS("jobset"), config.Loopback, config.PortJobSetHealth))},
		Ready:  Probe{URL: fmt.Sprintf("http://%s:%d/readyz", config.Loopback, config.PortJobSetHealth)},
		Expect: 2 * time.Second,
	}
}

// trainer is Kubeflow Trainer's controller as released. It has no setting for where its certificates
// are other than the temporary folder. Ten times the default of 50 requests a second is worth setting
// on a real cluster that starts many jobs at once.
func trainer(c config.Config) Component {
	conf := c.Path("trainer", "config.yaml")
	return Component{
		Name:  "trainer",
		About: "Kubeflow Trainer",
		// Started before JobSet's CRD is served, it would exit.
		Needs: []string{"setup-trainer", "setup-jobset"},
		Argv:  []string{c.Binary("kubernetes", "trainer-controller-manager"), "--config=" + conf},
		Env: []string{
			"KUBECONFIG=" + c.SystemKubeconfig("trainer"),
			"TMPDIR=" + c.TLS("trainer"),
		},
		Files: []File{file(conf, fmt.Sprintf(`apiVersion: config.trainer.kubeflow.org/v1alpha1
kind: Configuration
leaderElection: {leaderElect: false}
certManagement: {enable: false}
webhook: {host: %q, port: %d}
metrics: {bindAddress: "0", secureServing: false}
health: {healthProbeBindAddress: "%s:%d", readinessEndpointName: readyz, livenessEndpointName: healthz}
controller:
  groupKindConcurrency:
    TrainJob.trainer.kubeflow.org: 10
    TrainingRuntime.trainer.kubeflow.org: 5
    ClusterTrainingRuntime.trainer.kubeflow.org: 1
clientConnection: {qps: 500, burst: 1000}
statusServer: {port: %d}
`, config.Loopback, config.PortTrainerWebhook, config.Loopback, config.PortTrainerHealth, config.PortTrainerStatus))},
		Ready:  Probe{URL: fmt.Sprintf("http://%s:%d/readyz", config.Loopback, config.PortTrainerHealth)},
		Expect: 3 * time.Second,
	}
}
