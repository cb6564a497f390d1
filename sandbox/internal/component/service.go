package component

import (
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// ServiceRollout is the sandbox's own command that stands for the training service's pods, and passes on
// connections to them: without kube-proxy a Service has no address.
const ServiceRollout = "service-rollout"

// TrainingService is the name of the component that the dashboard comes from.
const TrainingService = "training-service"

// ServiceURL is where this machine reaches the training service.
func ServiceURL() string { return fmt.Sprintf("https://%s:%d", config.Loopback, config.PortService) }

// service is the training service as it runs on a real cluster: the Deployment of config/service.
func service(c config.Config) []Component {
	roles := setup(c, "service", "the training service's account and roles", "setup-controller")
	roles.Inputs = map[string]string{"manifests": c.Manifests}
	image := setup(c, "service-image", "the training service's image", "containerd")
	image.Inputs = map[string]string{"image": c.ServiceImage}
	k := setup(c, ServiceRollout, "the training service", "setup-service", "setup-service-image", "setup-node", "setup-pause")
	k.Name, k.Once, k.Ready = TrainingService, false, Probe{URL: ServiceURL() + "/docs", CA: c.TLS("ca.crt")}
	k.Grace = 25 * time.Second
	k.Inputs = map[string]string{"image": c.ServiceImage, "manifests": c.Manifests}
	k.Expect = 5 * time.Second
	return []Component{roles, image, k}
}
