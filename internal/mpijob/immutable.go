package mpijob

import (
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// ValidateUpdate finds what may not change once a job is created. Suspending and resuming may; and
// while the job is suspended, where its pods may go, which is what queue managers set at admission.
func ValidateUpdate(old, updated *Job) field.ErrorList {
	a, b := WithDefaults(old), WithDefaults(updated)
	// A queue manager sets them as it resumes a job, and takes them back as it suspends it.
	if Suspended(a) || Suspended(b) {
		levelScheduling(a)
		levelScheduling(b)
	}
	errs := keepFixed(old, updated)
	a.Spec.RunPolicy.Suspend = b.Spec.RunPolicy.Suspend
	mend := "can't change once the job is created: make a copy with the change (`odh training clone " + updated.Name + "`), or delete the job and create it again"
	spec := field.NewPath("spec")
	check := func(path *field.Path, a, b any) {
		if !equality.Semantic.DeepEqual(a, b) {
			errs = append(errs, field.Forbidden(path, mend))
		}
	}
	check(spec.Child("slotsPerWorker"), a.Spec.SlotsPerWorker, b.Spec.SlotsPerWorker)
	check(spec.Child("runLauncherAsWorker"), a.Spec.RunLauncherAsWorker, b.Spec.RunLauncherAsWorker)
	check(spec.Child("runPolicy"), a.Spec.RunPolicy, b.Spec.RunPolicy)
	check(spec.Child("sshAuthMountPath"), a.Spec.SSHAuthMountPath, b.Spec.SSHAuthMountPath)
	check(spec.Child("launcherCreationPolicy"), a.Spec.LauncherCreationPolicy, b.Spec.LauncherCreationPolicy)
	check(spec.Child("mpiImplementation"), a.Spec.MPIImplementation, b.Spec.MPIImplementation)
	for _, kind := range []kubeflow.MPIReplicaType{kubeflow.MPIReplicaTypeLauncher, kubeflow.MPIReplicaTypeWorker} {
		check(spec.Child("mpiReplicaSpecs").Key(string(kind)), a.Spec.MPIReplicaSpecs[kind], b.Spec.MPIReplicaSpecs[kind])
	}
	return errs
}

// keepFixed refuses to change AnnotationKeepFailed under an attempt: its Launcher's tries and agent are
// set up by it at the start. AnnotationRetryLost may change, it is looked at only after a loss.
func keepFixed(old, updated *Job) field.ErrorList {
	// The start time goes once the attempt does.
	if KeepFailed(old) == KeepFailed(updated) || Suspended(old) && old.Status.StartTime == nil {
		return nil
	}
	return field.ErrorList{field.Forbidden(field.NewPath("metadata", "annotations").Key(AnnotationKeepFailed),
		"takes effect when an attempt starts, so it can't change under one: suspend the job (`odh training suspend "+updated.Name+
			"`), change it once condition Suspended is there, and resume it")}
}

// levelScheduling clears what may change while a job is suspended (KEP-2926's scheduling directives).
func levelScheduling(job *Job) {
	for _, r := range job.Spec.MPIReplicaSpecs {
		if r == nil {
			continue
		}
		t := &r.Template
		t.Labels, t.Annotations = nil, nil
		t.Spec.NodeSelector, t.Spec.Tolerations, t.Spec.SchedulingGates = nil, nil, nil
		t.Spec.Affinity, t.Spec.PriorityClassName, t.Spec.Priority = nil, "", nil
	}
}
