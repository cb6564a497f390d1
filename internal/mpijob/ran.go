package mpijob

import (
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
)

// neverSeen is how the message ends of the condition Running of a job that ended without.
const neverSeen = " is finished but Running condition was never set."

// Ran is how long all of a job ran, the last time it did, until now where it still does; ok is false where it never
// did, or when isn't known: of a job that starts anew, and of one that was resumed and hasn't run since.
//
// A condition that turns False forgets since when it was True. What remains is the condition Created, which says what
// is waited for: it was last written when that ended. A job that ended without ever having been seen to wait, or lost
// a part of its run, is counted from its start.
func Ran(s *kubeflow.JobStatus, now time.Time) (d time.Duration, ok bool) {
	running, created := condition(s, kubeflow.JobRunning), condition(s, kubeflow.JobCreated)
	if running == nil {
		return 0, false
	}
	from, until := running.LastTransitionTime.Time, now
	switch {
	case running.Status == corev1.ConditionTrue:
	case Finished(s) && s.CompletionTime != nil && running.Reason == ReasonRunning && !strings.HasSuffix(running.Message, neverSeen):
		until = s.CompletionTime.Time
		if from.Before(until) { // another controller's, which kept it
			break
		}
		if s.StartTime == nil {
			return 0, false
		}
		from = s.StartTime.Time
		if created != nil && created.LastUpdateTime.After(from) && created.LastUpdateTime.Time.Before(until) {
			from = created.LastUpdateTime.Time
		}
	case isTrue(s, kubeflow.JobSuspended) && created != nil && created.LastUpdateTime.After(created.LastTransitionTime.Time):
		from, until = created.LastUpdateTime.Time, running.LastTransitionTime.Time
		if !from.Before(until) {
			return 0, false
		}
	default:
		return 0, false
	}
	return max(0, until.Sub(from)), true
}
