package mpijob

import (
	"fmt"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
)

// maxKeep bounds AnnotationKeepFailed: what is kept holds its resources.
const maxKeep = 7 * 24 * time.Hour

// KeepFailed is how long pods and processes of the job stay after it has failed; 0 for not at all.
func KeepFailed(job *Job) time.Duration {
	d, err := time.ParseDuration(job.Annotations[AnnotationKeepFailed])
	if err != nil || d < 0 {
		return 0
	}
	return min(d, maxKeep)
}

// KeptUntil is when the pods of a failed job are cleaned up as usual; zero for at once.
func KeptUntil(job *Job) time.Time {
	if c := job.Status.CompletionTime; c != nil && failed(&job.Status) && KeepFailed(job) > 0 {
		return c.Add(KeepFailed(job))
	}
	return time.Time{}
}

// kept says whether the Launcher of a failed job stays. Once the job is failed its message tells: a
// last word is lost when the controller starts anew.
func kept(job *Job, o *Observed, completed time.Time) bool {
	if c := condition(&job.Status, kubeflow.JobFailed); c != nil && failed(&job.Status) {
		return strings.HasSuffix(c.Message, keptText(job, completed))
	}
	return keeps(job, o)
}

// keeps says whether there is anything left of a job that fails now. Only an agent keeps it, which has
// said its last word then; a Launcher that has ended takes the Workers with it, as JobSet has it.
func keeps(job *Job, o *Observed) bool {
	if KeepFailed(job) == 0 {
		return false
	}
	l := o.cast(AttemptName(job, o.Attempt())).launcher()
	if l == nil || !ended(l) {
		return false
	}
	for _, p := range o.Pods {
		if p.UID == l.UID && p.Name == l.Name {
			return !ended(p)
		}
	}
	return false
}

// keptText is the end of a failed job's message.
func keptText(job *Job, at time.Time) string {
	// The status keeps whole seconds.
	return fmt.Sprintf(" Its pods are kept for inspection until %s.", at.Truncate(time.Second).Add(KeepFailed(job)).UTC().Format("2006-01-02 15:04 MST"))
}

// keepSeconds is how long the Launcher's agent stays after a failure. It can where the feed tells the
// controller of the end before the container does, and no other container has a say in that.
func keepSeconds(job *Job, s Settings) int {
	l := job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher]
	if s.Feed == nil || l == nil || len(l.Template.Spec.Containers) != 1 {
		return 0
	}
	return int(KeepFailed(job).Seconds())
}

func checkKeep(v string) error {
	if d, err := time.ParseDuration(v); err != nil || d <= 0 || d > maxKeep {
		return fmt.Errorf("is not a duration up to %s: write it as 30m or 2h", "168h")
	}
	return nil
}

func checkSwitch(v string) error {
	if v != "true" && v != "false" {
		return fmt.Errorf(`must be "true" or "false"`)
	}
	return nil
}
