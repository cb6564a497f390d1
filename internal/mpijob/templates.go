package mpijob

import (
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
)

// PodTemplates are what the pods of a job with defaults are made from: one of the Launcher's, and
// Workers(job) of the Workers', which is nil where the manifest has no Worker part.
func PodTemplates(job *Job, s Settings) (launcher, worker *corev1.PodTemplateSpec) {
	l := launcherTemplate(job, s, 1)
	if job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker] == nil {
		return &l, nil
	}
	w := workerTemplate(job, s, 1)
	return &l, &w
}

// Objects counts what an attempt of the job is made of besides pods, by the names a ResourceQuota
// counts them by; the MPIJob itself among them.
func Objects(job *Job, s Settings) map[corev1.ResourceName]int64 {
	out := map[corev1.ResourceName]int64{
		"count/mpijobs.kubeflow.org":                  1,
		"count/trainjobs.trainer.kubeflow.org":        1,
		"count/trainingruntimes.trainer.kubeflow.org": 1,
		"count/jobsets.jobset.x-k8s.io":               1,
		"count/jobs.batch":                            1,
		"count/services":                              1,
		corev1.ResourceServices:                       1,
		"count/secrets":                               1,
		corev1.ResourceSecrets:                        1,
		"count/configmaps":                            1,
		corev1.ResourceConfigMaps:                     1,
	}
	if Workers(job) > 0 {
		out["count/jobs.batch"]++
	}
	if NetworkOf(job) != NetworkNone {
		out["count/networkpolicies.networking.k8s.io"] = 1
	}
	if gang(job, s) {
		out["count/podgroups.scheduling.volcano.sh"] = 1
	}
	return out
}

// AddedContainer says whether a container is the product's, beside those of the manifest.
func AddedContainer(name string) bool { return name == containerInstall || name == containerWait }
