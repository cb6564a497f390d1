package mpijob

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// Annotations about a job's time limit. The namespace's own become the job's at admission
// (config/admission/namespace.yaml), so that a job carries all that decides when it stops.
const (
	// AnnotationTimeout is how long the job may be active.
	AnnotationTimeout = Prefix + "timeout"
	// AnnotationTimeoutPolicy is what happens then: TimeoutTerminate or TimeoutNotify.
	AnnotationTimeoutPolicy = Prefix + "timeout-policy"
	// AnnotationTimeoutGrace is how long ranks may take to end after the SIGTERM at the limit.
	AnnotationTimeoutGrace = Prefix + "timeout-grace-period"

	// AnnotationDefaultTimeout, on a namespace, is the time limit of jobs that name none. On a job it is the
	// limit of one for which nobody asked for any, where its namespace says nothing else: admission writes
	// AnnotationTimeout and AnnotationTimeoutSource from the two, and takes it off a job for which a limit is
	// asked for.
	AnnotationDefaultTimeout = Prefix + "default-timeout"
	// AnnotationMaxTimeout, on a namespace, is the longest a job there may ask for, and the limit of
	// those that name none where there is no default.
	AnnotationMaxTimeout = Prefix + "max-timeout"
)

// Values of AnnotationTimeoutPolicy.
const (
	TimeoutTerminate = "Terminate"
	TimeoutNotify    = "Notify"
)

// Bounds of time limits.
const (
	// MaxTimeout is the longest a job may ask for where its namespace names no maximum.
	MaxTimeout = 7 * 24 * time.Hour
	// DefaultTimeoutGrace is AnnotationTimeoutGrace where it is not set, MaxTimeoutGrace the most.
	DefaultTimeoutGrace = 30 * time.Second
	MaxTimeoutGrace     = time.Hour
)

// Reasons of events about time limits; the end at the limit is failure.TimeoutReached.
const ReasonTimeoutNear = "TimeoutApproaching"

// warnPart is how much of its time a job has used when the warning comes, in percent.
const warnPart = 80

// Timeout is the job's time limit; 0 where it has none.
func Timeout(job *Job) time.Duration {
	if limit := limitOf(job.Annotations[AnnotationTimeout]); limit > 0 {
		return limit
	}
	return UsualTimeout(job)
}

// UsualTimeout is the limit of a job for which nobody asked for one, as long as its namespace says nothing
// else; 0 where somebody did, or it has none.
func UsualTimeout(job *Job) time.Duration {
	return limitOf(job.Annotations[AnnotationDefaultTimeout])
}

// limitOf reads a time limit; 0 for what isn't one to admission, which couldn't have bounded it.
func limitOf(v string) time.Duration {
	if !timeoutForm.MatchString(v) {
		return 0
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		return 0
	}
	return d
}

// TimeoutGrace is how long ranks may take to end at the limit.
func TimeoutGrace(job *Job) time.Duration {
	return min(durationOf(job, AnnotationTimeoutGrace, DefaultTimeoutGrace), MaxTimeoutGrace)
}

func durationOf(job *Job, key string, otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(job.Annotations[key]); err == nil && d > 0 {
		return d
	}
	return otherwise
}

// OnlyNotifies says that the job goes on after its time limit.
func OnlyNotifies(job *Job) bool { return job.Annotations[AnnotationTimeoutPolicy] == TimeoutNotify }

// StopsAt is when the job will be stopped if it hasn't ended: at its time limit or its
// activeDeadlineSeconds, whichever is earlier. Both count from the start, which is now where the job
// has only just been created; ok is false where nothing stops it, or it is suspended.
func StopsAt(job *Job) (at time.Time, ok bool) {
	started := job.CreationTimestamp.Time
	switch {
	case job.Status.StartTime != nil:
		started = job.Status.StartTime.Time
	case Suspended(job) || started.IsZero():
		return time.Time{}, false
	}
	if limit := Timeout(job); limit > 0 && !OnlyNotifies(job) {
		at, ok = started.Add(limit), true
	}
	if s := job.Spec.RunPolicy.ActiveDeadlineSeconds; s != nil {
		if d := started.Add(time.Duration(*s) * time.Second); !ok || d.Before(at) {
			at, ok = d, true
		}
	}
	return at, ok
}

// timeout is the failure of a job whose time is over, and when that is; nil where that stops nothing.
func timeout(job *Job) (*failure.Failure, time.Time) {
	limit := Timeout(job)
	if limit == 0 || job.Status.StartTime == nil || OnlyNotifies(job) {
		return nil, time.Time{}
	}
	started := job.Status.StartTime.Time
	return &failure.Failure{
		Reason: failure.TimeoutReached, At: started.Add(limit),
		Detail:   fmt.Sprintf("%s since %s", Plain(limit), moment(started)),
		Evidence: "metadata.annotations[" + AnnotationTimeout + "]", Confidence: failure.Certain,
	}, started.Add(limit)
}

// notice is an event that is due once, at a moment.
type notice struct {
	at    time.Time
	event Event
}

// notices are the events that a job's time limit brings before, or instead of, its end. Their moments
// are whole seconds, as the time of the last write is, from which their having been said is known.
func notices(job *Job) []notice {
	limit := Timeout(job)
	if limit == 0 || job.Status.StartTime == nil {
		return nil
	}
	started := job.Status.StartTime.Time
	end := ceilSecond(started.Add(limit))
	near := ceilSecond(started.Add(limit / 100 * warnPart))
	left := Plain(end.Sub(near).Round(time.Second))
	if OnlyNotifies(job) {
		return []notice{
			{near, Event{true, ReasonTimeoutNear, fmt.Sprintf("%d %% of the time limit of %s is used; %s are left until %s. The job will go on after that: its timeout-policy is Notify",
				warnPart, Plain(limit), left, moment(end))}},
			{end, Event{true, string(failure.TimeoutReached), fmt.Sprintf("The time limit of %s is reached. The job goes on: its timeout-policy is Notify", Plain(limit))}},
		}
	}
	return []notice{{near, Event{true, ReasonTimeoutNear, fmt.Sprintf("%d %% of the time limit of %s is used: the job stops at %s, in %s. Save what it has done, or raise annotation %s",
		warnPart, Plain(limit), moment(end), left, AnnotationTimeout)}}}
}

// nextNotice is when the next one is due after a moment; zero for never.
func nextNotice(job *Job, now time.Time) time.Time {
	for _, n := range notices(job) {
		if n.at.After(now) {
			return n.at
		}
	}
	return time.Time{}
}

// dueNotice is the latest event that became due since the job's status was last written; one that
// was passed by meanwhile would only be old news.
func dueNotice(job *Job, now time.Time) *Event {
	var due *Event
	for _, n := range notices(job) {
		last := job.Status.LastReconcileTime
		if !now.Before(n.at) && (last == nil || last.Time.Before(n.at)) {
			due = &n.event
		}
	}
	return due
}

// limitText is what condition Running says about a time limit, so that it is seen wherever the job
// is; empty for a job without one.
func limitText(job *Job, s *kubeflow.JobStatus) string {
	limit := Timeout(job)
	if limit == 0 || s.StartTime == nil {
		return ""
	}
	end := moment(s.StartTime.Add(limit))
	if OnlyNotifies(job) {
		return fmt.Sprintf(" Its time limit of %s ends at %s; it goes on after that.", Plain(limit), end)
	}
	return fmt.Sprintf(" It stops at %s, its time limit of %s.", end, Plain(limit))
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func ceilSecond(t time.Time) time.Time {
	if floor := t.Truncate(time.Second); floor.Before(t) {
		return floor.Add(time.Second)
	}
	return t
}

// Plain is a duration as one writes it: "24h", not "24h0m0s".
func Plain(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// checkGrace holds AnnotationTimeoutGrace to its bounds.
func checkGrace(v string) error {
	if err := checkDuration(v); err != nil {
		return err
	}
	if d, _ := time.ParseDuration(v); d > MaxTimeoutGrace {
		return fmt.Errorf("is longer than %s, the most there is: ask for less", Plain(MaxTimeoutGrace))
	}
	return nil
}

// TimeoutForm is what admission policies recognise as a duration (config/admission/namespace.yaml), and can
// count without overflow. Whatever else Go takes for one would pass them by.
const TimeoutForm = `^([0-9]{1,6}([.][0-9]{1,9})?h)?([0-9]{1,7}([.][0-9]{1,9})?m)?([0-9]{1,9}([.][0-9]{1,9})?s)?([0-9]{1,9}([.][0-9]{1,9})?ms)?$`

var timeoutForm = regexp.MustCompile(TimeoutForm)

// checkTimeout holds AnnotationTimeout to what any clock can count; how long a job may ask for is the
// namespace's to say.
func checkTimeout(v string) error {
	if v == "" || !timeoutForm.MatchString(v) {
		return fmt.Errorf("is not a duration: write it as 90s, 10m or 24h")
	}
	if err := checkDuration(v); err != nil {
		return err
	}
	const most = 10 * 365 * 24 * time.Hour
	switch d, _ := time.ParseDuration(v); {
	case d < time.Second:
		return fmt.Errorf("is shorter than a second: write it as 90s, 10m or 24h")
	case d > most:
		return fmt.Errorf("is longer than ten years: leave the annotation out for no limit")
	}
	return nil
}

func oneOfTexts(allowed ...string) func(string) error {
	return func(v string) error {
		for _, a := range allowed {
			if v == a {
				return nil
			}
		}
		return fmt.Errorf("must be one of %s", strings.Join(allowed, ", "))
	}
}
