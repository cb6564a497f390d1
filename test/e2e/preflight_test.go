//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/preflight"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

const (
	agreeNamespaces = 8
	agreeJobs       = 6
)

// rules are what a namespace demands.
type rules struct {
	quotas []corev1.ResourceQuota
	ranges []corev1.LimitRange
}

// drawList draws amounts of the resources that are named, each from its own few, and there in so many
// of ten cases.
func drawList(t *rapid.T, label string, often int, values map[corev1.ResourceName][]string) corev1.ResourceList {
	out := corev1.ResourceList{}
	for _, name := range []corev1.ResourceName{"cpu", "memory", "nvidia.com/gpu", "ephemeral-storage", "pods", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory", "requests.nvidia.com/gpu", "count/pods"} {
		if vs := values[name]; len(vs) > 0 {
			if rapid.IntRange(1, 10).Draw(t, label+" has "+string(name)) <= often {
				out[name] = resource.MustParse(rapid.SampledFrom(vs).Draw(t, label+" "+string(name)))
			}
		}
	}
	return out
}

// drawRules draws a namespace's quotas and limit ranges.
func drawRules(t *rapid.T) rules {
	var r rules
	for i := range rapid.IntRange(1, 3).Draw(t, "quotas") {
		q := corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("quota-", i)}}
		hard := map[corev1.ResourceName][]string{
			"pods": {"3", "8", "16"}, "count/pods": {"6", "16"}, "cpu": {"2", "8"}, "memory": {"4Gi", "8Gi"}, "requests.cpu": {"600m", "3", "9"}, "requests.memory": {"1Gi", "6Gi"},
			"limits.cpu": {"5", "15"}, "limits.memory": {"2Gi", "9Gi"}, "requests.nvidia.com/gpu": {"0", "4", "12", "24"},
		}
		scope := rapid.SampledFrom([]string{"", "", "Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass"}).Draw(t, "scope")
		switch scope {
		case "":
		case "BestEffort":
			hard = map[corev1.ResourceName][]string{"pods": {"1", "3"}}
			q.Spec.Scopes = []corev1.ResourceQuotaScope{corev1.ResourceQuotaScopeBestEffort}
		case "PriorityClass":
			m := corev1.ScopedResourceSelectorRequirement{ScopeName: corev1.ResourceQuotaScopePriorityClass,
				Operator: rapid.SampledFrom([]corev1.ScopeSelectorOperator{corev1.ScopeSelectorOpIn, corev1.ScopeSelectorOpNotIn, corev1.ScopeSelectorOpExists}).Draw(t, "operator")}
			if m.Operator != corev1.ScopeSelectorOpExists {
				m.Values = []string{"e2e-preflight"}
			}
			q.Spec.ScopeSelector = &corev1.ScopeSelector{MatchExpressions: []corev1.ScopedResourceSelectorRequirement{m}}
			delete(hard, "count/pods")
		default:
			q.Spec.Scopes = []corev1.ResourceQuotaScope{corev1.ResourceQuotaScope(scope)}
			for _, r := range []corev1.ResourceName{"count/pods", "requests.nvidia.com/gpu"} {
				delete(hard, r) // such a scope may not count them
			}
		}
		if q.Spec.Hard = drawList(t, "hard", 3, hard); len(q.Spec.Hard) == 0 {
			q.Spec.Hard = corev1.ResourceList{"pods": resource.MustParse("5")}
		}
		r.quotas = append(r.quotas, q)
	}
	for i := range rapid.IntRange(0, 1).Draw(t, "limit ranges") {
		item := corev1.LimitRangeItem{Type: rapid.SampledFrom([]corev1.LimitType{corev1.LimitTypeContainer, corev1.LimitTypeContainer, corev1.LimitTypePod}).Draw(t, "type")}
		item.Min = drawList(t, "min", 2, map[corev1.ResourceName][]string{"cpu": {"50m", "200m"}, "memory": {"64Mi"}})
		item.Max = drawList(t, "max", 3, map[corev1.ResourceName][]string{"cpu": {"1", "2"}, "memory": {"1Gi"}})
		item.MaxLimitRequestRatio = drawList(t, "ratio", 1, map[corev1.ResourceName][]string{"cpu": {"1", "4"}})
		if item.Type == corev1.LimitTypeContainer {
			item.DefaultRequest = drawList(t, "default request", 7, map[corev1.ResourceName][]string{"cpu": {"200m"}, "memory": {"64Mi"}})
			item.Default = drawList(t, "default", 7, map[corev1.ResourceName][]string{"cpu": {"1"}, "memory": {"256Mi", "1Gi"}})
		}
		r.ranges = append(r.ranges, corev1.LimitRange{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("range-", i)}, Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{item}}})
	}
	return r
}

// drawJob draws a job that is valid for itself.
func drawJob(t *rapid.T, ns, name string) *kubeflow.MPIJob {
	job := newJob(ns, name, workers(rapid.Int32Range(1, 4).Draw(t, "workers")))
	for _, p := range []*corev1.PodSpec{launcherPod(job), workerPod(job)} {
		draw := func(label string, gpus ...string) corev1.ResourceRequirements {
			values := map[corev1.ResourceName][]string{"cpu": {"200m", "500m", "1"}, "memory": {"128Mi", "768Mi"}, "ephemeral-storage": {"1Mi"}, "nvidia.com/gpu": gpus}
			out := corev1.ResourceRequirements{Limits: drawList(t, label+" limit", 9, values)}
			delete(values, "nvidia.com/gpu")
			out.Requests = drawList(t, label+" request", 4, map[corev1.ResourceName][]string{"cpu": {"100m", "500m"}, "memory": {"64Mi", "128Mi"}})
			for r, q := range out.Requests {
				if l, ok := out.Limits[r]; ok && q.Cmp(l) > 0 {
					delete(out.Requests, r)
				}
			}
			return out
		}
		p.Containers[0].Resources = draw("main", "1", "2")
		if rapid.Bool().Draw(t, "init container") {
			c := *p.Containers[0].DeepCopy()
			c.Name, c.Command, c.Resources = "prepare", []string{"true"}, draw("init")
			if rapid.Bool().Draw(t, "sidecar") {
				c.RestartPolicy = ptr(corev1.ContainerRestartPolicyAlways)
			}
			p.InitContainers = append(p.InitContainers, c)
		}
		if rapid.Bool().Draw(t, "deadline") {
			p.ActiveDeadlineSeconds = ptr(int64(600))
		}
		if rapid.IntRange(0, 3).Draw(t, "class") == 0 {
			p.PriorityClassName = "e2e-preflight"
		}
	}
	return job
}

// What preflight says of quotas, limit ranges and priority classes is what the API server then does:
// the job's pods are created one by one as the Job controller would, for a scheduler that doesn't exist.
// Those of one job are in the way of the next.
func TestPreflightAgreesWithTheAPIServer(t *testing.T) {
	t.Parallel()
	e := setup(t)
	class := &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: "e2e-preflight"}, Value: 1}
	e.must(client.IgnoreAlreadyExists(e.admin.Client.Create(e.ctx, class)), "creating a priority class")
	t.Cleanup(func() { _ = e.admin.Client.Delete(context.Background(), class) })
	seed := rand.IntN(1 << 20)
	var admitted, refused atomic.Int32
	t.Cleanup(func() {
		if t.Logf("seed %d: %d jobs admitted, %d refused", seed, admitted.Load(), refused.Load()); admitted.Load() == 0 || refused.Load() == 0 {
			t.Error("the rules and jobs are all alike: the test says nothing")
		}
	})
	for i := range agreeNamespaces {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			e := e.in(t)
			ns := e.namespace("preflight")
			r := rapid.Custom(drawRules).Example(seed + i)
			switch i { // so that some are surely admitted, and some refused
			case 0:
				r = rules{}
			case 1:
				r.quotas[0].Spec = corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"pods": resource.MustParse("1")}}
			}
			e.obey(ns, r)
			jobs := e.core().Jobs(ns)
			for k := range agreeJobs {
				job := rapid.Custom(func(t *rapid.T) *kubeflow.MPIJob { return drawJob(t, ns, fmt.Sprint("job-", k)) }).Example(seed + 1000*i + k)
				v, err := jobs.Preflight(e.ctx, job, training.PreflightOptions{})
				e.must(err, "preflight")
				foretold := barred(v)
				refusal := e.createPods(job)
				if refusal == nil {
					admitted.Add(1)
				} else {
					refused.Add(1)
				}
				// Where nothing is in use yet, what is refused now is refused for good.
				if k == 0 && foretold != nil && foretold.Outcome != training.Refused {
					t.Errorf("the first job of %s is said to wait: %s", ns, foretold.Message)
				}
				if (foretold == nil) != (refusal == nil) {
					t.Errorf("job %d of %s: preflight foretells %v; the API server: %v\nchecks: %+v\nlauncher %+v\nworker %+v", k, ns, foretold, refusal,
						v.Checks, launcherPod(job).Containers[0].Resources, workerPod(job).Containers[0].Resources)
				}
			}
		})
	}
}

// core is the product's own client, as the administrator.
func (e *env) core() *training.Client {
	e.t.Helper()
	c, err := training.NewClient(e.admin.Config, teamA)
	e.must(err, "making a client")
	return c
}

// barred is the check by which pods are refused now; nil for none.
func barred(v *training.Verdict) *training.PreflightCheck {
	for i := range v.Checks {
		switch c := &v.Checks[i]; c.Kind {
		case preflight.KindQuota, preflight.KindLimitRange, preflight.KindPriorityClass, preflight.KindRuntimeClass:
			if c.Object != "last" && (c.Outcome == training.Refused || c.Outcome == training.Waits) {
				return c
			}
		case preflight.KindNodes, preflight.KindVolcano, preflight.KindKueue:
		}
	}
	return nil
}

// obey gives a namespace its rules, and waits until the API server enforces them: it learns of changes
// to quotas in their order, so that it knows of all when it knows of the last.
func (e *env) obey(ns string, r rules) {
	e.t.Helper()
	for i := range r.ranges {
		r.ranges[i].Namespace = ns
		e.must(e.admin.Client.Create(e.ctx, &r.ranges[i]), "creating a limit range")
	}
	counted := func(names ...string) {
		e.await(e.admin.Client, &corev1.ResourceQuotaList{}, "the quotas to be counted", func(qs []client.Object) bool {
			for _, name := range names {
				q, ok := find(qs, name).(*corev1.ResourceQuota)
				if !ok || len(q.Status.Hard) != len(q.Spec.Hard) || len(q.Status.Used) != len(q.Spec.Hard) {
					return false
				}
			}
			return true
		}, client.InNamespace(ns))
	}
	var names []string
	for i := range r.quotas {
		r.quotas[i].Namespace = ns
		e.must(e.admin.Client.Create(e.ctx, &r.quotas[i]), "creating a quota")
		names = append(names, r.quotas[i].Name)
	}
	counted(names...)
	last := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "last"}}
	last.Spec.Hard = corev1.ResourceList{"count/secrets": resource.MustParse("0")}
	e.must(e.admin.Client.Create(e.ctx, last), "creating a quota")
	counted("last")
	for range 300 {
		probe := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "probe"}}
		if err := e.admin.Client.Create(e.ctx, probe, client.DryRunAll); err != nil && strings.Contains(err.Error(), "exceeded quota: last") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	e.t.Fatal("the API server doesn't enforce the quotas")
}

// createPods makes the job's pods in the order of the Job controller's, and returns the first refusal.
func (e *env) createPods(job *kubeflow.MPIJob) error {
	for _, p := range pods(job) {
		if err := e.admin.Client.Create(e.ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// pods are the job's, for nobody to schedule.
func pods(job *kubeflow.MPIJob) []*corev1.Pod {
	job = mpijob.WithDefaults(job)
	l, w := mpijob.PodTemplates(job, mpijob.Settings{AgentImage: "mpijob.sandbox/agent:dev"})
	of := func(t *corev1.PodTemplateSpec, role string) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: job.Namespace, GenerateName: job.Name + "-" + role + "-"}, Spec: *t.Spec.DeepCopy()}
		p.Spec.SchedulerName = "nobody"
		return p
	}
	out := []*corev1.Pod{of(l, "launcher")}
	for range mpijob.Workers(job) {
		out = append(out, of(w, "worker"))
	}
	return out
}
