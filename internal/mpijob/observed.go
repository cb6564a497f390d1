package mpijob

import (
	"cmp"
	"slices"
	"strconv"

	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	jobset "sigs.k8s.io/jobset/api/jobset/v1alpha2"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Observed is what the cluster says about a job. Values in it are never changed.
type Observed struct {
	// Runs are the TrainJobs made for this very MPIJob, of all attempts.
	Runs []*trainer.TrainJob
	// ConfigAttempt is the attempt named by ConfigMap `<job>-config`; 0 where it doesn't exist or
	// wasn't needed.
	ConfigAttempt int
	// ConfigRetries is how many tries are used up by that ConfigMap.
	ConfigRetries int
	// Pods are all pods that carry the job's name and upstream's operator label, of all attempts and
	// of former MPIJobs of that name.
	Pods []*corev1.Pod
	// Refused are the API server's words on pods it didn't admit, by Kubernetes Job.
	Refused map[string]string
	// Mount is what the kubelet can't mount for the pod that is Stuck.
	Mount Mount
	// Report is what the Launcher of the current attempt last said, nil where it said nothing.
	Report *wire.Report
	// Reporter is the pod Report came from.
	Reporter types.UID
	// Connected says that the Launcher can be told to stop.
	Connected bool
	// Gang is what Volcano says about the attempt, nil where it has no say or the job runs.
	Gang *Gang
	// Conflict is the object of someone else that keeps the job from starting.
	Conflict *Conflict
	// Inherited is what another controller left of the job; nil where none had taken it up.
	Inherited *Inherited
	// Invalid is what Validate found in a job that was stored without being checked.
	Invalid string
}

// Conflict is an object of a name the job needs that belongs to someone else.
type Conflict struct {
	Kind, Name string
	// Owner is whose it is, as far as the object says.
	Owner string
}

// Attempt is the current attempt's number: the one that runs, else the one that would start.
func (o *Observed) Attempt() int {
	if run := o.current(); run != nil {
		return runAttempt(run)
	}
	return max(1, o.ConfigAttempt)
}

// Run is the TrainJob of the current attempt, nil where none runs.
func (o *Observed) Run() *trainer.TrainJob { return o.current() }

// current is the TrainJob that runs the job, nil where none does.
func (o *Observed) current() *trainer.TrainJob {
	var newest *trainer.TrainJob
	for _, r := range o.Runs {
		if r.DeletionTimestamp.IsZero() && (newest == nil || runAttempt(r) > runAttempt(newest)) {
			newest = r
		}
	}
	return newest
}

// Settled says whether one attempt runs and no other does, so that ConfigAttempt isn't needed.
func (o *Observed) Settled() bool { return len(o.Runs) == 1 && o.current() != nil }

func runAttempt(r *trainer.TrainJob) int {
	n, err := strconv.Atoi(r.Labels[LabelAttempt])
	if err != nil {
		return 0
	}
	return n
}

func runCondition(r *trainer.TrainJob, kind string) *metav1.Condition {
	if r == nil {
		return nil
	}
	if c := meta.FindStatusCondition(r.Status.Conditions, kind); c != nil && c.Status == metav1.ConditionTrue {
		return c
	}
	return nil
}

// cast is an attempt's pods by part.
type cast struct {
	name      string
	launchers []*corev1.Pod         // in order of creation
	workers   map[int][]*corev1.Pod // by index, in order of creation
}

// cast sorts out the pods of an attempt. A pod counts if the Kubernetes Job of that attempt controls
// it: labels alone anyone can set.
func (o *Observed) cast(attemptName string) cast {
	if o.Inherited != nil {
		return o.inheritedCast()
	}
	c := cast{name: attemptName, workers: map[int][]*corev1.Pod{}}
	for _, p := range sortedPods(o.Pods) {
		job := jobName(p)
		switch job {
		case "":
		case JobName(attemptName, RoleLauncher):
			c.launchers = append(c.launchers, o.heard(p))
		case JobName(attemptName, RoleWorker):
			if i, err := strconv.Atoi(p.Labels[labelCompletionIndex]); err == nil {
				c.workers[i] = append(c.workers[i], p)
			}
		}
	}
	return c
}

// jobName is the Kubernetes Job that controls a pod, or did until JobSet deleted it.
func jobName(p *corev1.Pod) string {
	owner := metav1.GetControllerOfNoCopy(p)
	switch {
	case owner != nil && owner.Kind == "Job":
		return owner.Name
	case owner == nil && keptFor(p) != "":
		return JobName(keptFor(p), RoleWorker)
	default:
		return ""
	}
}

// strangers are pods that still hold hostnames of the job though they are of no current attempt.
func (o *Observed) strangers(attemptName string) []*corev1.Pod {
	var out []*corev1.Pod
	for _, p := range sortedPods(o.Pods) {
		if p.Labels[jobset.JobSetNameKey] != attemptName && (metav1.GetControllerOfNoCopy(p) != nil || keptFor(p) != "") && !ended(p) {
			out = append(out, p)
		}
	}
	return out
}

// labelCompletionIndex is the Job controller's, on pods of Indexed Jobs.
const labelCompletionIndex = "batch.kubernetes.io/job-completion-index"

func sortedPods(pods []*corev1.Pod) []*corev1.Pod {
	return slices.SortedFunc(slices.Values(pods), func(a, b *corev1.Pod) int {
		if c := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); c != 0 {
			return c
		}
		return cmp.Compare(a.Name, b.Name)
	})
}

func (c cast) launcher() *corev1.Pod {
	if len(c.launchers) == 0 {
		return nil
	}
	return c.launchers[len(c.launchers)-1]
}

// worker is the newest pod of that Worker, nil where there is none.
func (c cast) worker(i int) *corev1.Pod {
	if ps := c.workers[i]; len(ps) > 0 {
		return ps[len(ps)-1]
	}
	return nil
}

func ended(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
}

func running(p *corev1.Pod) bool {
	return p != nil && p.Status.Phase == corev1.PodRunning && p.DeletionTimestamp.IsZero()
}

// mainStatus is the status of the container the manifest lists first, nil before the kubelet has any.
func mainStatus(p *corev1.Pod) *corev1.ContainerStatus {
	if p == nil || len(p.Spec.Containers) == 0 {
		return nil
	}
	for i := range p.Status.ContainerStatuses {
		if s := &p.Status.ContainerStatuses[i]; s.Name == p.Spec.Containers[0].Name {
			return s
		}
	}
	return nil
}
