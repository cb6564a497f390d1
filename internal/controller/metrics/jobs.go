package metrics

import (
	"context"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// scrapePatience bounds a scrape's look at the cache, which may still be filling.
const scrapePatience = 2 * time.Second

var (
	jobsRow   = newRow("mpijob_jobs", "gauge", "Jobs there are, by namespace and phase (Pending, Running, Suspended, Succeeded, Failed).", "namespace", "phase")
	infoRow   = newRow("mpi_operator_job_info", "gauge", "1 for each job, by its Launcher's name and namespace; as the MPI operator's.", "launcher", "namespace")
	leaderRow = newRow("mpi_operator_is_leader", "gauge", "1 where this replica leads, else 0; as the MPI operator's.")
)

// Jobs tells of the jobs there are, from the cache. Only the leader does: a sum over all replicas is then
// right, and what it says comes from the one that acts on it.
type Jobs struct {
	Cache client.Reader
	// Elected is closed once this replica leads.
	Elected <-chan struct{}
}

// Describe and Collect make it a prometheus.Collector.
func (j Jobs) Describe(to chan<- *prometheus.Desc) {
	for _, r := range []row{jobsRow, infoRow, leaderRow} {
		to <- r.desc()
	}
}

// Collect looks at the cache once.
func (j Jobs) Collect(to chan<- prometheus.Metric) {
	leads := 0.0
	select {
	case <-j.Elected:
		leads = 1
	default:
	}
	to <- prometheus.MustNewConstMetric(leaderRow.desc(), prometheus.GaugeValue, leads)
	if leads == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapePatience)
	defer cancel()
	var jobs kubeflow.MPIJobList
	if err := j.Cache.List(ctx, &jobs, client.UnsafeDisableDeepCopy); err != nil {
		to <- prometheus.NewInvalidMetric(jobsRow.desc(), err)
		return
	}
	type place struct{ namespace, phase string }
	count := map[place]int{}
	for i := range jobs.Items {
		job := &jobs.Items[i]
		count[place{job.Namespace, phase(job)}]++
		to <- prometheus.MustNewConstMetric(infoRow.desc(), prometheus.GaugeValue, 1, job.Name+"-launcher", job.Namespace)
	}
	for p, n := range count {
		to <- prometheus.MustNewConstMetric(jobsRow.desc(), prometheus.GaugeValue, float64(n), p.namespace, p.phase)
	}
}

// phase is where a job stands, in few words.
func phase(job *kubeflow.MPIJob) string {
	suspend := job.Spec.RunPolicy.Suspend
	switch s := &job.Status; {
	case on(find(s, kubeflow.JobFailed)):
		return "Failed"
	case on(find(s, kubeflow.JobSucceeded)):
		return "Succeeded"
	case suspend != nil && *suspend:
		return "Suspended"
	case on(find(s, kubeflow.JobRunning)):
		return "Running"
	default:
		return "Pending"
	}
}

func newRow(name, kind, help string, labels ...string) row {
	return row{name: name, kind: kind, labels: strings.Join(labels, ", "), help: help}
}

func (r row) desc() *prometheus.Desc {
	var labels []string
	if r.labels != "" {
		labels = strings.Split(r.labels, ", ")
	}
	return prometheus.NewDesc(r.name, r.help, labels, nil)
}
