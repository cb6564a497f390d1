package mpijob

import (
	"slices"
	"time"

	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// How long the Launcher's agent gets to end a run by itself, so that its log has the last word,
// before the controller ends it: when told to, and when it should notice on its own.
const (
	orderGrace  = 15 * time.Second
	noticeGrace = 5 * time.Second
	// evidenceGrace is how long a verdict waits for the kubelet's view of a Worker that was lost. It
	// looks at containers once a second, and tells later on a busy node.
	evidenceGrace = 5 * time.Second
)

// Outcome is how far an attempt is decided.
type Outcome string

const (
	Undecided  Outcome = ""
	Restarting Outcome = "Restarting" // the Launcher failed and is tried again
	Succeeded  Outcome = "Succeeded"
	Failed     Outcome = "Failed"
)

// Verdict is what follows from the state of an attempt's pods.
type Verdict struct {
	Outcome Outcome
	// Failure is the cause where Outcome is Failed or Restarting.
	Failure *failure.Failure
	// Retries says that a Failed outcome came after the Launcher's retries were used up.
	Retries bool
	// At is when the attempt ended.
	At time.Time
	// Renew asks for a new attempt in place of this one; it is how many tries are used up then.
	Renew int
	// Stop is what the Launcher's agent is to be told to stop for.
	Stop *failure.Failure
	// Waiting is what the attempt waits for, in a sentence.
	Waiting string
	// Hint is the catalogue's reason for Waiting, empty where it has none.
	Hint failure.Reason
	// Running says that every part runs.
	Running bool
	// Failing is the cause of a run that can't recover and hasn't ended yet.
	Failing *failure.Failure
	// Recheck is when to look again though nothing changed; zero for never.
	Recheck time.Time
}

// Judge decides an attempt. It reads pods, since conditions of Jobs come a second late, and the
// TrainJob only where pods can't say.
func Judge(job *Job, o *Observed, now time.Time) Verdict {
	if o.Inherited != nil {
		return judgeInherited(job, o, now)
	}
	return renew(job, o, judge(Spend(job, o.Retries()), o, now))
}

func judge(job *Job, o *Observed, now time.Time) Verdict {
	run := o.current()
	c := o.cast(AttemptName(job, o.Attempt()))
	l := c.launcher()

	if l != nil && l.Status.Phase == corev1.PodSucceeded {
		return Verdict{Outcome: Succeeded, At: endedAt(l, now)}
	}
	v := Verdict{}
	if Suspended(job) {
		// Pods that end now end because of that.
		return v
	}
	if failed := failedPods(c.launchers); len(failed) > 0 {
		last := failed[len(failed)-1]
		v.At = endedAt(last, now)
		v.Failure = causeOf(job, c, launcherFailure(job, c, last), v.At)
		exhausted := int32(len(failed)) > BackoffLimit(job)
		if final := isFinal(last); final || exhausted {
			if wait := v.At.Add(evidenceGrace); now.Before(wait) && (lostFromSight(job, c, v.Failure) || causeToCome(job, c, v.Failure)) {
				return Verdict{Recheck: wait, Failing: v.Failure}
			}
			v.Outcome, v.Retries = Failed, exhausted && !final
			return v
		}
		v.Outcome = Restarting
	}
	switch {
	case runCondition(run, trainer.TrainJobComplete) != nil:
		return Verdict{Outcome: Succeeded, At: runCondition(run, trainer.TrainJobComplete).LastTransitionTime.Time}
	case runCondition(run, trainer.TrainJobFailed) != nil:
		cond := runCondition(run, trainer.TrainJobFailed)
		v.Outcome, v.At = Failed, cond.LastTransitionTime.Time
		if v.Failure == nil {
			v.Failure = &failure.Failure{Reason: failure.LauncherLost, Where: LauncherName, At: v.At,
				Evidence: "TrainJob condition " + cond.Reason, Confidence: failure.Likely}
		}
		return v
	}
	if run == nil {
		return outOfTime(job, v, now)
	}
	v.Running = allRunning(job, c, o.Report)
	lack := lackOf(job, c, o)
	v.Waiting, v.Hint = waitingFor(job, c, o, lack), lack.hint(o)
	f, recheck := threat(job, c, o, now)
	if f != nil {
		return condemn(job, v, c, o, f, now)
	}
	if r := o.Report; r != nil && r.Stage == wire.StageRunning {
		v.Failing = r.Failure
	}
	v.Recheck = recheck
	return v
}

// outOfTime ends a job whose time is over though nothing of it runs: what is in its way, an object of
// someone else or pods that don't go away, may stay for ever.
func outOfTime(job *Job, v Verdict, now time.Time) Verdict {
	if Finished(&job.Status) || job.Status.StartTime == nil {
		return v
	}
	v.Recheck = nextNotice(job, now)
	switch f, at := timeUp(job); {
	case f == nil:
	case now.Before(at):
		if v.Recheck.IsZero() || at.Before(v.Recheck) {
			v.Recheck = at
		}
	default:
		v.Outcome, v.Failure, v.At = Failed, f, now
	}
	return v
}

// timeUp is the failure of a job whose time is over, by its deadline or its time limit, whichever comes
// first, and when that is; nil where neither bounds it.
func timeUp(job *Job) (*failure.Failure, time.Time) {
	byLimit, end := timeout(job)
	if job.Status.StartTime == nil {
		return byLimit, end
	}
	byDeadline, at := deadline(job, job.Status.StartTime.Time)
	if byDeadline == nil || byLimit != nil && end.Before(at) {
		return byLimit, end
	}
	return byDeadline, at
}

// threat is what will end the attempt unless something ends it first, and when to look again for one
// that only time brings.
func threat(job *Job, c cast, o *Observed, now time.Time) (*failure.Failure, time.Time) {
	var due, recheck time.Time
	later := func(t time.Time) {
		if t.After(now) && (recheck.IsZero() || t.Before(recheck)) {
			recheck = t
		}
	}
	var found *failure.Failure
	offer := func(f *failure.Failure, at time.Time) {
		if at.After(now) {
			later(at)
		} else if found == nil || at.Before(due) {
			found, due = f, at
		}
	}
	if f := lostWorker(job, c); f != nil {
		offer(f, f.At)
	}
	if f := replacedWorker(job, c, startedAt(job, o)); f != nil {
		offer(f, f.At)
	}
	if f := lostNode(job, c, o); f != nil {
		offer(f, f.At)
	}
	consider := func(where string, p *corev1.Pod) {
		for _, h := range []*hold{holdOf(where, p), mountHold(where, p, o.Mount)} {
			if h != nil && h.fatal != nil {
				offer(h.fatal, h.at)
			}
		}
	}
	for i := range Workers(job) {
		consider(WorkerName(i), c.worker(i))
	}
	consider(LauncherName, c.launcher())
	if _, at := Stuck(job, o, now); !at.IsZero() {
		later(at)
	}
	if f, at := timeUp(job); f != nil {
		offer(f, at)
	}
	later(nextNotice(job, now))
	if f, at := incomplete(job, c, o); f != nil {
		offer(f, at)
	}
	if f, at := unreachable(job, c, o.Report); f != nil {
		offer(f, at)
	}
	return found, recheck
}

// condemn ends an attempt that can't succeed: first by telling the Launcher's agent, then, when that
// is impossible or took too long, without it.
func condemn(job *Job, v Verdict, c cast, o *Observed, f *failure.Failure, now time.Time) Verdict {
	since := f.At
	if since.IsZero() || since.After(now) {
		since = now
	}
	grace := time.Duration(0)
	switch l := c.launcher(); {
	case !running(l):
	case o.Connected:
		grace = orderGrace
		if f.Reason == failure.TimeoutReached {
			grace += TimeoutGrace(job)
		}
		v.Stop = f
	case TransportOf(job) == wire.TransportBuiltin && f.Where != LauncherName && f.Reason != failure.DeadlineExceeded && f.Reason != failure.TimeoutReached:
		grace = noticeGrace
	}
	if until := since.Add(grace); now.Before(until) {
		v.Recheck, v.Failing = until, f
		return v
	}
	v.Outcome, v.Failure, v.At, v.Running = Failed, f, now, false
	return v
}

// replacedWorker notices a Worker whose pod went away unseen: its successor is younger than the run.
func replacedWorker(job *Job, c cast, started time.Time) *failure.Failure {
	if started.IsZero() {
		return nil
	}
	for i := range Workers(job) {
		p := c.worker(i)
		if p == nil || !p.CreationTimestamp.After(started.Add(time.Second)) {
			continue
		}
		return &failure.Failure{Reason: failure.WorkerLost, Where: WorkerName(i), Detail: "its pod was replaced while the job ran",
			At: p.CreationTimestamp.Time, Evidence: "pod created after the run began", Confidence: failure.Certain}
	}
	return nil
}

// startedAt is when the job was last seen running; zero when it isn't.
func startedAt(job *Job, o *Observed) time.Time {
	for _, c := range job.Status.Conditions {
		if c.Type == runningType && c.Status == corev1.ConditionTrue && o.current() != nil {
			return c.LastTransitionTime.Time
		}
	}
	return time.Time{}
}

func allRunning(job *Job, c cast, r *wire.Report) bool {
	if !running(c.launcher()) || r != nil && r.Stage == wire.StageWaiting {
		return false
	}
	for i := range Workers(job) {
		if !running(c.worker(i)) {
			return false
		}
	}
	return true
}

func failedPods(pods []*corev1.Pod) []*corev1.Pod {
	return slices.DeleteFunc(slices.Clone(pods), func(p *corev1.Pod) bool { return p.Status.Phase != corev1.PodFailed })
}

// isFinal says whether the Launcher's Job will not try again after this pod.
func isFinal(p *corev1.Pod) bool {
	if podCondition(p, ConditionStopped) != nil {
		return true
	}
	s := mainStatus(p)
	return s != nil && s.State.Terminated != nil && slices.Contains(finalExitCodes, s.State.Terminated.ExitCode)
}

func endedAt(p *corev1.Pod, now time.Time) time.Time {
	s := mainStatus(p)
	if s == nil || s.State.Terminated == nil {
		return now
	}
	// A node's clock may be ahead of ours.
	if at := s.State.Terminated.FinishedAt.Time; !at.IsZero() && at.Before(now) {
		return at
	}
	return now
}
