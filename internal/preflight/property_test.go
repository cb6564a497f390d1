package preflight_test

import (
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"

	"github.com/opendatahub-io/mpijob/internal/preflight"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// list draws amounts of some resources.
func list(t *rapid.T, label string, most map[string]int) corev1.ResourceList {
	out := corev1.ResourceList{}
	for _, name := range []string{"cpu", "memory", "nvidia.com/gpu", "pods", "requests.cpu", "limits.memory", "requests.nvidia.com/gpu"} {
		if n := most[name]; n > 0 && rapid.Bool().Draw(t, label+" has "+name) {
			out[corev1.ResourceName(name)] = *resource.NewQuantity(int64(rapid.IntRange(0, n).Draw(t, label+" "+name)), resource.DecimalSI)
		}
	}
	return out
}

// cluster draws a job of one Worker and a cluster.
func cluster(t *rapid.T) (*mpijobtest.JobBuilder, preflight.Snapshot) {
	sizes := map[string]int{"cpu": 4, "memory": 8, "nvidia.com/gpu": 2}
	part := func(label string) func(*corev1.Container) {
		return func(c *corev1.Container) {
			c.Resources.Limits = list(t, label, sizes)
			if cpu, limited := c.Resources.Limits["cpu"]; (!limited || cpu.Sign() > 0) && rapid.Bool().Draw(t, label+" asks for less") {
				c.Resources.Requests = corev1.ResourceList{"cpu": resource.MustParse("10m")}
			}
		}
	}
	job := mpijobtest.Job("train").Launcher(part("Launcher")).Worker(part("Worker"))
	var s preflight.Snapshot
	for i := range rapid.IntRange(0, 3).Draw(t, "quotas") {
		q := quota(fmt.Sprint("q", i), "", "", rapid.SampledFrom([][]corev1.ResourceQuotaScope{nil, {corev1.ResourceQuotaScopeBestEffort}, {corev1.ResourceQuotaScopeNotBestEffort}}).Draw(t, "scope")...)
		q.Status.Hard = list(t, "hard", map[string]int{"pods": 9, "requests.cpu": 30, "limits.memory": 40, "requests.nvidia.com/gpu": 12})
		q.Spec.Hard = q.Status.Hard
		for r := range q.Status.Hard {
			q.Status.Used[r] = *resource.NewQuantity(int64(rapid.IntRange(0, 6).Draw(t, "used")), resource.DecimalSI)
		}
		s.Quotas = append(s.Quotas, q)
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "nodes") {
		n := node(fmt.Sprint("n", i), "cpu=0 memory=0")
		for r, q := range list(t, "node", map[string]int{"cpu": 12, "memory": 30, "nvidia.com/gpu": 8, "pods": 6}) {
			n.Status.Allocatable[r] = q
		}
		s.Nodes = append(s.Nodes, n)
		if rapid.Bool().Draw(t, "used") {
			s.Pods = append(s.Pods, bound("other", n.Name, "cpu=1 nvidia.com/gpu=1"))
		}
	}
	if rapid.Bool().Draw(t, "gang") {
		job = job.RunPolicy(gang("research"))
		s.Queue = &volcano.Queue{}
		s.Queue.Spec.Capability = list(t, "capability", map[string]int{"cpu": 30, "nvidia.com/gpu": 10})
		s.Queue.Status.Allocated = list(t, "allocated", map[string]int{"cpu": 5, "nvidia.com/gpu": 3})
	}
	return job, s
}

func rank(v *preflight.Verdict) int { return slices.Index(preflight.Outcomes(), v.Outcome) }

func TestFewerWorkersNeverFitWorse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		job, s := cluster(t)
		n := rapid.Int32Range(1, 12).Draw(t, "n")
		few, many := judge(job.Workers(n), s), judge(job.Workers(n+rapid.Int32Range(1, 6).Draw(t, "more")), s)
		if rank(few) > rank(many) {
			t.Fatalf("%d Workers: %s (%s); %d Workers: %s (%s)", few.Workers, few.Outcome, few.Message, many.Workers, many.Outcome, many.Message)
		}
	})
}

func TestTheLargestFitsAndOneMoreDoesNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		job, s := cluster(t)
		fits := func(n int32) bool { return judge(job.Workers(n), s).Outcome == preflight.Fits }
		v := judge(job.Workers(rapid.Int32Range(1, 12).Draw(t, "n")), s)
		if v.LargestWorkers == nil {
			if !fits(1000) {
				t.Fatal("nothing is said to limit it, yet 1000 don't fit")
			}
			return
		}
		if n := *v.LargestWorkers; n > 0 && !fits(n) || fits(n+1) {
			t.Fatalf("the largest is said to be %d: %s", n, judge(job.Workers(n+1), s).Message)
		}
	})
}

// What is said to fit on the nodes can be placed there, pod by pod; and what isn't can't, however the
// pods are tried.
func TestNodesFitExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		job, s := cluster(t)
		s.Quotas, s.Queue, s.NoVolcano = nil, nil, true
		v := judge(job.Workers(rapid.Int32Range(1, 4).Draw(t, "n")), s)
		obj := job.Obj()
		free := map[string]corev1.ResourceList{}
		for _, n := range s.Nodes {
			free[n.Name] = n.Status.Allocatable.DeepCopy()
		}
		for _, p := range s.Pods {
			take(free[p.Spec.NodeName], p.Spec.Containers[0].Resources.Requests, 1)
		}
		launcher := demand(obj.Spec.MPIReplicaSpecs["Launcher"].Template.Spec.Containers[0].Resources)
		worker := demand(obj.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Containers[0].Resources)
		asks := []corev1.ResourceList{launcher}
		for range v.Workers {
			asks = append(asks, worker)
		}
		if can := placed(free, asks); can != (v.Outcome == preflight.Fits) {
			t.Fatalf("placing them all succeeds: %v; the verdict: %s, %s", can, v.Outcome, v.Message)
		}
	})
}

func demand(r corev1.ResourceRequirements) corev1.ResourceList {
	out := r.Limits.DeepCopy()
	if out == nil {
		out = corev1.ResourceList{}
	}
	for name, q := range r.Requests {
		out[name] = q
	}
	return out
}

func take(free, asks corev1.ResourceList, sign int64) {
	one := asks.DeepCopy()
	if one == nil {
		one = corev1.ResourceList{}
	}
	one[corev1.ResourcePods] = resource.MustParse("1")
	for name, q := range one {
		q.Mul(-sign)
		left := free[name]
		left.Add(q)
		free[name] = left
	}
}

// placed tries every way to place pods on nodes.
func placed(free map[string]corev1.ResourceList, asks []corev1.ResourceList) bool {
	if len(asks) == 0 {
		return true
	}
	for _, node := range free {
		fits := node.Pods().Sign() > 0
		for name, q := range asks[0] {
			left := node[name]
			fits = fits && (q.Sign() <= 0 || q.Cmp(left) <= 0)
		}
		if !fits {
			continue
		}
		take(node, asks[0], 1)
		ok := placed(free, asks[1:])
		take(node, asks[0], -1)
		if ok {
			return true
		}
	}
	return false
}
