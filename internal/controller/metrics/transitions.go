package metrics

import (
	"slices"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// Wrote counts what a status that was just written says and the one it replaced didn't. The API server
// takes each such write once, whoever repeats it: nothing is counted twice, not by a second look at the
// job nor by another controller. cause is why the job failed, nil where nobody knows.
func (m *Metrics) Wrote(job *kubeflow.MPIJob, was, is *kubeflow.JobStatus, cause *failure.Failure) {
	if m == nil {
		return
	}
	if find(was, kubeflow.JobCreated) == nil && find(is, kubeflow.JobCreated) != nil {
		m.created.Inc()
	}
	if c := began(was, is, kubeflow.JobRunning); c != nil {
		observe(m.pending, is.StartTime, c.LastTransitionTime.Time)
	}
	if before, now := find(was, kubeflow.JobSuspended), find(is, kubeflow.JobSuspended); on(before) && !on(now) && now != nil {
		observe(m.queued, &before.LastTransitionTime, now.LastTransitionTime.Time)
	}
	failures := launcherFailures(is) - launcherFailures(was)
	switch {
	case began(was, is, kubeflow.JobSucceeded) != nil:
		m.succeeded.Inc()
		observe(m.duration.WithLabelValues(succeeded), &job.CreationTimestamp, is.CompletionTime.Time)
	case began(was, is, kubeflow.JobFailed) != nil:
		m.failed.Inc()
		m.failures.WithLabelValues(reason(cause)).Inc()
		observe(m.duration.WithLabelValues(failed), &job.CreationTimestamp, is.CompletionTime.Time)
		failures-- // nothing follows the last one
	}
	m.restarts.Add(max(0, float64(failures)))
}

// Started counts an attempt, once its TrainJob is created.
func (m *Metrics) Started() {
	if m != nil {
		m.attempts.Inc()
	}
}

// reason is the catalogue's, or Other: a label must not take whatever value comes along.
func reason(f *failure.Failure) string {
	known := func(e failure.Entry) bool { return e.Reason == f.Reason }
	if f == nil || !slices.ContainsFunc(failure.Catalogue(), known) {
		return otherReason
	}
	return string(f.Reason)
}

// observer is a histogram.
type observer interface{ Observe(seconds float64) }

// observe notes a span between two moments. The API keeps whole seconds, so that it may seem to end
// before it began.
func observe(h observer, from *metav1.Time, to time.Time) {
	if from != nil {
		h.Observe(max(0, to.Sub(from.Time).Seconds()))
	}
}

func find(s *kubeflow.JobStatus, kind kubeflow.JobConditionType) *kubeflow.JobCondition {
	for i := range s.Conditions {
		if s.Conditions[i].Type == kind {
			return &s.Conditions[i]
		}
	}
	return nil
}

func on(c *kubeflow.JobCondition) bool { return c != nil && c.Status == corev1.ConditionTrue }

// began is a condition that has just become true.
func began(was, is *kubeflow.JobStatus, kind kubeflow.JobConditionType) *kubeflow.JobCondition {
	if c := find(is, kind); on(c) && !on(find(was, kind)) {
		return c
	}
	return nil
}

func launcherFailures(s *kubeflow.JobStatus) int32 {
	if r := s.ReplicaStatuses[kubeflow.MPIReplicaTypeLauncher]; r != nil {
		return r.Failed
	}
	return 0
}
