package mpijob

import (
	"strconv"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// A job the MPI operator or the training operator has begun is never begun again. Its Launcher is a
// Kubernetes Job, its Workers are pods, all owned by the MPIJob itself: they are left to run, and what
// becomes of the Launcher is reported as the job's result.

// Inherited is what another controller left of a job it had taken up.
type Inherited struct {
	// Launcher is the Launcher's Kubernetes Job, nil where there is none.
	Launcher *batchv1.Job
}

// InheritedLauncher is the name other controllers give the Launcher's Kubernetes Job.
func InheritedLauncher(job *Job) string { return LauncherHost(job) }

const (
	waitingInherited = "Another controller began this job: it is left to run, and its result will be reported here"
	waitingGone      = "Waiting for what another controller made for this job to be deleted"
	// Job conditions come a moment after the pods'; nothing tells us of them.
	inheritedSoon, inheritedLater = 2 * time.Second, 30 * time.Second
)

// lostInherited says whether a Launcher that another controller had made is gone without a result.
// Other controllers write the Launcher's counts as soon as they have made it.
func lostInherited(job *Job, in *Inherited) bool {
	return in.Launcher == nil && job.Status.ReplicaStatuses[kubeflow.MPIReplicaTypeLauncher] != nil &&
		!Suspended(job) && !isTrue(&job.Status, kubeflow.JobSuspended)
}

// staysSuspended says whether a job that is resumed is told to be suspended still, since what another
// controller made for it is in the way: its Launcher is going, and would count as lost.
func staysSuspended(s *kubeflow.JobStatus, o *Observed, p Plan) bool {
	return o.Inherited != nil && (p.Blocked != "" || o.Conflict != nil) && isTrue(s, kubeflow.JobSuspended)
}

// dropped says whether an inherited Launcher runs nothing that must be kept: it is suspended, or is to be.
func dropped(job *Job, l *batchv1.Job) bool {
	return Suspended(job) || ptr.Deref(l.Spec.Suspend, false)
}

func judgeInherited(job *Job, o *Observed, now time.Time) Verdict {
	l := o.Inherited.Launcher
	switch {
	case lostInherited(job, o.Inherited):
		return Verdict{Outcome: Failed, At: now, Failure: inheritedLoss(job, now)}
	case l == nil:
		return Verdict{}
	}
	if c := jobCondition(l, batchv1.JobComplete); c != nil {
		return Verdict{Outcome: Succeeded, At: c.LastTransitionTime.Time}
	}
	if c := jobCondition(l, batchv1.JobFailed); c != nil {
		return Verdict{Outcome: Failed, At: c.LastTransitionTime.Time, Failure: inheritedFailure(o, l, c),
			Retries: c.Reason == batchv1.JobReasonBackoffLimitExceeded}
	}
	if !l.DeletionTimestamp.IsZero() {
		return Verdict{Recheck: now.Add(inheritedSoon)}
	}
	if dropped(job, l) {
		return Verdict{}
	}
	v := Verdict{Running: allRunning(job, o.cast(""), nil), Waiting: waitingInherited, Recheck: now.Add(inheritedLater)}
	if p := o.cast("").launcher(); p == nil || ended(p) {
		v.Recheck = now.Add(inheritedSoon)
	}
	return v
}

// inheritedLoss is a guess: the program may have succeeded, and its Kubernetes Job been removed, before
// anyone looked.
func inheritedLoss(job *Job, now time.Time) *failure.Failure {
	f := &failure.Failure{Reason: failure.LauncherLost, Where: LauncherName, At: now, Confidence: failure.Likely,
		Detail: "another controller began it, and its Job is gone: its result isn't known", Evidence: "no Job " + InheritedLauncher(job)}
	if job.Spec.RunPolicy.TTLSecondsAfterFinished != nil {
		f.Detail = "another controller began it, and its Job is gone, perhaps by its TTL: its result isn't known"
		f.Evidence += ", which spec.runPolicy.ttlSecondsAfterFinished may have removed after its end"
	}
	return f
}

// inheritedFailure is the Kubernetes Job's own reason, with how the Launcher's last pod ended.
func inheritedFailure(o *Observed, l *batchv1.Job, c *batchv1.JobCondition) *failure.Failure {
	f := &failure.Failure{Reason: failure.LauncherLost, Where: LauncherName, Detail: clip(c.Message, 300)}
	if c.Reason == batchv1.JobReasonDeadlineExceeded {
		f.Reason, f.Where = failure.DeadlineExceeded, ""
		f.Detail = strconv.FormatInt(ptr.Deref(l.Spec.ActiveDeadlineSeconds, 0), 10) + " s"
	} else if failed := failedPods(o.cast("").launchers); len(failed) > 0 {
		if end := endOf(RoleLauncher, LauncherName, failed[len(failed)-1]); end != nil {
			f = end
		}
	} else if c.Reason == batchv1.JobReasonBackoffLimitExceeded {
		// Of a Launcher that was restarted in place, the Job controller deletes the pod in the end.
		f.Reason = failure.LauncherExited
	}
	f.At, f.Evidence, f.Confidence = c.LastTransitionTime.Time, "condition of Job "+l.Name, failure.Certain
	return f
}

func jobCondition(l *batchv1.Job, kind batchv1.JobConditionType) *batchv1.JobCondition {
	for i := range l.Status.Conditions {
		if c := &l.Status.Conditions[i]; c.Type == kind && c.Status == corev1.ConditionTrue {
			return c
		}
	}
	return nil
}

// planInherited leaves what runs alone, and clears the way for an attempt of our own where nothing does.
func planInherited(job *Job, o *Observed, v Verdict) Plan {
	l := o.Inherited.Launcher
	switch {
	case v.Outcome == Succeeded || v.Outcome == Failed:
		return Plan{Clean: inheritedLeft(job, o)}
	case l != nil && !l.DeletionTimestamp.IsZero():
		return Plan{Blocked: waitingGone, Recheck: v.Recheck}
	case l != nil && !dropped(job, l):
		return Plan{Recheck: v.Recheck}
	case l != nil && Suspended(job):
		return Plan{Drop: l, Clean: inheritedWorkers(job, o)}
	case Suspended(job):
		return Plan{Clean: inheritedWorkers(job, o)}
	}
	// Workers were made, but no Launcher, or one that is suspended: nothing has begun.
	if ws := inheritedWorkers(job, o); len(ws) > 0 {
		return Plan{Clean: ws, Blocked: waitingGone}
	}
	p := planActive(job, o, v)
	if p.TakeOver = p.Start > 0; p.TakeOver {
		// In one go: a Launcher that is gone while the status says "not suspended" counts as lost.
		p.Drop = l
	}
	return p
}

// inheritedWorkers are the Workers that another controller made for this very job.
func inheritedWorkers(job *Job, o *Observed) []*corev1.Pod {
	var out []*corev1.Pod
	for _, p := range sortedPods(o.Pods) {
		if p.Labels[kubeflow.JobRoleLabel] == RoleWorker && metav1.IsControlledBy(p, job) {
			out = append(out, p)
		}
	}
	return out
}

// inheritedLeft are those of them that go at the end, by cleanPodPolicy.
func inheritedLeft(job *Job, o *Observed) []*corev1.Pod {
	var out []*corev1.Pod
	for _, p := range inheritedWorkers(job, o) {
		policy := cleanPolicy(job)
		if p.DeletionTimestamp.IsZero() && (policy == kubeflow.CleanPodPolicyAll || policy == kubeflow.CleanPodPolicyRunning && !ended(p)) {
			out = append(out, p)
		}
	}
	return out
}

// inheritedCast sorts out the pods of another controller: a Launcher of a Kubernetes Job, and Workers
// owned by the MPIJob.
func (o *Observed) inheritedCast() cast {
	c := cast{workers: map[int][]*corev1.Pod{}}
	for _, p := range sortedPods(o.Pods) {
		owner := metav1.GetControllerOfNoCopy(p)
		switch {
		case owner == nil:
		case owner.Kind == "Job" && o.Inherited.Launcher != nil && owner.UID == o.Inherited.Launcher.UID:
			c.launchers = append(c.launchers, p)
		case owner.Kind == kubeflow.Kind && p.Labels[kubeflow.JobRoleLabel] == RoleWorker:
			if i, err := strconv.Atoi(p.Name[strings.LastIndex(p.Name, "-")+1:]); err == nil {
				c.workers[i] = append(c.workers[i], p)
			}
		}
	}
	return c
}
