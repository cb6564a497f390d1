//go:build e2e

package e2e

import (
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// edit changes a job as a queue manager does: all in one update, by way of a patch.
func (e *env) edit(job *kubeflow.MPIJob, change func(*kubeflow.MPIJob)) {
	e.t.Helper()
	var now kubeflow.MPIJob
	e.must(e.admin.Client.Get(e.ctx, client.ObjectKeyFromObject(job), &now), "reading the job")
	before := now.DeepCopy()
	change(&now)
	e.must(e.admin.Client.Patch(e.ctx, &now, client.MergeFrom(before)), "changing the job")
}

// templates changes the pods of both parts.
func templates(job *kubeflow.MPIJob, change func(*corev1.PodTemplateSpec)) {
	for _, r := range job.Spec.MPIReplicaSpecs {
		change(&r.Template)
	}
}

// A queue manager holds a job, admits it with a place, evicts it in mid-run and admits it again
// elsewhere, by the fields and the status that Kueue's integration of MPIJobs uses.
func TestQueueing(t *testing.T) {
	t.Parallel()
	e := setup(t)
	var node corev1.NodeList
	e.must(e.admin.Client.List(e.ctx, &node), "listing nodes")
	host := node.Items[0].Labels["kubernetes.io/hostname"]
	admit := func(where string) func(*kubeflow.MPIJob) {
		return func(j *kubeflow.MPIJob) {
			j.Spec.RunPolicy.Suspend = ptr(false)
			templates(j, func(t *corev1.PodTemplateSpec) {
				t.Labels = map[string]string{"kueue.x-k8s.io/podset": "main"}
				t.Annotations = map[string]string{"kueue.x-k8s.io/workload": where}
				t.Spec.NodeSelector = map[string]string{"kubernetes.io/hostname": host}
				t.Spec.Tolerations = []corev1.Toleration{{Key: "e2e", Operator: corev1.TolerationOpExists}}
			})
		}
	}
	evict := func(j *kubeflow.MPIJob) {
		j.Spec.RunPolicy.Suspend = ptr(true)
		templates(j, func(t *corev1.PodTemplateSpec) {
			t.Labels, t.Annotations, t.Spec.NodeSelector, t.Spec.Tolerations = nil, nil, nil, nil
		})
	}
	inactive := func(j *kubeflow.MPIJob) bool {
		for _, s := range j.Status.ReplicaStatuses {
			if s.Active > 0 {
				return false
			}
		}
		return isTrue(j, kubeflow.JobSuspended) && j.Status.StartTime == nil && !isTrue(j, kubeflow.JobRunning)
	}

	job := newJob(teamA, "e2e-queueing", suspended, untilTold)
	job.Labels = map[string]string{"kueue.x-k8s.io/queue-name": "team"}
	e.submit(e.scientist, job)
	e.awaitJob(job, "held", inactive)

	e.edit(job, admit("first"))
	e.awaitCondition(job, kubeflow.JobRunning)
	for _, p := range e.podsOf(job, "") {
		if p.Labels["kueue.x-k8s.io/podset"] != "main" || p.Annotations["kueue.x-k8s.io/workload"] != "first" || p.Spec.NodeSelector["kubernetes.io/hostname"] != host {
			t.Errorf("pod %s isn't where it was admitted to: %v %v %v", p.Name, p.Labels, p.Annotations, p.Spec.NodeSelector)
		}
		if q := p.Labels["kueue.x-k8s.io/queue-name"]; q != "" {
			t.Errorf("pod %s is in queue %s itself", p.Name, q)
		}
	}
	for _, run := range e.trainJobs(job) {
		if q := run.Labels["kueue.x-k8s.io/queue-name"]; q != "" {
			t.Errorf("TrainJob %s is in queue %s itself", run.Name, q)
		}
	}

	e.edit(job, evict)
	e.awaitJob(job, "evicted", inactive)
	if pods := e.podsOf(job, ""); len(running(pods)) > 0 {
		t.Errorf("nothing is active, by its status, but %d pods run", len(running(pods)))
	}

	e.edit(job, admit("second"))
	e.awaitJob(job, "running again", func(j *kubeflow.MPIJob) bool { return isTrue(j, kubeflow.JobRunning) })
	for _, p := range e.podsOf(job, "") {
		if p.Annotations["kueue.x-k8s.io/workload"] != "second" {
			t.Errorf("pod %s is still of the first admission", p.Name)
		}
	}
	e.tell(job)
	e.awaitCondition(job, kubeflow.JobSucceeded)
}

func running(pods []corev1.Pod) []corev1.Pod {
	var out []corev1.Pod
	for _, p := range pods {
		if p.Status.Phase == corev1.PodRunning {
			out = append(out, p)
		}
	}
	return out
}

// Without gang scheduling a job may be placed in part. It says what is missing and what it holds.
func TestWaitingForRoom(t *testing.T) {
	t.Parallel()
	e := setup(t)
	job := e.submit(e.scientist, newJob(teamA, "e2e-no-room", gpuWorkers("5")))
	got := e.awaitWait(job, "5 of 10 nvidia.com/gpu", "no room for 1 of 2 Workers", "hold what they have")
	if r := condition(got, kubeflow.JobCreated).Reason; r != string(failure.GangIncomplete) || finished(got) {
		t.Errorf("reason %s:%s", r, conditions(got))
	}
	e.awaitEvents(job, string(failure.GangIncomplete))
	nowhere := e.submit(e.scientist, newJob(teamA, "e2e-no-node", func(j *kubeflow.MPIJob) {
		workerPod(j).NodeSelector = map[string]string{"e2e": "nowhere"}
	}))
	c := condition(e.awaitWait(nowhere, "a place for 2 of 2 Workers"), kubeflow.JobCreated)
	if strings.Contains(c.Message, "preemption") || !strings.Contains(c.Message, "node affinity/selector") {
		t.Errorf("it should say why no node fits, and no more: %s", c.Message)
	}
}
