package mpijob

import (
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	jobset "sigs.k8s.io/jobset/api/jobset/v1alpha2"
)

// LabelKeep is on Workers that outlive their Kubernetes Job, which JobSet deletes when a run ends: an
// admission policy (config/admission/workers.yaml) makes the JobSet their owner too.
const LabelKeep = Prefix + "keep"

// keepsWorkers says whether any Workers may stay after the end: all under None, those that ended
// under Running. Under All, JobSet takes them away with their Job.
func keepsWorkers(job *Job) bool { return cleanPolicy(job) != kubeflow.CleanPodPolicyAll }

func cleanPolicy(job *Job) kubeflow.CleanPodPolicy {
	if p := job.Spec.RunPolicy.CleanPodPolicy; p != nil {
		return *p
	}
	return kubeflow.CleanPodPolicyNone
}

// keptFor is the JobSet a Worker outlives its Job for; empty where it doesn't.
func keptFor(p *corev1.Pod) string {
	for _, o := range p.OwnerReferences {
		if o.Kind == "JobSet" && o.Name == p.Labels[jobset.JobSetNameKey] {
			return o.Name
		}
	}
	return ""
}

// leftOver are the Workers of a finished run that must go by cleanPodPolicy: those that still run.
// While their Job exists it would only replace them; JobSet deletes it in a moment.
func leftOver(job *Job, o *Observed, attemptName string) []*corev1.Pod {
	if cleanPolicy(job) != kubeflow.CleanPodPolicyRunning {
		return nil
	}
	var out []*corev1.Pod
	for _, p := range sortedPods(o.Pods) {
		if keptFor(p) == attemptName && metav1.GetControllerOfNoCopy(p) == nil && !ended(p) && p.DeletionTimestamp.IsZero() {
			out = append(out, p)
		}
	}
	return out
}
