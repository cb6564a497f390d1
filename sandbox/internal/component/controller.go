package component

import (
	"slices"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// Rollout is the sandbox's own command that stands for the controller's pods.
const Rollout = "rollout"

// RolloutSocket accepts once the pods are ready and one of them leads.
func RolloutSocket(c config.Config) string { return c.Path("run", "controller.sock") }

// controller is the product, as it runs on a real cluster: the Deployment of config/manager, restricted
// pods with no rights but those in config/rbac. The process brings it to the image and arguments at hand.
func controller(c config.Config) Component {
	k := setup(c, Rollout, "the MPIJob controller", "setup-controller", "setup-controller-image", "setup-images", "setup-trainer", "setup-jobset", "setup-node")
	k.Name, k.Once, k.Ready = "controller", false, Probe{Socket: RolloutSocket(c)}
	k.Grace = 25 * time.Second
	k.Inputs = map[string]string{"image": c.ControllerImage, "agent": c.AgentImage, "manifests": c.Manifests}
	k.Expect = 5 * time.Second
	if slices.Contains(c.With, "mpi-operator") {
		// Two controllers must not take up the same job: the other one has a namespace of its own.
		for _, ns := range append([]string{"default"}, config.Namespaces...) {
			k.Argv = append(k.Argv, "--namespace="+ns)
		}
		k.Argv = append(k.Argv, "--beside-other-controllers")
	}
	return k
}
