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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
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

func TestDescribeSaysWhatItHasCost(t *testing.T) {
	running := costly(cond(kubeflow.JobRunning, "", ""), func(m *MPIJob) {
		for i := range m.Status.Conditions {
			m.Status.Conditions[i].LastTransitionTime = metav1.NewTime(time.Now().Add(-2 * time.Hour))
		}
		m.Status.Conditions = append(m.Status.Conditions, kubeflow.JobCondition{Type: kubeflow.JobSucceeded, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(time.Now().Add(-time.Hour))})
	})
	answers := map[string]http.HandlerFunc{
		"/apis/kubeflow.org/v2beta1/namespaces/team/mpijobs/" + running.Name: func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, running) },
		pricesPath: priced(map[string]string{PricesKey: priceList}),
	}
	d, err := serve(t, (&reads{answers: answers}).ServeHTTP).Jobs("").Describe(t.Context(), running.Name)
	if err != nil || d.Cost == nil || d.Cost.SoFar != "22.50" || d.Cost.PerHour != "22.50" {
		t.Fatalf("got %+v, %v", d, err)
	}
	delete(answers, pricesPath)
	if d, err = serve(t, (&reads{answers: answers}).ServeHTTP).Jobs("").Describe(t.Context(), running.Name); err != nil || d.Cost != nil {
		t.Errorf("without prices: %+v, %v", d.Cost, err)
	}
}

func TestRan(t *testing.T) {
	at := func(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }
	steps := func(list ...any) []Step {
		var out []Step
		for i := 0; i < len(list); i += 2 {
			out = append(out, Step{Name: list[i].(string), At: at(list[i+1].(int))})
		}
		return out
	}
	for _, c := range []struct {
		name  string
		steps []Step
		want  time.Duration
		ok    bool
	}{
		{"never ran", steps("Created", 0, "Started", 1, "Failed", 9), 0, false},
		{"runs", steps("Created", 0, "Started", 1, "Running", 40), 60 * time.Second, true},
		{"ended", steps("Created", 0, "Running", 10, "Succeeded", 40), 30 * time.Second, true},
		{"out of order", steps("Failed", 40, "Running", 10), 30 * time.Second, true},
		{"suspended", steps("Running", 10, "Suspended", 25), 15 * time.Second, true},
		{"runs again", steps("Suspended", 25, "Resumed", 50, "Running", 80), 20 * time.Second, true},
		{"waits again", steps("Running", 10, "Restarting", 20), 10 * time.Second, true},
		{"from the future", steps("Running", 200), 0, true},
	} {
		if d, ok := ran(c.steps, at(100)); d != c.want || ok != c.ok {
			t.Errorf("%s: got %s, %t, want %s, %t", c.name, d, ok, c.want, c.ok)
		}
	}
}
