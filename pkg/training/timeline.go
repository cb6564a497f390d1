package training

import (
	"cmp"
	"slices"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
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

// startSteps are when the Launcher and the last of the Workers started, where each of them has; of a job whose pods
// are gone, and whose status only says that it runs no more, what was kept of that.
func startSteps(d *Detail, kept *failure.Report) []Step {
	var out []Step
	add := func(name string, at time.Time) {
		if !at.IsZero() && !slices.ContainsFunc(append(d.Timeline, out...), func(s Step) bool { return s.Name == name }) {
			out = append(out, Step{Name: name, At: at})
		}
	}
	var last time.Time
	all := len(d.WorkerPods) > 0
	for _, w := range d.WorkerPods {
		if all = all && w.Started != nil; all && w.Started.After(last) {
			last = *w.Started
		}
	}
	if all {
		add(stepWorkersStarted, last)
	}
	if at := d.LauncherPod.Started; at != nil {
		add(stepLauncherStarted, *at)
	}
	if kept != nil && d.Phase.Finished() {
		add(stepWorkersStarted, kept.WorkersStartedAt)
		add(stepLauncherStarted, kept.LauncherStartedAt)
		add(string(Running), kept.RunningAt)
	}
	return out
}

// causes are the steps in the order in which one leads to the other.
var causes = []string{
	stepCreated, string(Suspended), stepResumed, stepStarted, stepRestarting, stepWorkersStarted, stepLauncherStarted, string(Running),
	string(Succeeded), string(Failed),
}

// inOrder sorts steps by time, which is in whole seconds; of the same one, causes come first. A job's creation is
// always its first step and its end the last, whatever the clocks of several machines say.
func inOrder(steps []Step) []Step {
	side := func(s Step) int {
		switch s.Name {
		case stepCreated:
			return -1
		case string(Succeeded), string(Failed):
			return 1
		}
		return 0
	}
	slices.SortStableFunc(steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(side(a), side(b)), cmp.Compare(a.At.Unix(), b.At.Unix()), cmp.Compare(slices.Index(causes, a.Name), slices.Index(causes, b.Name)))
	})
	return steps
}
