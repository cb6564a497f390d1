package mpijob

import (
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// lostUnderneath are the reasons that are no fault of the program or its manifest: a part of the job
// was taken from under it, and elsewhere the same may succeed.
var lostUnderneath = map[failure.Reason]bool{
	failure.NodeLost: true, failure.WorkerEvicted: true, failure.WorkerLost: true, failure.LauncherLost: true,
	failure.PreemptedByHigherPriority: true,
}

// RetryLost says whether losses underneath the job start a new attempt.
func RetryLost(job *Job) bool { return job.Annotations[AnnotationRetryLost] == "true" }

// renew turns the failure of an attempt that lost a part into a new attempt, where the job asks for
// that and backoffLimit has a try left. Attempts and the Launcher's own tries count alike.
func renew(job *Job, o *Observed, v Verdict) Verdict {
	if v.Outcome != Failed || v.Failure == nil || !RetryLost(job) || !lostUnderneath[v.Failure.Reason] || o.current() == nil {
		return v
	}
	tries := len(o.cast(AttemptName(job, o.Attempt())).launchers)
	used := o.Retries() + max(tries, 1)
	if used > int(BackoffLimit(job)) {
		v.Retries = true
		return v
	}
	return Verdict{Outcome: Restarting, Failure: v.Failure, At: v.At, Renew: used}
}

// Spend is the job with so many tries of its backoffLimit used up by earlier attempts.
func Spend(job *Job, used int) *Job {
	if used == 0 {
		return job
	}
	out := job.DeepCopy()
	out.Spec.RunPolicy.BackoffLimit = ptr.To(max(0, BackoffLimit(job)-int32(used)))
	return out
}

// Retries is how many tries earlier attempts have used up.
func (o *Observed) Retries() int {
	if run := o.current(); run != nil {
		return RetriesOf(run)
	}
	return o.ConfigRetries
}

// RetriesOf reads the number from a TrainJob or ConfigMap.
func RetriesOf(obj metav1.Object) int {
	n, err := strconv.Atoi(obj.GetAnnotations()[AnnotationRetries])
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// SetRetries writes the number on an object of a new attempt.
func SetRetries(obj metav1.Object, n int) {
	if n > 0 {
		obj.SetAnnotations(merge(obj.GetAnnotations(), map[string]string{AnnotationRetries: strconv.Itoa(n)}))
	}
}
