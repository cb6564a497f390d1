package training

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

const (
	pricesPath = "/api/v1/namespaces/mpijob-system/configmaps/training-prices"
	priceList  = "currency: EUR\nperHour: {cpu: 0.5, memory: 0, nvidia.com/gpu: 2.50}\n"
)

// priced is the ConfigMap with prices.
func priced(data map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, map[string]any{"kind": "ConfigMap", "apiVersion": "v1", "metadata": map[string]string{"name": PricesConfigMap}, "data": data})
	}
}

// costly is a job that asks for 1 CPU for its Launcher, and 2 CPU and 4 GPUs for each of its two Workers.
func costly(changes ...func(*MPIJob)) *MPIJob {
	return aJob(append([]func(*MPIJob){func(m *MPIJob) {
		ask := func(t kubeflow.MPIReplicaType, l corev1.ResourceList) {
			m.Spec.MPIReplicaSpecs[t].Template.Spec.Containers[0].Resources = corev1.ResourceRequirements{Requests: l, Limits: l}
		}
		ask(kubeflow.MPIReplicaTypeLauncher, corev1.ResourceList{"cpu": resource.MustParse("1")})
		ask(kubeflow.MPIReplicaTypeWorker, corev1.ResourceList{"cpu": resource.MustParse("2"), "nvidia.com/gpu": resource.MustParse("4")})
		m.Annotations = map[string]string{TimeLimitAnnotation: "24h"}
	}}, changes...)...)
}

func TestPreflightSaysWhatItWouldCost(t *testing.T) {
	for _, c := range []struct {
		name    string
		prices  http.HandlerFunc
		change  func(*MPIJob)
		cost    string
		trouble string
	}{
		{"prices", priced(map[string]string{PricesKey: priceList}), nil, "about 22.50 EUR an hour, at most 540.00 EUR by its time limit of 24h", ""},
		{"an earlier deadline", priced(map[string]string{PricesKey: priceList}), func(m *MPIJob) { m.Spec.RunPolicy.ActiveDeadlineSeconds = ptr.To[int64](3600) },
			"about 22.50 EUR an hour, at most 22.50 EUR by its time limit of 1h", ""},
		{"no limit", priced(map[string]string{PricesKey: priceList}), func(m *MPIJob) { m.Annotations = nil }, "about 22.50 EUR an hour", ""},
		{"a limit that stops nothing", priced(map[string]string{PricesKey: priceList}), func(m *MPIJob) { m.Annotations["training.opendatahub.io/timeout-policy"] = "Notify" }, "about 22.50 EUR an hour", ""},
		{"none", status(404, "NotFound", "no", nil), nil, "", ""},
		{"not readable", nil, nil, "", ""},
		{"the server breaks", status(500, "InternalError", "etcd is away", nil), nil, "", ""},
		{"wrong", priced(map[string]string{PricesKey: "currency: EUR\nperHour: {cpu: a}"}), nil, "", "line 2: perHour has no price for memory"},
		{"under another key", priced(map[string]string{"prices": priceList}), nil, "", "no key prices.yaml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*MPIJob) {}
			}
			r := &reads{answers: map[string]http.HandlerFunc{pricesPath: c.prices}}
			v, err := serve(t, r.ServeHTTP).Jobs("").Preflight(t.Context(), costly(c.change), PreflightOptions{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if v.Cost != nil {
				got = v.Cost.Text
			}
			if got != c.cost || !strings.Contains(strings.Join(v.Notes, " "), c.trouble) || c.trouble == "" && len(v.Notes) > 0 {
				t.Errorf("got %q, notes %q; want %q, %q", got, v.Notes, c.cost, c.trouble)
			}
		})
	}
}

func TestPricesErrorIsTheAdministratorsToMend(t *testing.T) {
	r := &reads{answers: map[string]http.HandlerFunc{pricesPath: priced(map[string]string{PricesKey: "a: 1"})}}
	_, err := serve(t, r.ServeHTTP).Prices(t.Context())
	var wrong *PricesError
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "ConfigMap mpijob-system/training-prices, key prices.yaml: line 1: ") {
		t.Errorf("got %v", err)
	}
}

// past is a job's status after the controller saw it wait, run for an hour since three hours ago, and then what.
func past(m *MPIJob, then mpijob.Verdict, suspend bool) {
	start := time.Now().Add(-3 * time.Hour).Truncate(time.Second)
	next := func(after time.Duration, v mpijob.Verdict) {
		m.Status, _, _ = mpijob.NextStatus(m, &mpijob.Observed{}, v, mpijob.Plan{}, start.Add(after))
	}
	next(-time.Minute, mpijob.Verdict{})
	next(-30*time.Second, mpijob.Verdict{Waiting: "Waiting for Worker 1"})
	next(0, mpijob.Verdict{Running: true})
	then.At = start.Add(time.Hour)
	m.Spec.RunPolicy.Suspend = &suspend
	next(time.Hour, then)
}

func TestDescribeSaysWhatItHasCost(t *testing.T) {
	cause := &failure.Failure{Reason: failure.LauncherExited, Where: "Launcher", ExitCode: ptr.To(3)}
	for _, c := range []struct {
		name string
		past func(*MPIJob)
		want string
	}{
		{"succeeded", func(m *MPIJob) { past(m, mpijob.Verdict{Outcome: mpijob.Succeeded}, false) }, "22.50"},
		{"failed", func(m *MPIJob) { past(m, mpijob.Verdict{Outcome: mpijob.Failed, Failure: cause}, false) }, "22.50"},
		{"suspended", func(m *MPIJob) { past(m, mpijob.Verdict{}, true) }, "22.50"},
		{"runs", func(m *MPIJob) { past(m, mpijob.Verdict{Running: true}, false) }, "67."},
		{"never ran", func(*MPIJob) {}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := costly(c.past)
			answers := map[string]http.HandlerFunc{
				"/apis/kubeflow.org/v2beta1/namespaces/team/mpijobs/" + m.Name: func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, m) },
				pricesPath: priced(map[string]string{PricesKey: priceList}),
			}
			d, err := serve(t, (&reads{answers: answers}).ServeHTTP).Jobs("").Describe(t.Context(), m.Name)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" && d.Cost != nil || c.want != "" && (d.Cost == nil || d.Cost.PerHour != "22.50" || !strings.HasPrefix(d.Cost.SoFar, c.want)) {
				t.Fatalf("got %+v, want %q", d.Cost, c.want)
			}
			delete(answers, pricesPath)
			if d, err = serve(t, (&reads{answers: answers}).ServeHTTP).Jobs("").Describe(t.Context(), m.Name); err != nil || d.Cost != nil {
				t.Errorf("without prices: %+v, %v", d.Cost, err)
			}
		})
	}
}

// TestSidecarsAreAskedForToo: what a job asks for is counted alike by its page, its cost and the scheduler.
func TestSidecarsAreAskedForToo(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	m := costly(func(m *MPIJob) {
		init := func(cpu string, restart *corev1.ContainerRestartPolicy) corev1.Container {
			return corev1.Container{Name: "c" + cpu, RestartPolicy: restart, Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{"cpu": resource.MustParse(cpu)}}}
		}
		m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec.InitContainers = []corev1.Container{init("1", nil), init("3", &always)}
		past(m, mpijob.Verdict{Outcome: mpijob.Succeeded}, false)
	})
	j := Summarize(m)
	if cpu, all := j.ResourcesPerWorker.CPU, j.TotalResources.CPU; cpu.String() != "5" || all.String() != "11" || j.TotalResources.GPUs != 8 {
		t.Errorf("got %s a Worker, %s in total, %d GPUs", cpu.String(), all.String(), j.TotalResources.GPUs)
	}
	answers := map[string]http.HandlerFunc{
		"/apis/kubeflow.org/v2beta1/namespaces/team/mpijobs/" + m.Name: func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, m) },
		pricesPath: priced(map[string]string{PricesKey: priceList}),
	}
	d, err := serve(t, (&reads{answers: answers}).ServeHTTP).Jobs("").Describe(t.Context(), m.Name)
	if err != nil || d.Cost == nil || d.Cost.Text != "about 25.50 EUR, at 25.50 EUR an hour by its manifest" {
		t.Errorf("got %+v, %v", d.Cost, err)
	}
}
