package training

import (
	"sort"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Step is something that happened to a job.
type Step struct {
	// Name is a phase, or "Created", "Started", "Resumed", "Restarting"; in Describe also "Launcher
	// started" and "Workers started", when the last of them did.
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	// Reason is the one of the status at that moment, where it says more than the name.
	Reason string `json:"reason,omitempty"`
}

// The steps that aren't phases.
const (
	stepCreated         = "Created"
	stepStarted         = "Started"
	stepResumed         = "Resumed"
	stepRestarting      = "Restarting"
	stepLauncherStarted = "Launcher started"
	stepWorkersStarted  = "Workers started"
)

// timeline is what an MPIJob's status, or an old job's, tells of its past. A status keeps the newest
// time of each kind only: of a job suspended twice, the second is there.
func timeline(created metav1.Time, s *kubeflow.JobStatus) []Step {
	steps := []Step{{Name: stepCreated, At: created.Time}}
	add := func(name, reason string, at metav1.Time) {
		if !at.IsZero() {
			steps = append(steps, Step{Name: name, At: at.Time, Reason: reason})
		}
	}
	if s.StartTime != nil {
		add(stepStarted, "", *s.StartTime)
	}
	for _, c := range s.Conditions {
		on := c.Status == corev1.ConditionTrue
		switch {
		case c.Type == kubeflow.JobRunning && on:
			add(string(Running), "", c.LastTransitionTime)
		case c.Type == kubeflow.JobRestarting && on:
			add(stepRestarting, "", c.LastTransitionTime)
		case c.Type == kubeflow.JobSuspended && on:
			add(string(Suspended), "", c.LastTransitionTime)
		case c.Type == kubeflow.JobSuspended:
			add(stepResumed, "", c.LastTransitionTime)
		case (c.Type == kubeflow.JobSucceeded || c.Type == kubeflow.JobFailed) && on:
			at := c.LastTransitionTime
			if s.CompletionTime != nil {
				at = *s.CompletionTime
			}
			reason := ""
			if c.Type == kubeflow.JobFailed {
				reason = c.Reason
			}
			add(string(c.Type), reason, at)
		}
	}
	return inOrder(steps)
}

// startSteps are when the Launcher and the last of the Workers started, where each of them has.
func startSteps(d *Detail) []Step {
	var out []Step
	var last time.Time
	all := len(d.WorkerPods) > 0
	for _, w := range d.WorkerPods {
		if all = all && w.Started != nil; all && w.Started.After(last) {
			last = *w.Started
		}
	}
	if all {
		out = append(out, Step{Name: stepWorkersStarted, At: last})
	}
	if at := d.LauncherPod.Started; at != nil {
		out = append(out, Step{Name: stepLauncherStarted, At: *at})
	}
	return out
}

// inOrder sorts steps by time; of the same second, as they were given.
func inOrder(steps []Step) []Step {
	sort.SliceStable(steps, func(a, b int) bool { return steps[a].At.Before(steps[b].At) })
	return steps
}
