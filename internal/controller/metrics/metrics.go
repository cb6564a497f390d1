// Package metrics is what the controller tells Prometheus of its jobs and of itself. Nothing here is
// labelled by job, and only the gauge of live jobs by namespace: what docs/decisions/0024 says why.
package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// Outcomes of a job.
const (
	succeeded = "succeeded"
	failed    = "failed"
)

// otherReason stands for every reason the catalogue doesn't have.
const otherReason = "Other"

// Results of a write to the API.
const (
	accepted = "accepted"
	refused  = "refused"
)

// long are the bounds, in seconds, of how long jobs take: from a smoke test to the week that is the
// longest an administrator usually allows.
var long = []float64{1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600, 3 * 24 * 3600, 7 * 24 * 3600}

// short are those of how long a start takes: finer below a minute, where this controller makes the
// difference, and up to a night in a full cluster.
var short = []float64{1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 900, 3600, 4 * 3600, 12 * 3600}

// Metrics counts what happens to jobs. A nil *Metrics counts nothing.
type Metrics struct {
	duration *prometheus.HistogramVec
	pending  prometheus.Histogram
	queued   prometheus.Histogram
	restarts prometheus.Counter
	attempts prometheus.Counter
	failures *prometheus.CounterVec
	writes   *prometheus.CounterVec

	// Upstream's, of the same meaning.
	created   prometheus.Counter
	succeeded prometheus.Counter
	failed    prometheus.Counter

	rows []row
}

// row is a metric's line in the documentation.
type row struct{ name, kind, labels, help string }

// New returns metrics that are registered with nobody yet.
func New() *Metrics {
	m := &Metrics{}
	m.duration = m.histograms("mpijob_duration_seconds", "From a job's creation to its end, by outcome (succeeded, failed).", long, "outcome")
	m.pending = m.histogram("mpijob_pending_seconds",
		"From a job's start, or resumption, until its Launcher and all Workers run: placing, pulling images, waiting for Workers.", short)
	m.queued = m.histogram("mpijob_queued_seconds", "How long a job was suspended before it was resumed, by a queue manager or by hand.", short)
	m.restarts = m.counter("mpijob_launcher_restarts_total", "Launchers started again after a failure, within backoffLimit.")
	m.attempts = m.counter("mpijob_attempts_total", "Attempts started: one for each job, and one for each time it is resumed.")
	m.failures = m.counters("mpijob_failures_total", "Failed jobs by reason: the failure catalogue's, or Other.", "reason")
	m.writes = m.counters("mpijob_api_writes_total",
		"The controller's own writes to the Kubernetes API, its lease and events included, by verb, resource and result (accepted, refused).",
		"verb", "resource", "result")
	m.created = m.counter("mpi_operator_jobs_created_total", "Jobs seen for the first time; as the MPI operator's.")
	m.succeeded = m.counter("mpi_operator_jobs_successful_total", "Jobs that succeeded; as the MPI operator's.")
	m.failed = m.counter("mpi_operator_jobs_failed_total", "Jobs that failed; as the MPI operator's.")

	// Series that exist from the start: the first failure is then an increase, not a birth.
	for _, e := range failure.Catalogue() {
		m.failures.WithLabelValues(string(e.Reason))
	}
	m.failures.WithLabelValues(otherReason)
	m.duration.WithLabelValues(succeeded)
	m.duration.WithLabelValues(failed)
	return m
}

// Register makes the metrics known to a registry.
func (m *Metrics) Register(to prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{
		m.duration, m.pending, m.queued, m.restarts, m.attempts, m.failures, m.writes, m.created, m.succeeded, m.failed,
	} {
		if err := to.Register(c); err != nil {
			return err
		}
	}
	return nil
}

func (m *Metrics) row(name, kind, help string, labels ...string) {
	m.rows = append(m.rows, newRow(name, kind, help, labels...))
}

func (m *Metrics) counter(name, help string) prometheus.Counter {
	m.row(name, "counter", help)
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func (m *Metrics) counters(name, help string, labels ...string) *prometheus.CounterVec {
	m.row(name, "counter", help, labels...)
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func (m *Metrics) histogram(name, help string, buckets []float64) prometheus.Histogram {
	m.row(name, "histogram", help)
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
}

func (m *Metrics) histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	m.row(name, "histogram", help, labels...)
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}
