package mpijob

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"
)

// Gang is what Volcano says about an attempt that isn't running yet.
type Gang struct {
	// Group is the attempt's PodGroup, nil where it is gone.
	Group *volcano.PodGroup
	// Queue is the queue it is in, nil where there is none of that name or it can't be read.
	Queue *volcano.Queue
	// NoQueue says that there is no queue of that name.
	NoQueue bool
}

// queueText says what a gang waits for that isn't a node's to give: its queue. Empty where it doesn't.
func (o *Observed) queueText(s *shortage) string {
	g := o.Gang
	if g == nil || g.Group == nil {
		return ""
	}
	queue := QueueOf(g.Group)
	if s.resource != "" {
		return "" // the nodes' fault, not the queue's
	}
	least := leastOf(g.Group)
	if name, need, taken, limit, ok := overfull(g.Queue, least); ok {
		free := limit.DeepCopy()
		free.Sub(taken)
		missing := need.DeepCopy()
		if free.Sign() > 0 {
			missing.Sub(free)
		}
		name := corev1.ResourceName(name)
		return fmt.Sprintf("Waiting for %s in queue %q, of whose %s are %s taken", ShareText(missing, need, name), queue, amountOf(limit, name), amountOf(taken, name))
	}
	if phase := g.Group.Status.Phase; phase != volcano.PodGroupPending && phase != "" {
		return ""
	}
	for _, name := range byWeight(names(least)) {
		name := corev1.ResourceName(name)
		return fmt.Sprintf("Waiting for queue %q to have room for %s %s", queue, amountOf(least[name], name), ResourceWord(name))
	}
	return fmt.Sprintf("Waiting for queue %q to have room", queue)
}

// noQueueText says that a gang's queue doesn't exist: Volcano passes over it without a word.
func (o *Observed) noQueueText() string {
	g := o.Gang
	if g == nil || g.Group == nil || !g.NoQueue {
		return ""
	}
	return fmt.Sprintf("Waiting for queue %q, which doesn't exist: have it made, or name another in spec.runPolicy.schedulingPolicy.queue", QueueOf(g.Group))
}

// QueueOf is the queue a gang is in.
func QueueOf(g *volcano.PodGroup) string {
	if g.Spec.Queue == "" {
		return "default"
	}
	return g.Spec.Queue
}

func leastOf(g *volcano.PodGroup) corev1.ResourceList {
	if g.Spec.MinResources == nil {
		return nil
	}
	return *g.Spec.MinResources
}

// overfull is the resource of which a queue has less left than is needed: how much of it that is, how
// much is taken, and the queue's limit.
func overfull(q *volcano.Queue, least corev1.ResourceList) (name string, need, taken, limit resource.Quantity, ok bool) {
	if q == nil {
		return
	}
	for _, name := range byWeight(names(q.Spec.Capability)) {
		r := corev1.ResourceName(name)
		need, taken, limit := least[r], q.Status.Allocated[r], q.Spec.Capability[r]
		sum := need.DeepCopy()
		sum.Add(taken)
		if need.Sign() > 0 && sum.Cmp(limit) > 0 {
			return name, need, taken, limit, true
		}
	}
	return
}

func names(l corev1.ResourceList) map[string]bool {
	out := map[string]bool{}
	for name := range l {
		out[string(name)] = true
	}
	return out
}
