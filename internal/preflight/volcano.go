package preflight

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// QueueOf is the Volcano queue a job would be in; empty where it is no gang.
func QueueOf(job *mpijob.Job) string {
	if !mpijob.WantsGang(job) {
		return ""
	}
	return mpijob.QueueOf(mpijob.PodGroup(mpijob.WithDefaults(job), 1, nil))
}

// volcanoChecks say whether a gang's queue would let it in.
func (j *judge) volcanoChecks(n int32) []Check {
	if !j.settings.Volcano {
		return nil
	}
	group := mpijob.PodGroup(withWorkers(j.job, n), 1, j.priorityValues())
	queue := mpijob.QueueOf(group)
	c := Check{Name: fmt.Sprintf("queue %q", queue), Object: queue, Kind: KindVolcano, Outcome: Fits}
	if g := j.gap(SourceQueue); g != nil {
		return []Check{g.unknown(KindVolcano, fmt.Sprintf("queue %q has room", queue))}
	}
	switch {
	case j.NoQueue || j.Queue == nil:
		c.Outcome, c.Permanent = Waits, true
		c.Message = fmt.Sprintf("queue %q doesn't exist: the job would wait until it is made", queue)
		c.Suggestion = "name another in spec.runPolicy.schedulingPolicy.queue, or have it made"
		return []Check{c}
	case j.Queue.Status.State != "" && j.Queue.Status.State != volcano.QueueStateOpen:
		c.Outcome, c.Permanent = Waits, true
		c.Message = fmt.Sprintf("queue %q is %s: it lets nothing in", queue, j.Queue.Status.State)
		c.Suggestion = "name another in spec.runPolicy.schedulingPolicy.queue, or have it opened"
		return []Check{c}
	}
	var least corev1.ResourceList
	if group.Spec.MinResources != nil {
		least = *group.Spec.MinResources
	}
	c.Message = fmt.Sprintf("queue %q is open and sets no limit to what the job asks for", queue)
	for _, r := range sortedNames(j.Queue.Spec.Capability) {
		asked, used, limit := least[r], j.Queue.Status.Allocated[r], j.Queue.Spec.Capability[r]
		if asked.Sign() <= 0 {
			continue
		}
		got := c
		got.Resource, got.Requested, got.Used, got.Limit = string(r), mpijob.AmountText(asked), mpijob.AmountText(used), mpijob.AmountText(limit)
		got.Message = mpijob.Room{Resource: r, Asked: asked, Used: used, Limit: limit, Within: fmt.Sprintf("in queue %q", queue)}.Sentence()
		if within(asked, used, j.Queue.Spec.Guarantee.Resource[r]) {
			got.Message += ", kept for this queue"
		}
		sum := used.DeepCopy()
		sum.Add(asked)
		switch {
		case asked.Cmp(limit) > 0:
			got.Outcome, got.Permanent = Waits, true
			got.Suggestion = fmt.Sprintf("ask for less, or have the capability of queue %q raised: %s %s is all it allows", queue, mpijob.AmountText(limit), mpijob.ResourceWord(r))
			return []Check{got}
		case sum.Cmp(limit) > 0:
			got.Outcome, got.Suggestion = Waits, "wait, or end a job you no longer need"
			return []Check{got}
		case c.Resource == "":
			c = got
		}
	}
	return []Check{c}
}

// priorityValues are the values of the classes that were read.
func (j *judge) priorityValues() map[string]int32 {
	out := map[string]int32{}
	for i := range j.Priorities {
		out[j.Priorities[i].Name] = j.Priorities[i].Value
	}
	return out
}

// within says whether a queue's guarantee covers what is asked for beside what is in use.
func within(asked, used, guarantee resource.Quantity) bool {
	sum := used.DeepCopy()
	sum.Add(asked)
	return sum.Cmp(guarantee) <= 0
}
