package preflight

import (
	"math"
	"slices"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	resources "k8s.io/component-helpers/resource"
	scheduling "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// place is a node as the job sees it.
type place struct {
	node *corev1.Node
	// free is what is left of what the node has; all of it where pods couldn't be read.
	free corev1.ResourceList
	// launcher and worker say that such a pod may go there, room aside.
	launcher, worker bool
}

// places are the nodes that would take some pod of the job.
type places struct {
	nodes []place
	// alone says that no two Workers go to one node.
	alone bool
	// whole is the same, were nothing else on the nodes.
	whole []place
}

func findPlaces(s *Snapshot, launcher, worker *part) *places {
	out := &places{alone: worker != nil && repelsItself(worker.pod)}
	used := map[string]corev1.ResourceList{}
	for i := range s.Pods {
		p := &s.Pods[i]
		if p.Spec.NodeName == "" || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
			continue
		}
		if used[p.Spec.NodeName] == nil {
			used[p.Spec.NodeName] = corev1.ResourceList{}
		}
		asks := resources.PodRequests(p, resources.PodResourcesOptions{UseStatusResources: true})
		asks[corev1.ResourcePods] = *resource.NewQuantity(1, resource.DecimalSI)
		mpijob.AddTimes(used[p.Spec.NodeName], asks, 1)
	}
	for i := range s.Nodes {
		n := &s.Nodes[i]
		p := place{node: n, launcher: takes(n, launcher.pod), worker: worker != nil && takes(n, worker.pod)}
		if !p.launcher && !p.worker {
			continue
		}
		p.free = n.Status.Allocatable
		out.whole = append(out.whole, p)
		p.free = corev1.ResourceList{}
		for name, q := range n.Status.Allocatable {
			p.free[name] = minus(q, used[n.Name][name])
		}
		out.nodes = append(out.nodes, p)
	}
	return out
}

// takes says whether a node would take a pod if it had room: it is ready, the pod tolerates its
// taints, and selects it.
func takes(n *corev1.Node, pod *corev1.Pod) bool {
	if pod.Spec.NodeName != "" && pod.Spec.NodeName != n.Name {
		return false
	}
	ready := slices.ContainsFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
	})
	if !ready || n.Spec.Unschedulable && !tolerates(pod, []corev1.Taint{{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}}) {
		return false
	}
	if !tolerates(pod, n.Spec.Taints) {
		return false
	}
	ok, err := nodeaffinity.GetRequiredNodeAffinity(pod).Match(n)
	return ok && err == nil
}

func tolerates(pod *corev1.Pod, taints []corev1.Taint) bool {
	_, untolerated := scheduling.FindMatchingUntoleratedTaint(logr.Discard(), taints, pod.Spec.Tolerations, func(t *corev1.Taint) bool {
		return t.Effect == corev1.TaintEffectNoSchedule || t.Effect == corev1.TaintEffectNoExecute
	}, true)
	return !untolerated
}

// repelsItself says whether a pod refuses to share a node with another like it.
func repelsItself(pod *corev1.Pod) bool {
	a := pod.Spec.Affinity
	if a == nil || a.PodAntiAffinity == nil {
		return false
	}
	return slices.ContainsFunc(a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution, func(t corev1.PodAffinityTerm) bool {
		s, err := metav1.LabelSelectorAsSelector(t.LabelSelector)
		return err == nil && t.TopologyKey == corev1.LabelHostname && t.LabelSelector != nil && s.Matches(labels.Set(pod.Labels))
	})
}

// room is how many pods that ask for so much have room in what is free.
func room(free, asks corev1.ResourceList) int64 {
	most := free.Pods().Value()
	for name, q := range asks {
		if q.Sign() <= 0 {
			continue
		}
		most = min(most, times(free[name], q))
	}
	return max(0, most)
}

// times is how often b goes into a.
func times(a, b resource.Quantity) int64 {
	if a.Cmp(b) < 0 {
		return 0
	}
	if x, y := a.Value(), b.Value(); x > math.MaxInt64/1000 || y > math.MaxInt64/1000 {
		return x / max(1, y)
	}
	return a.MilliValue() / max(1, b.MilliValue())
}

// most is the largest number of Workers that find room at once with the Launcher; -1 where not even the
// Launcher does. All Workers are alike, so it is exact: what the node of the Launcher loses, no
// other placing gains.
func (p *places) most(nodes []place, launcher, worker *part) int64 {
	var total int64
	loss := int64(-1)
	for _, n := range nodes {
		var here int64
		if n.worker {
			here = p.workers(n.free, worker)
		}
		total += here
		if !n.launcher || room(n.free, launcher.requests) == 0 {
			continue
		}
		var lost int64
		if n.worker {
			left := corev1.ResourceList{}
			for name, q := range n.free {
				left[name] = minus(q, launcher.requests[name])
			}
			left[corev1.ResourcePods] = minus(n.free[corev1.ResourcePods], *resource.NewQuantity(1, resource.DecimalSI))
			lost = here - p.workers(left, worker)
		}
		if loss < 0 || lost < loss {
			loss = lost
		}
	}
	if loss < 0 {
		return -1
	}
	return total - loss
}

func (p *places) workers(free corev1.ResourceList, worker *part) int64 {
	n := room(free, worker.requests)
	if p.alone {
		return min(1, n)
	}
	return n
}
