package mpijob

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// ConditionProgress is the condition in which the job's program tells how far it is. Upstream's API has
// no place for it but the open list of conditions, which everything that reads jobs reads already. It is
// the first of them: printer columns show the last.
const ConditionProgress kubeflow.JobConditionType = "Progress"

// ReasonProgress is its reason.
const ReasonProgress = "ProgressReported"

const (
	// progressInterval spaces writes that only tell progress.
	progressInterval = 10 * time.Second
	// maxProgress bounds the condition's message, in bytes; a progress within its bounds fits.
	maxProgress = 2 << 10
)

// ProgressText is a progress as the condition's message has it, for people and for ParseProgress:
// "40% done, 720s left, loss=0.31".
func ProgressText(p *wire.Progress) string {
	var parts []string
	if p.Percent != nil {
		parts = append(parts, fmt.Sprintf("%d%% done", *p.Percent))
	}
	if p.RemainingSeconds != nil {
		parts = append(parts, fmt.Sprintf("%ds left", *p.RemainingSeconds))
	}
	for _, m := range p.Metrics {
		parts = append(parts, m.Name+"="+strconv.FormatFloat(m.Value, 'g', -1, 64))
	}
	return strings.Join(parts, ", ")
}

// ParseProgress reads what ProgressText wrote at a time; nil for anything else.
func ParseProgress(text string, at time.Time) *wire.Progress {
	if text == "" || len(text) > maxProgress {
		return nil
	}
	p := &wire.Progress{At: at}
	for _, part := range strings.Split(text, ", ") {
		name, number, metric := strings.Cut(part, "=")
		done, isDone := strings.CutSuffix(part, "% done")
		left, isLeft := strings.CutSuffix(part, "s left")
		var err error
		switch {
		case metric:
			var n float64
			n, err = strconv.ParseFloat(number, 64)
			p.Metrics = append(p.Metrics, wire.Metric{Name: name, Value: n})
		case isDone && p.Percent == nil:
			p.Percent, err = whole(done)
		case isLeft && p.RemainingSeconds == nil:
			p.RemainingSeconds, err = whole(left)
		default:
			return nil
		}
		if err != nil {
			return nil
		}
	}
	if p.Check() != nil {
		return nil
	}
	return p
}

func whole(text string) (*int, error) {
	n, err := strconv.Atoi(text)
	return &n, err
}

// ProgressOf is what a job's program last told of how far it is; nil where it told nothing.
func ProgressOf(s *kubeflow.JobStatus) *wire.Progress {
	if c := condition(s, ConditionProgress); c != nil && c.Status == corev1.ConditionTrue {
		return ParseProgress(c.Message, c.LastUpdateTime.Time)
	}
	return nil
}

// ProgressBegan is when the first progress of the run was written that is told now; zero where nothing is told.
func ProgressBegan(s *kubeflow.JobStatus) time.Time {
	if c := condition(s, ConditionProgress); c != nil {
		return c.LastTransitionTime.Time
	}
	return time.Time{}
}

// told is what the program of a Launcher last told: over the feed, else in the Launcher's last word.
func told(o *Observed, launcher *corev1.Pod) *wire.Progress {
	var p *wire.Progress
	if o.Report != nil && o.Reporter != "" && o.Reporter == launcher.UID {
		p = o.Report.Progress
	}
	if p == nil {
		if word := LastWordOf(launcher); word != nil {
			p = word.Progress
		}
	}
	if p == nil || p.Check() != nil || ProgressText(p) == "" {
		return nil
	}
	return p
}

// when is when a progress was told, as the status keeps it: not after now, and not before its Launcher was
// made, whatever clock or forger says so.
func when(p *wire.Progress, launcher *corev1.Pod, now time.Time) time.Time {
	at := p.At
	if at.After(now) {
		at = now
	}
	if made := launcher.CreationTimestamp.Time; at.Before(made) {
		at = made
	}
	return at.Truncate(time.Second).UTC()
}

// progress notes what the program told. What only replaces an earlier progress waits until the last write
// is some time ago, unless something else is written anyway; when to come back for it is returned, zero
// for never.
func (w *writer) progress(o *Observed) time.Time {
	launcher := o.cast(AttemptName(w.job, o.Attempt())).launcher()
	if launcher == nil {
		return time.Time{}
	}
	if c := condition(w.status, ConditionProgress); c != nil && c.LastUpdateTime.Before(&launcher.CreationTimestamp) {
		// It was told to a Launcher before, which is tried again.
		dropCondition(w.status, ConditionProgress)
	}
	p := told(o, launcher)
	if p == nil {
		return time.Time{}
	}
	has := ProgressOf(w.status)
	at := *p
	at.At = when(p, launcher, w.now)
	if has != nil {
		has.At = has.At.UTC()
		if p.At.After(w.now) {
			// Its time says nothing, and each look would find another.
			at.At = has.At
		}
	}
	if !at.Tells(has) {
		return time.Time{}
	}
	at.At = when(p, launcher, w.now)
	if last := w.status.LastReconcileTime; has != nil && !w.transition && last != nil {
		if due := last.Add(progressInterval); w.now.Before(due) {
			return due
		}
	}
	c := kubeflow.JobCondition{
		Type: ConditionProgress, Status: corev1.ConditionTrue, Reason: ReasonProgress, Message: ProgressText(&at),
		LastUpdateTime: metav1.NewTime(at.At), LastTransitionTime: metav1.NewTime(w.now),
	}
	if old := condition(w.status, ConditionProgress); old != nil {
		c.LastTransitionTime = old.LastTransitionTime
	}
	dropCondition(w.status, ConditionProgress)
	w.status.Conditions = slices.Insert(w.status.Conditions, 0, c)
	return time.Time{}
}
