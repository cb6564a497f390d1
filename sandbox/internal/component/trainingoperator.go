package component

import (
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// TrainingOperator is the optional component, its build and its steps.
const TrainingOperator = "training-operator"

// trainingOperator is the training operator v1 as released, in pods, for all its kinds but MPIJobs: those
// are ours here.
func trainingOperator(c config.Config) []Component {
	image := setup(c, TrainingOperator+"-image", "the training operator's image", "containerd")
	image.Inputs = map[string]string{"image": c.TrainingOperatorImage}
	k := setup(c, TrainingOperator, "the training operator v1, beside ours", "setup-cluster", "setup-"+TrainingOperator+"-image", "setup-node", "setup-pause")
	k.Inputs = map[string]string{"image": c.TrainingOperatorImage}
	k.Expect = 20 * time.Second
	return []Component{image, k}
}
