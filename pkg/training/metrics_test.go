package training

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metrics "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

func measured(of *corev1.Pod, at time.Time, cpu, memory string) metrics.PodMetrics {
	use := func(cpu, memory string) corev1.ResourceList {
		return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)}
	}
	return metrics.PodMetrics{
		TypeMeta:   metav1.TypeMeta{Kind: "PodMetrics", APIVersion: "metrics.k8s.io/v1beta1"},
		ObjectMeta: metav1.ObjectMeta{Name: of.Name, Namespace: of.Namespace, Labels: of.Labels}, Timestamp: metav1.NewTime(at),
		Containers: []metrics.ContainerMetrics{{Name: "sidecar", Usage: use("1", "1Gi")}, {Name: "main", Usage: use(cpu, memory)}},
	}
}

func limitedWorker(index string) *corev1.Pod {
	p := pod("worker", index, state(corev1.PodRunning, runs))
	p.Spec.Containers[0].Resources.Limits = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2"), corev1.ResourceMemory: resource.MustParse("4Gi")}
	return p
}

func TestUsage(t *testing.T) {
	job := aJob(cond("Running", "", ""))
	w0, w1 := limitedWorker("0"), limitedWorker("1")
	jobs := oneJob(job, nil, pod("launcher", "", state(corev1.PodRunning, runs)), w0, w1)
	with := func(answerMetrics http.HandlerFunc) *Jobs {
		return serve(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/apis/metrics.k8s.io/v1beta1/namespaces/team/pods") {
				if r.URL.Query().Get("labelSelector") != podSelector("pi") {
					t.Errorf("selects %q", r.URL.Query().Get("labelSelector"))
				}
				answerMetrics(w, r)
				return
			}
			jobs(w, r)
		}).Jobs("")
	}
	u, err := with(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, map[string]any{"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "items": []any{
			measured(w0, noon, "1500m", "3Gi"), measured(w1, noon, "10m", "1Gi"),
		}})
	}).Usage(t.Context(), "pi", UsageOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []MemberUsage{
		{Where: "Launcher", Index: -1, Phase: PodRunning, Node: "n1"},
		{Where: "Worker 0", Index: 0, Phase: PodRunning, Node: "n1", At: &noon, CPU: 1.5, CPULimit: 2, Memory: 3 << 30, MemoryLimit: 4 << 30},
		{Where: "Worker 1", Index: 1, Phase: PodRunning, Node: "n1", At: &noon, CPU: 0.01, CPULimit: 2, Memory: 1 << 30, MemoryLimit: 4 << 30},
	}
	if d := cmp.Diff(want, u.Members); d != "" {
		t.Errorf("members (-want +got):\n%s", d)
	}
	if p := u.Peak(); p == nil || p.Index != 0 {
		t.Errorf("the one closest to its limit: %+v", p)
	}

	var none *NoMetricsError
	if _, err := with(http.NotFound).Usage(t.Context(), "pi", UsageOptions{}); !errors.As(err, &none) || none.Broken {
		t.Errorf("without metrics-server: %v", err)
	}
	away := status(503, "ServiceUnavailable", "the server is currently unable to handle the request", nil)
	if _, err := with(away).Usage(t.Context(), "pi", UsageOptions{}); !errors.As(err, &none) || !none.Broken {
		t.Errorf("metrics-server doesn't answer: %v", err)
	}
	var denied *DeniedError
	forbidden := status(403, "Forbidden", `pods.metrics.k8s.io is forbidden: User "ann" cannot list resource "pods" in API group "metrics.k8s.io" in the namespace "team"`, nil)
	if _, err := with(forbidden).Usage(t.Context(), "pi", UsageOptions{}); !errors.As(err, &denied) || !strings.Contains(err.Error(), "ann may not list pods.metrics.k8s.io") {
		t.Errorf("without the right: %v", err)
	}
}

func TestGPUs(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	long := false
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.FormValue("query")
		if r.Header.Get("Authorization") != "Bearer secret" || !strings.Contains(query, `pod=~"pi-x-worker0|pi-x-worker1"`) || !strings.Contains(query, `namespace="team"`) {
			t.Errorf("authorization %q, query %s", r.Header.Get("Authorization"), query)
		}
		if long {
			_, _ = fmt.Fprint(w, strings.Repeat(" ", prometheusBytes+1))
		}
		sample := func(name, pod, gpu, value string, more ...string) map[string]any {
			m := map[string]string{"__name__": name, "exported_pod": pod, "gpu": gpu, "pod": "dcgm-exporter-x"}
			for i := 0; i+1 < len(more); i += 2 {
				m[more[i]] = more[i+1]
			}
			return map[string]any{"metric": m, "value": []any{1, value}}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"resultType": "vector", "result": []any{
			sample("DCGM_FI_DEV_GPU_UTIL", "pi-x-worker0", "1", "97"), sample("DCGM_FI_DEV_GPU_UTIL", "pi-x-worker0", "0", "12"),
			sample("DCGM_FI_DEV_FB_USED", "pi-x-worker0", "1", "1024"), sample("DCGM_FI_DEV_FB_FREE", "pi-x-worker0", "1", "3072"),
			sample("DCGM_FI_DEV_GPU_UTIL", "pi-x-worker1", "0", "50", "GPU_I_ID", "3"),
		}}})
	}))
	defer s.Close()
	p := &Prometheus{URL: s.URL, TokenFile: token}
	got, err := p.utilisation(t.Context(), "team", []string{"pi-x-worker0", "pi-x-worker1"})
	want := map[string][]GPUUsage{
		"pi-x-worker0": {{GPU: "0", Percent: 12}, {GPU: "1", Percent: 97, Memory: 1 << 30, MemoryTotal: 4 << 30}},
		"pi-x-worker1": {{GPU: "0:3", Percent: 50}},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("error %v, (-want +got):\n%s", err, d)
	}
	long = true
	if _, err := p.utilisation(t.Context(), "team", []string{"pi-x-worker0", "pi-x-worker1"}); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("an answer without end: %v", err)
	}
	p.TokenFile = token + "-not-there"
	if _, err := p.utilisation(t.Context(), "team", []string{"pi-x-worker0"}); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("no token: %v", err)
	}
}

// Curves hold the newest points of a bounded number of members, and forget jobs that are gone.
func TestSampler(t *testing.T) {
	now := noon
	s := NewSampler(SamplerOptions{Every: time.Minute, Keep: 10 * time.Minute, Members: 2})
	s.now = func() time.Time { return now }
	launcher, w0, w1 := pod("launcher", "", state(corev1.PodRunning, runs)), limitedWorker("0"), limitedWorker("1")
	for i := range 25 {
		now = noon.Add(time.Duration(i) * time.Minute)
		err := s.add(curveKey{of: TypeMPIJob}, launcherAndWorkers{}, []metrics.PodMetrics{measured(launcher, now, "1", "1Gi"), measured(w0, now, fmt.Sprint(i), "1Gi"), measured(w1, now, "1", "1Gi")}, nil, now)
		if !errors.Is(err, ErrSamplerFull) {
			t.Errorf("a third member: %v", err)
		}
		if err := s.add(curveKey{of: TypeMPIJob}, launcherAndWorkers{}, []metrics.PodMetrics{measured(w0, now, "99", "1Gi")}, nil, now); err != nil { // the same measurement again
			t.Error(err)
		}
	}
	curve := s.Curve(TypeMPIJob, "team", "pi", noon)
	if len(curve.Members) != 2 || curve.Members[0].Where != "Launcher" || curve.Members[1].Where != "Worker 0" {
		t.Fatalf("members %+v", curve.Members)
	}
	points := curve.Members[1].Points
	if len(points) != 10 || points[0].CPU != 15+1 || points[9].CPU != 24+1 || points[9].Memory != 2<<30 {
		t.Errorf("points %+v", points)
	}
	if later := s.Curve(TypeMPIJob, "team", "pi", now.Add(-3*time.Minute)); len(later.Members[0].Points) != 3 {
		t.Errorf("since three minutes ago: %+v", later.Members[0].Points)
	}
	if none := s.Curve(TypeMPIJob, "team", "other", noon); len(none.Members) != 0 {
		t.Errorf("a job nobody saw: %+v", none)
	}
	// A job at which nobody looks any more makes room.
	now = now.Add(5 * time.Minute)
	other := measured(w0, now, "1", "1Gi")
	other.Namespace = "elsewhere"
	if err := s.add(curveKey{of: TypeMPIJob}, launcherAndWorkers{}, []metrics.PodMetrics{other}, nil, now); err != nil || len(s.Curve(TypeMPIJob, "elsewhere", "pi", noon).Members) != 1 {
		t.Errorf("another job, later: %v", err)
	}
	now = now.Add(11 * time.Minute)
	if err := s.add(curveKey{of: TypeMPIJob}, launcherAndWorkers{}, nil, nil, now); err != nil {
		t.Error(err)
	}
	if gone := s.Curve(TypeMPIJob, "team", "pi", noon); len(gone.Members) != 0 || s.members != 0 {
		t.Errorf("a job that is gone: %+v, %d members", gone, s.members)
	}
}

// A sample of one job asks for that job's pods, as the caller; GPUs are their mean.
func TestSampleOfAJob(t *testing.T) {
	w0 := limitedWorker("0")
	dcgm := func(metric, gpu, value string) string {
		return fmt.Sprintf(`{"metric":{"__name__":%q,"pod":%q,"gpu":%q},"value":[1,%q]}`, metric, w0.Name, gpu, value)
	}
	prometheus := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[%s,%s,%s]}}`,
			dcgm("DCGM_FI_DEV_GPU_UTIL", "0", "20"), dcgm("DCGM_FI_DEV_GPU_UTIL", "1", "60"), dcgm("DCGM_FI_DEV_FB_USED", "1", "3"))
	}))
	t.Cleanup(prometheus.Close)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.Query().Get("labelSelector"); !strings.Contains(got, "job-name=pi") || !strings.Contains(r.URL.Path, "/namespaces/team/") {
			t.Errorf("asked for %s %q", r.URL.Path, got)
		}
		answer(w, 200, metrics.PodMetricsList{TypeMeta: metav1.TypeMeta{Kind: "PodMetricsList", APIVersion: "metrics.k8s.io/v1beta1"}, Items: []metrics.PodMetrics{measured(w0, time.Now(), "2", "1Gi")}})
	})
	s := NewSampler(SamplerOptions{GPU: &Prometheus{URL: prometheus.URL}})
	if err := s.Sample(t.Context(), c.Jobs(""), "pi"); err != nil {
		t.Fatal(err)
	}
	curve := s.Curve(TypeMPIJob, "team", "pi", time.Time{})
	if len(curve.Members) != 1 || len(curve.Members[0].Points) != 1 {
		t.Fatalf("got %+v", curve)
	}
	if p := curve.Members[0].Points[0]; p.GPUPercent == nil || *p.GPUPercent != 40 || p.GPUMemory != 3<<20 {
		t.Errorf("got %+v", p)
	}
}

func TestExecOnlyInWhatRuns(t *testing.T) {
	one, seven := 1, 7
	client := serve(t, oneJob(aJob(cond("Running", "", "")), nil, pod("launcher", "", state(corev1.PodRunning, runs)), pod("worker", "1", state(corev1.PodPending, corev1.ContainerState{}))))
	var waits *NotRunningError
	if err := client.Jobs("").Exec(t.Context(), "pi", ExecOptions{Worker: &one, Command: []string{"id"}}); !errors.As(err, &waits) || waits.Where != "Worker 1" {
		t.Errorf("a Worker that waits: %v", err)
	}
	var invalid *InvalidError
	if err := client.Jobs("").Exec(t.Context(), "pi", ExecOptions{Worker: &seven, Command: []string{"id"}}); !errors.As(err, &invalid) {
		t.Errorf("no such Worker: %v", err)
	}
	if err := client.Jobs("").Exec(t.Context(), "pi", ExecOptions{}); !errors.As(err, &invalid) {
		t.Errorf("no command: %v", err)
	}
}

func TestExecWithoutTheRight(t *testing.T) {
	jobs := oneJob(aJob(cond("Running", "", "")), nil, pod("launcher", "", state(corev1.PodRunning, runs)))
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/exec") {
			if got := r.URL.Query(); got.Get("container") != "main" || got.Get("command") != "id" {
				t.Errorf("query %v", got)
			}
			status(403, "Forbidden", `pods "pi-x-launcher" is forbidden: User "ann" cannot create resource "pods/exec" in API group "" in the namespace "team"`, nil)(w, r)
			return
		}
		jobs(w, r)
	})
	var denied *DeniedError
	err := client.Jobs("").Exec(t.Context(), "pi", ExecOptions{Command: []string{"id"}})
	if !errors.As(err, &denied) || denied.Resource != "pods/exec" || denied.User != "ann" {
		t.Errorf("got %T %v", err, err)
	}
}
