package mpijob_test

import (
	"testing"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

func TestRefusedText(t *testing.T) {
	for message, want := range map[string]string{
		`creating TrainJob a-x: trainjobs.trainer.kubeflow.org "a-x" is forbidden: exceeded quota: runs, requested: count/trainjobs.trainer.kubeflow.org=1, used: count/trainjobs.trainer.kubeflow.org=12, limited: count/trainjobs.trainer.kubeflow.org=12`: `Waiting for the namespace's quota: 12/12 jobs running under quota "runs"`,
		`creating Secret a-ssh: secrets "a-ssh" is forbidden: exceeded quota: objects, requested: count/secrets=1, used: count/secrets=4, limited: count/secrets=4`:                                                                                          `Waiting for the namespace's quota: requested 1 secrets, 0 available under quota "objects" (4 of 4 in use)`,
		`pods "p" is forbidden: exceeded quota: gpus, requested: pods=1,requests.nvidia.com/gpu=2, used: pods=1,requests.nvidia.com/gpu=15, limited: pods=1,requests.nvidia.com/gpu=16`:                                                                      `Waiting for the namespace's quota: requested 2 nvidia.com/gpu, 1 available under quota "gpus" (15 of 16 in use)`,
		`secrets "s" is forbidden: no`: `Waiting: the API server refuses what the job needs: secrets "s" is forbidden: no`,
	} {
		if got := mpijob.RefusedText(message); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
