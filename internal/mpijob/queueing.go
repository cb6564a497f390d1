package mpijob

import (
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
)

// stillRunning counts what is left of the attempt that was suspended. A queue manager gives the job's
// place to another when nothing of it is active any more; upstream says so before that is true.
func stillRunning(c cast, launcher, worker *kubeflow.ReplicaStatus) {
	for _, p := range c.launchers {
		if !ended(p) && p.Status.StartTime != nil {
			launcher.Active++
		}
	}
	for _, pods := range c.workers {
		for _, p := range pods {
			if !ended(p) && p.Status.StartTime != nil {
				worker.Active++
			}
		}
	}
}
