package mpijob

import (
	"fmt"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// Event is a Kubernetes Event to record once the status it belongs to is written.
type Event struct {
	Warning bool
	Reason  string
	Message string
}

// NextStatus is the job's status after what was observed, planned and decided, and the events of the
// transitions in it. Changes that are no transition (counts, what is waited for) are held back for
// two seconds after the last write; the time to come back for them is returned, zero for never.
func NextStatus(job *Job, o *Observed, v Verdict, p Plan, now time.Time) (kubeflow.JobStatus, []Event, time.Time) {
	old := job.Status
	s := *old.DeepCopy()
	if Finished(&old) || !job.DeletionTimestamp.IsZero() || ManagedElsewhere(job) {
		return s, nil, time.Time{}
	}
	w := writer{job: job, status: &s, now: now, conflict: o.Conflict}
	w.created()
	counts(job, o, &s)
	switch {
	case o.Invalid != "":
		w.finish(kubeflow.JobFailed, ReasonValidation, o.Invalid, now, true)
	case v.Outcome == Succeeded:
		w.succeeded(v)
	case v.Outcome == Failed:
		w.failed(v, o)
	case Suspended(job):
		w.suspended()
	default:
		w.active(v, waitingText(v, p, o), staysSuspended(&s, o, p))
		w.notice()
	}
	later := time.Time{}
	if !Suspended(job) && (v.Outcome != Restarting || v.Running) {
		later = w.progress(o)
	}
	if !w.transition && equality.Semantic.DeepEqual(old, s) {
		return old, nil, later
	}
	if !w.transition && old.LastReconcileTime != nil {
		if due := old.LastReconcileTime.Add(minorInterval); now.Before(due) {
			return old, nil, due
		}
	}
	at := metav1.NewTime(now)
	s.LastReconcileTime = &at
	return s, w.events, later
}

// writer builds one status.
type writer struct {
	job        *Job
	status     *kubeflow.JobStatus
	now        time.Time
	events     []Event
	transition bool
	conflict   *Conflict
}

func (w *writer) set(kind kubeflow.JobConditionType, on bool, reason, message string) bool {
	changed := setCondition(w.status, kind, on, reason, message, w.now)
	w.transition = w.transition || changed
	return changed
}

func (w *writer) event(warning bool, reason, message string) {
	w.events = append(w.events, Event{Warning: warning, Reason: reason, Message: clip(message, maxMessage)})
}

func (w *writer) name() string { return "MPIJob " + w.job.Namespace + "/" + w.job.Name }

func (w *writer) created() {
	if condition(w.status, kubeflow.JobCreated) == nil {
		message := w.name() + " is created."
		w.set(kubeflow.JobCreated, true, ReasonCreated, message)
		w.event(false, ReasonCreated, message)
	}
}

func (w *writer) suspended() {
	if w.set(kubeflow.JobSuspended, true, ReasonSuspended, "MPIJob suspended") {
		w.event(false, ReasonSuspended, "MPIJob suspended")
	}
	w.set(kubeflow.JobRunning, false, ReasonSuspended, w.name()+" is suspended.")
	setCondition(w.status, kubeflow.JobCreated, true, ReasonCreated, w.name()+" is created.", w.now)
	// Suspending resets the start time, which deadlines count from.
	w.status.StartTime = nil
	current(w.status, kubeflow.JobSuspended)
}

// active is a job that has, or is getting, an attempt; held is one that is resumed, but can't begin yet.
func (w *writer) active(v Verdict, waiting string, held bool) {
	resumed := isTrue(w.status, kubeflow.JobSuspended) && !held
	if resumed || v.Outcome == Restarting && !v.Running {
		// What it told belongs to a run that is over.
		dropCondition(w.status, ConditionProgress)
	}
	if resumed && w.set(kubeflow.JobSuspended, false, ReasonResumed, "MPIJob resumed") {
		w.event(false, ReasonResumed, "MPIJob resumed")
	}
	if w.status.StartTime == nil && !held || resumed {
		at := metav1.NewTime(w.now)
		w.status.StartTime = &at
	}
	created := w.name() + " is created."
	if waiting != "" {
		created = waiting
	}
	switch {
	case held:
	case v.Outcome == Restarting && !v.Running:
		dropCondition(w.status, kubeflow.JobRunning)
		message := fmt.Sprintf("Trying again after: %s", v.Failure.Sentence())
		if w.set(kubeflow.JobRestarting, true, ReasonRestarting, message) {
			w.event(true, ReasonRestarting, message)
		}
		current(w.status, kubeflow.JobRestarting)
	case v.Running:
		created = w.name() + " is created."
		dropCondition(w.status, kubeflow.JobRestarting)
		message := w.name() + " is running." + limitText(w.job, w.status)
		if v.Failing != nil {
			message = w.failing(v)
		}
		if w.set(kubeflow.JobRunning, true, ReasonRunning, message) {
			w.event(false, ReasonRunning, message)
		}
		current(w.status, kubeflow.JobRunning)
	case isTrue(w.status, kubeflow.JobRunning) || isTrue(w.status, kubeflow.JobRestarting):
		// A run that lost a part isn't waiting: it is about to be decided.
		if v.Failing != nil && isTrue(w.status, kubeflow.JobRunning) {
			w.set(kubeflow.JobRunning, true, ReasonRunning, w.failing(v))
		}
	default:
		current(w.status, kubeflow.JobCreated)
	}
	before := condition(w.status, kubeflow.JobCreated).Message
	w.waits(v, created)
	if w.conflict != nil && created != before {
		w.transition = true
		w.event(true, ReasonResourceExists, created)
	}
}

// failing is the message of a job whose run can't recover: the cause is told at once, the condition
// Failed comes when the run has ended and the kubelet has been heard.
func (w *writer) failing(v Verdict) string {
	message := w.name() + " is failing: " + v.Failing.Sentence() + "."
	if c := condition(w.status, kubeflow.JobRunning); c == nil || c.Message != clip(message, maxMessage) {
		w.transition = true
	}
	return message
}

// notice tells what the job's time limit brings; the write that goes with it keeps it from being told
// again.
func (w *writer) notice() {
	if e := dueNotice(w.job, w.now); e != nil {
		w.transition = true
		w.event(e.Warning, e.Reason, e.Message)
	}
}

func (w *writer) succeeded(v Verdict) {
	message := w.name() + " successfully completed."
	w.finish(kubeflow.JobSucceeded, ReasonSucceeded, message, v.At, false)
}

func (w *writer) failed(v Verdict, o *Observed) {
	message := v.Failure.Sentence()
	if advice := v.Failure.Advice(); advice != "" {
		message += ". " + advice
	}
	if keeps(w.job, o) {
		message = clip(message, maxMessage-100) + keptText(w.job, v.At)
	}
	w.finish(kubeflow.JobFailed, FailureReason(v), message, v.At, true)
}

func (w *writer) finish(kind kubeflow.JobConditionType, reason, message string, at time.Time, warning bool) {
	completed := metav1.NewTime(at)
	w.status.CompletionTime = &completed
	if s := w.status.ReplicaStatuses[kubeflow.MPIReplicaTypeWorker]; s != nil {
		// As upstream: the status isn't written again when those that are kept go.
		s.Active = 0
	}
	dropCondition(w.status, kubeflow.JobRestarting)
	setCondition(w.status, kubeflow.JobCreated, true, ReasonCreated, w.name()+" is created.", w.now)
	if c := condition(w.status, kubeflow.JobRunning); c != nil && c.Status == corev1.ConditionTrue {
		c.Status, c.LastUpdateTime, c.LastTransitionTime = corev1.ConditionFalse, completed, completed
	} else if c == nil {
		w.set(kubeflow.JobRunning, false, ReasonRunning, w.name()+neverSeen)
	}
	w.set(kind, true, reason, message)
	w.event(warning, reason, message)
	current(w.status, kind)
}

// FailureReason is the reason of condition Failed: upstream's where it has one, else the catalogue's.
func FailureReason(v Verdict) string {
	switch r := v.Failure.Reason; {
	case r == failure.WorkerEvicted:
		return ReasonEvicted
	case r == failure.DeadlineExceeded:
		return ReasonDeadline
	case r == failure.LauncherExited && v.Retries:
		return ReasonBackoffLimit
	case r == failure.LauncherExited || r == "":
		return ReasonFailed
	default:
		return string(r)
	}
}

// waitingText is what stands in the Created condition while nothing runs.
func waitingText(v Verdict, p Plan, o *Observed) string {
	switch {
	case o.Conflict != nil:
		return o.Conflict.Message()
	case p.Blocked != "":
		return p.Blocked
	default:
		return v.Waiting
	}
}

// Message says what is in the way, why that matters, and how to mend it.
func (c *Conflict) Message() string {
	f := failure.Failure{Reason: failure.ResourceConflict, Detail: fmt.Sprintf("%s %q", c.Kind, c.Name)}
	if c.Owner != "" {
		f.Detail += " of " + c.Owner
	}
	return "Waiting: " + f.Sentence() + ". " + f.Advice()
}

// counts fills replicaStatuses as upstream: pods that run, succeeded and failed, by part.
func counts(job *Job, o *Observed, s *kubeflow.JobStatus) {
	if Finished(s) || o.Inherited != nil && o.Inherited.Launcher == nil {
		return // what another controller counted tells whether there was a Launcher
	}
	c := o.cast(AttemptName(job, o.Attempt()))
	launcher, worker := &kubeflow.ReplicaStatus{}, &kubeflow.ReplicaStatus{}
	for _, p := range c.launchers {
		count(launcher, p.Status.Phase)
	}
	for i := range c.workers {
		for _, p := range c.workers[i] {
			count(worker, p.Status.Phase)
		}
	}
	if Suspended(job) {
		stillRunning(o.cast(AttemptName(job, o.Attempt()-1)), launcher, worker)
	}
	s.ReplicaStatuses = map[kubeflow.MPIReplicaType]*kubeflow.ReplicaStatus{
		kubeflow.MPIReplicaTypeLauncher: launcher, kubeflow.MPIReplicaTypeWorker: worker,
	}
}

func count(r *kubeflow.ReplicaStatus, phase corev1.PodPhase) {
	switch phase {
	case corev1.PodRunning:
		r.Active++
	case corev1.PodSucceeded:
		r.Succeeded++
	case corev1.PodFailed:
		r.Failed++
	default: // pending, or unknown: no field counts those
	}
}
