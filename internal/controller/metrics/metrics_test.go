package metrics

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// status is one with conditions that are true, all since the same moment.
func status(failures int32, at time.Duration, kinds ...kubeflow.JobConditionType) *kubeflow.JobStatus {
	s := &kubeflow.JobStatus{StartTime: &metav1.Time{Time: mpijobtest.At(0)}, ReplicaStatuses: map[kubeflow.MPIReplicaType]*kubeflow.ReplicaStatus{
		kubeflow.MPIReplicaTypeLauncher: {Failed: failures}}}
	for _, k := range kinds {
		s.Conditions = append(s.Conditions, kubeflow.JobCondition{Type: k, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(mpijobtest.At(at))})
		if k == kubeflow.JobSucceeded || k == kubeflow.JobFailed {
			s.CompletionTime = &metav1.Time{Time: mpijobtest.At(at)}
		}
	}
	return s
}

func resumed(at time.Duration) *kubeflow.JobStatus {
	s := status(0, at, kubeflow.JobCreated, kubeflow.JobSuspended)
	s.Conditions[1].Status = corev1.ConditionFalse
	return s
}

func TestWrote(t *testing.T) {
	const created, running, restarting = kubeflow.JobCreated, kubeflow.JobRunning, kubeflow.JobRestarting
	oom := &failure.Failure{Reason: failure.WorkerOOMKilled}
	tests := []struct {
		name    string
		was, is *kubeflow.JobStatus
		cause   *failure.Failure
		want    map[string]float64
	}{
		{"a new job", &kubeflow.JobStatus{}, status(0, 0, created), nil, map[string]float64{"mpi_operator_jobs_created_total": 1}},
		{"the same again", status(0, 0, created), status(0, 0, created), nil, map[string]float64{}},
		{"it runs", status(0, 0, created), status(0, 3*time.Second, created, running), nil, map[string]float64{"mpijob_pending_seconds": 3}},
		{"it is tried again", status(0, 0, created, running), status(1, 0, created, restarting), nil, map[string]float64{"mpijob_launcher_restarts_total": 1}},
		{"and again before it was seen running", status(1, 0, created, restarting), status(2, 0, created, restarting), nil, map[string]float64{"mpijob_launcher_restarts_total": 1}},
		{"it succeeds", status(0, 0, created, running), status(0, time.Minute, created, kubeflow.JobSucceeded), nil,
			map[string]float64{"mpi_operator_jobs_successful_total": 1, "mpijob_duration_seconds succeeded": 60}},
		{"it fails", status(0, 0, created, running), status(1, time.Minute, created, kubeflow.JobFailed), oom,
			map[string]float64{"mpi_operator_jobs_failed_total": 1, "mpijob_failures_total WorkerOOMKilled": 1, "mpijob_duration_seconds failed": 60}},
		{"it fails for a reason nobody knows", status(0, 0, created, running), status(0, time.Minute, created, kubeflow.JobFailed), &failure.Failure{Reason: "from-a-newer-agent"},
			map[string]float64{"mpi_operator_jobs_failed_total": 1, "mpijob_failures_total Other": 1, "mpijob_duration_seconds failed": 60}},
		{"it is resumed", status(0, 0, created, kubeflow.JobSuspended), resumed(5 * time.Minute), nil, map[string]float64{"mpijob_queued_seconds": 300}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := New()
			m.Wrote(mpijobtest.Job("pi").Obj(), tt.was, tt.is, tt.cause)
			if diff := cmp.Diff(tt.want, values(t, m)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	var nobody *Metrics
	nobody.Wrote(nil, nil, nil, nil)
	nobody.Started()
}

// values are all that isn't zero, histograms by their sum, named with the values of their labels.
func values(t *testing.T, m *Metrics) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := m.Register(registry); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, s := range f.GetMetric() {
			name := f.GetName()
			for _, l := range s.GetLabel() {
				name += " " + l.GetValue()
			}
			if v := s.GetCounter().GetValue() + s.GetHistogram().GetSampleSum(); v != 0 {
				out[name] = v
			}
		}
	}
	return out
}

func TestJobs(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := kubeflow.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	running := mpijobtest.Job("a").Condition(kubeflow.JobRunning, true, "", "", mpijobtest.Epoch)
	cache := fake.NewClientBuilder().WithScheme(scheme).WithObjects(running.Obj(), mpijobtest.Job("b").Obj(),
		mpijobtest.Job("c").Suspended().Obj(), mpijobtest.Job("d").Condition(kubeflow.JobFailed, true, "", "", mpijobtest.Epoch).Obj()).Build()
	elected := make(chan struct{})
	jobs := Jobs{Cache: cache, Elected: elected}
	standby := "# HELP mpi_operator_is_leader 1 where this replica leads, else 0; as the MPI operator's.\n# TYPE mpi_operator_is_leader gauge\nmpi_operator_is_leader 0\n"
	if err := testutil.CollectAndCompare(jobs, strings.NewReader(standby)); err != nil {
		t.Errorf("standing by: %v", err)
	}
	close(elected)
	leading := `# HELP mpijob_jobs Jobs there are, by namespace and phase (Pending, Running, Suspended, Succeeded, Failed).
# TYPE mpijob_jobs gauge
mpijob_jobs{namespace="ns",phase="Failed"} 1
mpijob_jobs{namespace="ns",phase="Pending"} 1
mpijob_jobs{namespace="ns",phase="Running"} 1
mpijob_jobs{namespace="ns",phase="Suspended"} 1
`
	if err := testutil.CollectAndCompare(jobs, strings.NewReader(leading), "mpijob_jobs"); err != nil {
		t.Errorf("leading: %v", err)
	}
	if n := testutil.CollectAndCount(jobs, "mpi_operator_job_info"); n != 4 {
		t.Errorf("%d jobs' information, want 4", n)
	}
}

func TestTransport(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/taken") {
			w.WriteHeader(http.StatusConflict)
		}
	}))
	defer server.Close()
	m := New()
	client := &http.Client{Transport: m.Transport(http.DefaultTransport)}
	for _, r := range []struct{ method, path string }{
		{"GET", "/api/v1/namespaces/ns/pods"},
		{"POST", "/api/v1/namespaces/ns/secrets"},
		{"POST", "/api/v1/namespaces/ns/secrets?dryRun=All"},
		{"PUT", "/apis/kubeflow.org/v2beta1/namespaces/ns/mpijobs/pi/status"},
		{"PUT", "/apis/coordination.k8s.io/v1/namespaces/ns/leases/taken"},
		{"DELETE", "/apis/trainer.kubeflow.org/v1alpha1/namespaces/ns/trainjobs/pi"},
		{"POST", "/apis/authentication.k8s.io/v1/tokenreviews"},
		{"PATCH", "/api/v1/namespaces/ns"},
		{"POST", "/"}, {"POST", "/api"}, {"POST", "/apis/x"},
	} {
		req, err := http.NewRequest(r.method, server.URL+r.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	// Labels come in alphabetical order: resource, result, verb.
	want := map[string]float64{
		"mpijob_api_writes_total secrets accepted create":        1,
		"mpijob_api_writes_total mpijobs/status accepted update": 1,
		"mpijob_api_writes_total leases refused update":          1,
		"mpijob_api_writes_total trainjobs accepted delete":      1,
		"mpijob_api_writes_total tokenreviews accepted create":   1,
		"mpijob_api_writes_total namespaces accepted patch":      1,
		"mpijob_api_writes_total other accepted create":          3,
	}
	if diff := cmp.Diff(want, values(t, m)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNames has Prometheus' own linter look at every metric, and the page list each.
func TestNames(t *testing.T) {
	m := New()
	m.writes.WithLabelValues("create", "pods", accepted)
	elected := make(chan struct{})
	close(elected)
	scheme := runtime.NewScheme()
	if err := kubeflow.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewPedanticRegistry()
	if err := m.Register(registry); err != nil {
		t.Fatal(err)
	}
	registry.MustRegister(Jobs{Cache: fake.NewClientBuilder().WithScheme(scheme).WithObjects(mpijobtest.Job("a").Obj()).Build(), Elected: elected})
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	page, err := os.ReadFile("../../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Page(), string(page)); diff != "" {
		t.Errorf("docs/metrics.md is stale: run `make generate` (-want +got):\n%s", diff)
	}
	for _, f := range families {
		if !strings.Contains(string(page), "`"+f.GetName()+"`") {
			t.Errorf("docs/metrics.md doesn't tell of %s", f.GetName())
		}
	}
}
