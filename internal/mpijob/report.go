package mpijob

import (
	"encoding/json"
	"fmt"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// maxReport bounds a report, in bytes: well below what a ConfigMap holds.
const maxReport = 512 << 10

// Report is what is known about the current attempt, for keeping.
func Report(job *Job, o *Observed, v Verdict) failure.Report {
	attempt := o.Attempt()
	c := o.cast(AttemptName(job, attempt))
	r := failure.Report{
		Version: failure.ReportVersion, Job: job.Name, UID: string(job.UID), Attempt: attempt,
		LauncherRuns: len(c.launchers), Outcome: string(v.Outcome), Failure: v.Failure, EndedAt: v.At,
	}
	if v.Outcome == Undecided || v.Outcome == Restarting {
		r.Outcome = "Running"
	}
	if job.Status.StartTime != nil {
		r.StartedAt = job.Status.StartTime.Time
	}
	if v.Failure != nil {
		r.Sentence, r.Advice, r.Docs = v.Failure.Sentence(), v.Failure.Advice(), v.Failure.Docs()
	}
	if l := c.launcher(); l != nil {
		r.Launcher = failure.Place{Pod: l.Name, Node: l.Spec.NodeName}
	}
	r.LauncherStartedAt, r.WorkersStartedAt = mainStartedAt(c.launcher()), workersStartedAt(job, c)
	if running := condition(&job.Status, kubeflow.JobRunning); running != nil && running.Status == corev1.ConditionTrue {
		r.RunningAt = running.LastTransitionTime.Time
	}
	ranks := ranksOf(o.Report, LastWordOf(c.launcher()))
	for i := range Workers(job) {
		place := failure.Place{Index: i, Ranks: ranks[i]}
		if p := c.worker(i); p != nil {
			place.Pod, place.Node = p.Name, p.Spec.NodeName
		}
		r.Workers = append(r.Workers, place)
	}
	return r
}

// mainStartedAt is when a pod's main container started; zero where it hasn't, or that isn't known any more.
func mainStartedAt(p *corev1.Pod) time.Time {
	if p == nil {
		return time.Time{}
	}
	switch s := mainStatus(p); {
	case s == nil:
		return time.Time{}
	case s.State.Running != nil:
		return s.State.Running.StartedAt.Time
	case s.State.Terminated != nil:
		return s.State.Terminated.StartedAt.Time
	}
	return time.Time{}
}

// workersStartedAt is when the last of the Workers started; zero unless all have.
func workersStartedAt(job *Job, c cast) (last time.Time) {
	for i := range Workers(job) {
		at := mainStartedAt(c.worker(i))
		if at.IsZero() {
			return time.Time{}
		}
		if at.After(last) {
			last = at
		}
	}
	return last
}

// ranksOf are the ranks by Worker: the last word's where it has them, since it came last.
func ranksOf(report *wire.Report, word *wire.LastWord) map[int][]int {
	out := map[int][]int{}
	take := func(ws []wire.WorkerReport) {
		for _, w := range ws {
			if len(w.Ranks) > 0 {
				out[w.Index] = w.Ranks
			}
		}
	}
	if report != nil {
		take(report.Workers)
	}
	if word != nil {
		take(word.Workers)
	}
	return out
}

// RanksKnown says whether a running job's report shows ranks on every Worker, so that where they run
// is worth keeping before the end.
func RanksKnown(job *Job, r *wire.Report) bool {
	if r == nil || r.Stage != wire.StageRunning || Workers(job) == 0 {
		return false
	}
	n := 0
	for _, w := range r.Workers {
		if len(w.Ranks) > 0 {
			n++
		}
	}
	return n == Workers(job)
}

// ReportConfig is the ConfigMap a report is kept in.
func ReportConfig(job *Job, r failure.Report) *corev1.ConfigMap {
	for {
		b, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			// Strings, numbers and times of this century always marshal.
			panic(fmt.Sprintf("marshalling a report: %v", err))
		}
		if len(b) <= maxReport || len(r.Workers) == 0 {
			return &corev1.ConfigMap{ObjectMeta: child(job, ReportName(job), 0), Data: map[string]string{failure.ReportKey: string(b) + "\n"}}
		}
		half := len(r.Workers) / 2
		r.Omitted += len(r.Workers) - half
		r.Workers = r.Workers[:half]
	}
}
