package mpijob

import (
	"cmp"
	"slices"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"
)

// SchedulerVolcano is the gang scheduler we know, by the name pods ask for it.
const SchedulerVolcano = "volcano"

// WantsGang says whether the manifest asks for gang scheduling: by a schedulingPolicy, or by naming
// Volcano as the scheduler of its pods.
func WantsGang(job *Job) bool {
	return job.Spec.RunPolicy.SchedulingPolicy != nil || namesVolcano(job)
}

func namesVolcano(job *Job) bool {
	return slices.ContainsFunc(replicaSpecs(job), func(r replica) bool {
		return r.spec.Template.Spec.SchedulerName == SchedulerVolcano
	})
}

// gang says whether Volcano starts the job's pods: it is asked for and there.
func gang(job *Job, s Settings) bool { return s.Volcano && WantsGang(job) }

// joinGang makes a pod a member of the attempt's PodGroup, as upstream does: whatever scheduler the
// template names, a gang is one scheduler's.
func joinGang(job *Job, t *corev1.PodTemplateSpec, attempt int) {
	t.Spec.SchedulerName = SchedulerVolcano
	t.Annotations = merge(t.Annotations, map[string]string{volcano.KubeGroupNameAnnotationKey: AttemptName(job, attempt)})
}

// MarkGang notes on an attempt's TrainJob that its pods are a gang: Volcano may come and go later.
func MarkGang(run *trainer.TrainJob) { run.Annotations[AnnotationGang] = SchedulerVolcano }

// IsGang says whether the attempt's pods are Volcano's.
func IsGang(run *trainer.TrainJob) bool {
	return run != nil && run.Annotations[AnnotationGang] == SchedulerVolcano
}

// Members is how many pods the job has: its Workers and the Launcher.
func Members(job *Job) int32 { return int32(Workers(job)) + 1 }

// minMember is how many of them start only together: all, unless the manifest says fewer do.
func minMember(job *Job) int32 {
	if p := job.Spec.RunPolicy.SchedulingPolicy; p != nil && p.MinAvailable != nil {
		return *p.MinAvailable
	}
	return Members(job)
}

// PodGroup is the attempt's gang, as the MPI operator's of the same manifest; priorities are the
// values of the PriorityClasses its templates name. It is ours rather than Trainer's, which knows
// neither priority class nor minAvailable nor minResources.
func PodGroup(job *Job, attempt int, priorities map[string]int32) *volcano.PodGroup {
	g := &volcano.PodGroup{
		ObjectMeta: child(job, AttemptName(job, attempt), attempt),
		Spec: volcano.PodGroupSpec{
			MinMember:         minMember(job),
			Queue:             job.Annotations[volcano.QueueNameAnnotationKey],
			PriorityClassName: priorityClass(job),
		},
	}
	p := job.Spec.RunPolicy.SchedulingPolicy
	if p != nil && p.Queue != "" {
		g.Spec.Queue = p.Queue
	}
	switch {
	case p != nil && p.MinResources != nil:
		g.Spec.MinResources = p.MinResources
	case minMember(job) > 0:
		g.Spec.MinResources = ptr.To(minResources(job, priorities))
	}
	return g
}

// priorityClass is the gang's: the policy's, else the Launcher's, else the Workers'.
func priorityClass(job *Job) string {
	if p := job.Spec.RunPolicy.SchedulingPolicy; p != nil && p.PriorityClass != "" {
		return p.PriorityClass
	}
	for _, r := range replicaSpecs(job) {
		if c := r.spec.Template.Spec.PriorityClassName; c != "" {
			return c
		}
	}
	return ""
}

// minResources is what the first minMember pods ask for: those of higher priority first, of equal
// priority the Launcher before the Workers. (Upstream multiplies a Launcher that comes second, and leaves sidecars out.)
func minResources(job *Job, priorities map[string]int32) corev1.ResourceList {
	specs := replicaSpecs(job)
	slices.SortStableFunc(specs, func(a, b replica) int {
		return cmp.Compare(priorities[b.spec.Template.Spec.PriorityClassName], priorities[a.spec.Template.Spec.PriorityClassName])
	})
	sum := corev1.ResourceList{}
	left := minMember(job)
	for _, r := range specs {
		n := min(left, replicasOf(r))
		left -= n
		if n > 0 {
			AddTimes(sum, PodRequests(&r.spec.Template.Spec), int64(n))
		}
	}
	return sum
}

func replicasOf(r replica) int32 {
	if r.kind == kubeflow.MPIReplicaTypeLauncher {
		return 1
	}
	return ptr.Deref(r.spec.Replicas, 0)
}

// PriorityClasses are those whose values PodGroup needs: none unless fewer than all pods count.
func PriorityClasses(job *Job) []string {
	if minMember(job) >= Members(job) {
		return nil
	}
	classes := map[string]bool{}
	for _, r := range replicaSpecs(job) {
		if c := r.spec.Template.Spec.PriorityClassName; c != "" {
			classes[c] = true
		}
	}
	return sortedKeys(classes)
}
