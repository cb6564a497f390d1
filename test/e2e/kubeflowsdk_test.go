//go:build e2e && parity

package e2e

import (
	"os/exec"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/testkit"
)

// kubeflowSDK is Kubeflow's Python SDK as released.
const kubeflowSDK = "kubeflow==0.5.0"

// readBesides lists what the SDK sees in a namespace, reads each job and runtime, and prints them.
const readBesides = `
import sys
from kubeflow.trainer import TrainerClient
from kubeflow.common.types import KubernetesBackendConfig
client = TrainerClient(backend_config=KubernetesBackendConfig(config_file=sys.argv[1], namespace=sys.argv[2]))
for listed in client.list_jobs():
    job = client.get_job(listed.name)
    print("job", job.name, job.status, job.runtime.trainer.framework, job.num_nodes)
for runtime in client.list_runtimes():
    print("runtime", runtime.name, runtime.trainer.framework)
`

// Kubeflow's released Python SDK lists and reads in a namespace with our TrainJobs and runtimes: one
// runtime it doesn't understand would make it give up on all of them.
func TestKubeflowSDKReadsBesideUs(t *testing.T) {
	t.Parallel()
	e := setup(t)
	python := testkit.Python(t, kubeflowSDK)
	// A namespace no other test uses: the SDK fails too where a job goes away under its eyes.
	const ns = "team-b"
	job := e.submit(e.admin, newJob(ns, "e2e-kubeflow-sdk", command("mpirun", "-n", "4", "sleep", "600")))
	e.awaitCondition(job, kubeflow.JobRunning)
	done := e.submit(e.admin, newJob(ns, "e2e-kubeflow-sdk-done"))
	e.awaitCondition(done, kubeflow.JobSucceeded)
	e.await(e.admin.Client, &trainer.TrainJobList{}, "the finished job's TrainJob to be complete", func(objs []client.Object) bool {
		run := find(objs, e.trainJobs(done)[0].Name)
		return run != nil && meta.IsStatusConditionTrue(run.(*trainer.TrainJob).Status.Conditions, trainer.TrainJobComplete)
	}, client.InNamespace(ns))
	out, err := exec.CommandContext(e.ctx, python, "-c", readBesides, e.sandbox.Kubeconfig("admin"), ns).CombinedOutput()
	if err != nil {
		t.Fatalf("the SDK gave up: %v\n%s", err, out)
	}
	for _, j := range []*kubeflow.MPIJob{job, done} {
		run := e.trainJobs(j)[0].Name
		if len(lines(string(out), "job "+run)) != 1 || len(lines(string(out), "runtime "+run+" mpi")) != 1 {
			t.Errorf("the SDK doesn't see TrainJob %s of %s, or its runtime:\n%s", run, j.Name, out)
		}
	}
	if l := lines(string(out), "job "+e.trainJobs(done)[0].Name); len(l) != 1 || !strings.HasSuffix(l[0], "Complete mpi 2") {
		t.Errorf("the finished job should be complete, of 2: %v", l)
	}
}
