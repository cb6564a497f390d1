package mpijob

import (
	"fmt"
	"math"
	"slices"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// Plan is what to do about a job, besides reporting.
type Plan struct {
	// Start is the attempt to start; 0 for none.
	Start int
	// Bump is the attempt `<job>-config` must name before anything is deleted; 0 to leave it.
	Bump int
	// Retries is how many tries the attempt of Bump finds used up.
	Retries int
	// Delete are TrainJobs to delete, with their TrainingRuntimes.
	Delete []*trainer.TrainJob
	// Stop is what to tell the Launcher's agent to stop for.
	Stop *failure.Failure
	// End is the Launcher pod to end with its log kept.
	End *corev1.Pod
	// Clean are Workers to delete, as cleanPodPolicy says.
	Clean []*corev1.Pod
	// Drop is the Launcher's Kubernetes Job of another controller to delete; TakeOver says that Start
	// begins a job such a controller had taken up.
	Drop     *batchv1.Job
	TakeOver bool
	// Release is the attempt whose gang ends; empty for none.
	Release string
	// Regroup is the attempt whose PodGroup someone deleted under it; 0 for none.
	Regroup int
	// Blocked is why nothing can be started yet, in a sentence.
	Blocked string
	// Recheck is when to plan again though nothing changed; zero for never.
	Recheck time.Time
}

// MakePlan decides what to do next. It is deterministic, and planning again after the plan was
// carried out plans nothing more.
func MakePlan(job *Job, o *Observed, v Verdict, now time.Time) Plan {
	switch {
	case ManagedElsewhere(job):
		return Plan{}
	case !job.DeletionTimestamp.IsZero():
		return planDeleted(job, o)
	case o.Inherited != nil:
		return planInherited(job, o, v)
	case Finished(&job.Status) || v.Outcome == Failed || v.Outcome == Succeeded:
		return planFinished(job, o, v, now)
	case Suspended(job):
		return planSuspended(o)
	default:
		return planActive(job, o, v)
	}
}

// planActive starts an attempt once nothing of an earlier one is in its way.
func planActive(job *Job, o *Observed, v Verdict) Plan {
	if run := o.current(); run != nil && v.Renew > 0 {
		return Plan{Delete: olderRuns(o, runAttempt(run)+1), Bump: runAttempt(run) + 1, Retries: v.Renew}
	}
	if run := o.current(); run != nil {
		p := Plan{Delete: olderRuns(o, runAttempt(run)), Stop: v.Stop, Recheck: v.Recheck}
		if o.Gang != nil && o.Gang.Group == nil {
			p.Regroup = runAttempt(run)
		}
		return p
	}
	attempt := o.Attempt()
	name := AttemptName(job, attempt)
	for _, r := range o.Runs {
		if r.Name == name {
			return Plan{Blocked: fmt.Sprintf("Waiting for the TrainJob %s to be deleted", r.Name)}
		}
	}
	// Two pods of one hostname would answer to one DNS name.
	if s := o.strangers(name); len(s) > 0 {
		return Plan{Blocked: fmt.Sprintf("Waiting for %d pods of an earlier run of this name to end, such as %s", len(s), s[0].Name)}
	}
	return Plan{Start: attempt}
}

// planDeleted ends what runs. In a foreground deletion the garbage collector does, and has the job wait for it.
func planDeleted(job *Job, o *Observed) Plan {
	if slices.Contains(job.Finalizers, metav1.FinalizerDeleteDependents) {
		return Plan{}
	}
	return Plan{Delete: olderRuns(o, math.MaxInt)}
}

// planSuspended makes sure that nothing runs. The next attempt's number is written first, so that a
// crash in between can't make a resumed job meet what is being deleted.
func planSuspended(o *Observed) Plan {
	p := Plan{}
	highest := 0
	for _, r := range o.Runs {
		highest = max(highest, runAttempt(r))
		if r.DeletionTimestamp.IsZero() {
			p.Delete = append(p.Delete, r)
		}
	}
	if len(p.Delete) > 0 && o.ConfigAttempt <= highest {
		p.Bump = highest + 1
	}
	return p
}

// planFinished leaves the Launcher's pod, with its log, until the TTL; ends what still runs though
// the job has failed; and frees what never ran at all.
func planFinished(job *Job, o *Observed, v Verdict, now time.Time) Plan {
	run := o.current()
	if run == nil {
		return Plan{Clean: inheritedLeft(job, o)}
	}
	p := Plan{Delete: olderRuns(o, runAttempt(run)), Clean: leftOver(job, o, run.Name)}
	if IsGang(run) && !Finished(&job.Status) {
		p.Release = run.Name
	}
	completed := now
	if job.Status.CompletionTime != nil {
		completed = job.Status.CompletionTime.Time
	}
	if until := completed.Add(KeepFailed(job)); (failed(&job.Status) || v.Outcome == Failed) && now.Before(until) {
		// Its log stays at least as long; what no agent keeps ends as usual.
		p.Recheck = until
		if kept(job, o, completed) {
			p.Clean = nil
			return p
		}
	} else if ttl := job.Spec.RunPolicy.TTLSecondsAfterFinished; ttl != nil {
		at := completed.Add(time.Duration(*ttl) * time.Second)
		if job.Status.CompletionTime != nil && !now.Before(at) {
			p.Delete = append(p.Delete, run)
			return p
		}
		p.Recheck = at
	}
	if !failed(&job.Status) && v.Outcome != Failed || runCondition(run, trainer.TrainJobFailed) != nil || runCondition(run, trainer.TrainJobComplete) != nil {
		return p
	}
	l := o.cast(run.Name).launcher()
	switch {
	case l == nil || l.Status.StartTime == nil:
		// Nothing ran, so there is no log to keep.
		p.Delete = append(p.Delete, run)
	case !ended(l) && podCondition(l, ConditionStopped) == nil:
		p.End = l
	}
	return p
}

func olderRuns(o *Observed, than int) []*trainer.TrainJob {
	var out []*trainer.TrainJob
	for _, r := range o.Runs {
		if runAttempt(r) < than && r.DeletionTimestamp.IsZero() {
			out = append(out, r)
		}
	}
	return out
}

// Finished says whether the status is final.
func Finished(s *kubeflow.JobStatus) bool { return succeeded(s) || failed(s) }

func succeeded(s *kubeflow.JobStatus) bool { return isTrue(s, kubeflow.JobSucceeded) }
func failed(s *kubeflow.JobStatus) bool    { return isTrue(s, kubeflow.JobFailed) }
