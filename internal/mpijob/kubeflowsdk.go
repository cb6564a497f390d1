package mpijob

import (
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	jobset "sigs.k8s.io/jobset/api/jobset/v1alpha2"
)

// Kubeflow's Python SDK (0.5) resolves the runtime of every TrainJob it lists, and gives up on the
// whole namespace where one isn't as it expects: with an mlPolicy, the framework label, and a container
// "node" in a replicated job that carries the ancestor label. Ours are given these in a form Trainer
// and JobSet make nothing of, so that people who use that SDK beside MPIJobs can.

const (
	// jobSDK never becomes a Job: it depends on the Launcher's completion, which ends the JobSet.
	jobSDK        = "kubeflow-sdk"
	containerNode = "node"
	labelAncestor = "trainer.kubeflow.org/trainjob-ancestor-step"
)

// mlPolicy tells the SDK how many Workers there are. Trainer applies numNodes to the ancestor
// "trainer" only, which none of ours is.
func mlPolicy(job *Job) *trainer.MLPolicy {
	return &trainer.MLPolicy{NumNodes: ptr.To(int32(max(1, Workers(job))))}
}

// sdkJob shows the SDK the image of the ranks. It has no pods, also for those who count them.
func sdkJob(job *Job, attempt int) jobset.ReplicatedJob {
	image := job.Spec.MPIReplicaSpecs["Launcher"].Template.Spec.Containers[0].Image
	if w := job.Spec.MPIReplicaSpecs["Worker"]; w != nil && len(w.Template.Spec.Containers) > 0 {
		image = w.Template.Spec.Containers[0].Image
	}
	r := replicatedJob(RoleLauncher, job, attempt, batchv1.JobSpec{
		Parallelism:    ptr.To[int32](0),
		Completions:    ptr.To[int32](0),
		CompletionMode: ptr.To(batchv1.NonIndexedCompletion),
		Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever,
			Containers:    []corev1.Container{{Name: containerNode, Image: image}},
		}},
	})
	r.DependsOn = []jobset.DependsOn{{Name: r.Name, Status: jobset.DependencyComplete}}
	r.Name = jobSDK
	r.Template.Labels = merge(ownLabels(job, attempt), map[string]string{labelAncestor: Framework})
	return r
}
