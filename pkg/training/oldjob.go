package training

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// oldVersion is the API of the training operator v1, the predecessor of Kubeflow Trainer.
var oldVersion = schema.GroupVersion{Group: "kubeflow.org", Version: "v1"}

// oldJob is what we read of a PyTorchJob or TFJob. Their status and run policy are those that MPIJobs
// have too; what each calls its parts differs.
type oldJob struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              oldSpec            `json:"spec"`
	Status            kubeflow.JobStatus `json:"status"`
}

type oldSpec struct {
	RunPolicy kubeflow.RunPolicy               `json:"runPolicy"`
	PyTorch   map[string]*kubeflow.ReplicaSpec `json:"pytorchReplicaSpecs,omitempty"`
	TF        map[string]*kubeflow.ReplicaSpec `json:"tfReplicaSpecs,omitempty"`
}

type oldJobList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata"`
	Items           []oldJob `json:"items"`
}

// DeepCopyObject makes an oldJob a runtime.Object. Client-go copies none that it has just read, so
// that the way over JSON is slow in theory only.
func (o *oldJob) DeepCopyObject() runtime.Object { return copied(o, &oldJob{}) }

// DeepCopyObject makes an oldJobList a runtime.Object.
func (l *oldJobList) DeepCopyObject() runtime.Object { return copied(l, &oldJobList{}) }

func copied[T any](from, to *T) *T {
	text, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil { // of a value that was read from JSON
		panic(fmt.Sprintf("copying a job: %v", err))
	}
	return to
}

// addOldJobs lets a client read PyTorchJobs and TFJobs.
func addOldJobs(s *runtime.Scheme) {
	for _, k := range []Type{TypePyTorchJob, TypeTFJob} {
		s.AddKnownTypeWithName(oldVersion.WithKind(string(k)), &oldJob{})
		s.AddKnownTypeWithName(oldVersion.WithKind(string(k)+"List"), &oldJobList{})
	}
	metav1.AddToGroupVersion(s, oldVersion)
}

// jobOfOld is the Job of a PyTorchJob or TFJob. All their pods are Workers: the one they call Master,
// Chief or PS takes part in the training too.
func jobOfOld(o *oldJob, t Type, now time.Time) *Job {
	j := &Job{
		Name: o.Name, Namespace: o.Namespace, UID: string(o.UID), ResourceVersion: o.ResourceVersion, Type: t,
		SlotsPerWorker: 1,
		Creator:        o.Annotations[CreatorAnnotation],
		Labels:         o.Labels,
		Created:        o.CreationTimestamp.Time,
		Queue:          queueOf(o.Labels, o.Spec.RunPolicy.SchedulingPolicy),
		Launcher:       PodAbsent,
		Timeline:       timeline(o.CreationTimestamp, &o.Status),
	}
	parts := o.Spec.PyTorch
	if t == TypeTFJob {
		parts = o.Spec.TF
	}
	worker := parts["Worker"]
	for _, name := range []string{"Master", "Chief", "PS", "Evaluator"} {
		if worker == nil {
			worker = parts[name]
		}
	}
	total := corev1.ResourceList{}
	for _, p := range parts {
		if p == nil {
			continue
		}
		n := ptr.Deref(p.Replicas, 1)
		j.Workers.Total = int32(min(int64(j.Workers.Total)+int64(max(0, n)), math.MaxInt32)) //nolint:gosec // no more than that
		mpijob.AddTimes(total, mpijob.PodRequests(&p.Template.Spec), int64(n))
	}
	j.TotalResources = resourcesOf(total)
	if worker != nil {
		j.ResourcesPerWorker = resourcesOf(mpijob.PodRequests(&worker.Template.Spec))
		if c := worker.Template.Spec.Containers; len(c) > 0 {
			j.Image = c[0].Image
		}
	}
	running, broken := int32(0), int32(0)
	for _, s := range o.Status.ReplicaStatuses {
		if s != nil {
			running += s.Active
			broken += s.Failed
		}
	}
	v := judgeOld(o, running, j.Workers.Total)
	j.Phase, j.Reason, j.Message = v.phase, v.reason, v.message
	switch j.Phase {
	case Succeeded:
		j.Workers.Ready = j.Workers.Total
	case Failed:
		j.Workers.Failed = min(broken, j.Workers.Total)
	default:
		j.Workers.Ready = min(running, j.Workers.Total)
	}
	started, finished := (*time.Time)(nil), (*time.Time)(nil)
	if o.Status.StartTime != nil {
		started = &o.Status.StartTime.Time
	}
	if o.Status.CompletionTime != nil {
		finished = &o.Status.CompletionTime.Time
	}
	j.setTimes(started, finished, now)
	if s := o.Spec.RunPolicy.ActiveDeadlineSeconds; s != nil {
		j.TimeLimitSeconds = float64(*s)
		if started != nil && finished == nil {
			j.StopsAt = ptr.To(started.Add(time.Duration(*s) * time.Second))
		}
	}
	return j
}

// oldJobParts are the pods of a PyTorchJob or TFJob, which the training operator labels with what they are: "worker" and
// "master", each with its number.
func oldJobParts(o *oldJob, t Type) parts {
	g := groups{
		kind: t, job: o,
		selected: labels.Set{kubeflow.OperatorNameLabel: strings.ToLower(string(t)) + "-controller", kubeflow.JobNameLabel: o.Name}.String(),
		name:     kubeflow.ReplicaTypeLabel, number: kubeflow.ReplicaIndexLabel,
		eventOf: oldJobEvent,
	}
	specs := o.Spec.PyTorch
	if t == TypeTFJob {
		specs = o.Spec.TF
	}
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		if !groupName(name) {
			continue
		}
		size := 1
		if s := specs[name]; s != nil {
			size = int(ptr.Deref(s.Replicas, 1))
		}
		g.is = append(g.is, group{name, size})
	}
	// Workers first, as those of other types.
	slices.SortStableFunc(g.is, func(a, b group) int {
		return cmp.Compare(slices.Index(oldGroups, a.name), slices.Index(oldGroups, b.name))
	})
	if len(g.is) == 0 {
		g.is = []group{{name: "Worker"}}
	}
	return g
}

// oldGroups are what the training operator calls a job's parts, but for Workers, which come first.
var oldGroups = []string{"Master", "Chief", "PS", "Evaluator"}

func oldJobEvent(g groups, e *corev1.Event) (string, bool) {
	for _, group := range g.is {
		rest, ok := strings.CutPrefix(e.InvolvedObject.Name, g.job.GetName()+"-"+strings.ToLower(group.name)+"-")
		if !ok || e.InvolvedObject.Kind != "Pod" {
			continue
		}
		if index, ok := g.indexOf(group.name, rest); ok {
			return g.where(index), true
		}
	}
	return "", false
}

func judgeOld(o *oldJob, running, total int32) verdict {
	conditions := map[kubeflow.JobConditionType]kubeflow.JobCondition{}
	for _, c := range o.Status.Conditions {
		if c.Status == corev1.ConditionTrue {
			conditions[c.Type] = c
		}
	}
	in := func(t kubeflow.JobConditionType, p Phase) verdict {
		return verdict{p, conditions[t].Reason, conditions[t].Message}
	}
	has := func(t kubeflow.JobConditionType) bool { _, ok := conditions[t]; return ok }
	switch {
	case o.DeletionTimestamp != nil:
		return verdict{Terminating, "Deleted", "Waiting for its Workers to stop"}
	case has(kubeflow.JobFailed):
		return in(kubeflow.JobFailed, Failed)
	case has(kubeflow.JobSucceeded):
		return in(kubeflow.JobSucceeded, Succeeded)
	case has(kubeflow.JobSuspended) || ptr.Deref(o.Spec.RunPolicy.Suspend, false):
		if queue := queueOf(o.Labels, nil); queue != "" {
			return verdict{Queued, "Queued", fmt.Sprintf("Waiting in queue %q for room", queue)}
		}
		return verdict{Suspended, orElse(conditions[kubeflow.JobSuspended].Reason, "Suspended"), "Suspended"}
	case has(kubeflow.JobRestarting):
		return in(kubeflow.JobRestarting, Pending)
	case has(kubeflow.JobRunning):
		return in(kubeflow.JobRunning, Running)
	case running > 0:
		return verdict{Initializing, "WorkersStarting", fmt.Sprintf("Waiting for %d of %d Workers to start", total-min(running, total), total)}
	case has(kubeflow.JobCreated):
		return verdict{Pending, "WorkersStarting", fmt.Sprintf("Waiting for %d of %d Workers to start", total, total)}
	}
	return verdict{Pending, "Accepted", "Waiting for the training operator to start it"}
}
