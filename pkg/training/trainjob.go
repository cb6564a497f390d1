package training

import (
	"fmt"
	"slices"
	"strings"
	"time"

	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// trainerJob is the name of the child that trains, in every runtime of Trainer's own; others prepare
// data and models.
const trainerJob = "node"

// jobOfTrainJob is the Job of a Kubeflow Trainer v2 TrainJob. What its runtime decides is not in the
// object: number of Workers, resources and image are known where the TrainJob itself names them.
func jobOfTrainJob(t *trainer.TrainJob, now time.Time) *Job {
	j := &Job{
		Name: t.Name, Namespace: t.Namespace, UID: string(t.UID), ResourceVersion: t.ResourceVersion, Type: TypeTrainJob,
		SlotsPerWorker: 1,
		Creator:        t.Annotations[CreatorAnnotation],
		Labels:         t.Labels,
		Created:        t.CreationTimestamp.Time,
		Queue:          queueOf(t.Labels, nil),
	}
	if w := t.Spec.Trainer; w != nil {
		j.Workers.Total = ptr.Deref(w.NumNodes, 0)
		j.SlotsPerWorker = max(1, ptr.Deref(w.NumProcPerNode, 1))
		j.Image = ptr.Deref(w.Image, "")
		if r := w.ResourcesPerNode; r != nil {
			each, total := mpijob.Requests(r), corev1.ResourceList{}
			mpijob.AddTimes(total, each, int64(j.Workers.Total))
			j.ResourcesPerWorker, j.TotalResources = resourcesOf(each), resourcesOf(total)
		}
	}
	j.TimeLimitSeconds = float64(t.Spec.ActiveDeadlineSeconds)
	v := judgeTrainJob(t)
	j.Phase, j.Reason, j.Message = v.phase, v.reason, v.message
	started, finished := trainJobTimes(t)
	j.setTimes(started, finished, now)
	if j.Phase == Running || j.Phase == Succeeded {
		j.Workers.Ready = j.Workers.Total
	}
	if j.StopsAt == nil && j.Started != nil && j.Finished == nil && j.TimeLimitSeconds > 0 {
		j.StopsAt = ptr.To(j.Started.Add(time.Duration(j.TimeLimitSeconds) * time.Second))
	}
	j.Launcher = PodAbsent
	j.Progress = progressOf(trainerProgress(t.Status.TrainerStatus), j.Phase)
	j.Timeline = trainJobTimeline(t)
	return j
}

// setTimes sets start, end and duration.
func (j *Job) setTimes(started, finished *time.Time, now time.Time) {
	j.Started, j.Finished = started, finished
	if started == nil {
		return
	}
	end := now
	if finished != nil {
		end = *finished
	}
	j.DurationSeconds = max(0, end.Sub(*started).Seconds())
}

func judgeTrainJob(t *trainer.TrainJob) verdict {
	is := func(kind string, p Phase) (verdict, bool) {
		c := trainCondition(t, kind)
		if c == nil || c.Status != metav1.ConditionTrue {
			return verdict{}, false
		}
		return verdict{p, c.Reason, c.Message}, true
	}
	if t.DeletionTimestamp != nil {
		return verdict{Terminating, "Deleted", "Waiting for its Workers to stop"}
	}
	if v, ok := is(trainer.TrainJobFailed, Failed); ok {
		return v
	}
	if v, ok := is(trainer.TrainJobComplete, Succeeded); ok {
		return v
	}
	if v, ok := is(trainer.TrainJobSuspended, Suspended); ok || ptr.Deref(t.Spec.Suspend, false) {
		if queue := queueOf(t.Labels, nil); queue != "" {
			return verdict{Queued, orElse(v.reason, "Queued"), fmt.Sprintf("Waiting in queue %q for room", queue)}
		}
		return verdict{Suspended, orElse(v.reason, "Suspended"), "Suspended; resume it to let it run"}
	}
	return judgeChildren(t)
}

// judgeChildren tells from the counts of a TrainJob's children whether it trains, prepares or waits.
func judgeChildren(t *trainer.TrainJob) verdict {
	var active, ready []string
	for _, c := range t.Status.JobsStatus {
		if ptr.Deref(c.Active, 0) > 0 {
			active = append(active, c.Name)
		}
		if ptr.Deref(c.Ready, 0) > 0 && ptr.Deref(c.Active, 0) > 0 {
			ready = append(ready, c.Name)
		}
	}
	switch {
	case slices.Contains(ready, trainerJob) || len(ready) > 0 && len(t.Status.JobsStatus) == 1:
		return verdict{phase: Running, reason: "TrainJobRunning"}
	case len(ready) > 0:
		return verdict{Initializing, "Preparing", "Waiting for " + strings.Join(ready, ", ")}
	case len(active) > 0:
		return verdict{Pending, "WorkersStarting", "Waiting for its Workers to start"}
	}
	return verdict{Pending, "Accepted", "Waiting for Kubeflow Trainer to start it"}
}

func trainCondition(t *trainer.TrainJob, kind string) *metav1.Condition {
	for i := range t.Status.Conditions {
		if t.Status.Conditions[i].Type == kind {
			return &t.Status.Conditions[i]
		}
	}
	return nil
}

// trainJobTimes are when a TrainJob began and ended. Its status has no start time: it begins when it
// is created, or was last resumed.
func trainJobTimes(t *trainer.TrainJob) (started, finished *time.Time) {
	suspended := trainCondition(t, trainer.TrainJobSuspended)
	switch {
	case suspended != nil && suspended.Status == metav1.ConditionTrue || ptr.Deref(t.Spec.Suspend, false):
	case suspended != nil:
		started = &suspended.LastTransitionTime.Time
	default:
		started = &t.CreationTimestamp.Time
	}
	for _, kind := range []string{trainer.TrainJobFailed, trainer.TrainJobComplete} {
		if c := trainCondition(t, kind); c != nil && c.Status == metav1.ConditionTrue {
			finished = &c.LastTransitionTime.Time
		}
	}
	return started, finished
}

func trainJobTimeline(t *trainer.TrainJob) []Step {
	steps := []Step{{Name: stepCreated, At: t.CreationTimestamp.Time}}
	for _, c := range t.Status.Conditions {
		name, reason := "", ""
		switch on := c.Status == metav1.ConditionTrue; {
		case c.Type == trainer.TrainJobSuspended && on:
			name = string(Suspended)
		case c.Type == trainer.TrainJobSuspended:
			name = stepResumed
		case c.Type == trainer.TrainJobComplete && on:
			name = string(Succeeded)
		case c.Type == trainer.TrainJobFailed && on:
			name, reason = string(Failed), c.Reason
		}
		if name != "" {
			steps = append(steps, Step{Name: name, At: c.LastTransitionTime.Time, Reason: reason})
		}
	}
	return inOrder(steps)
}
