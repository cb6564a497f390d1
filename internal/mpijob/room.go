package mpijob

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Room is what is asked for of a resource, beside what a quota or a queue has of it: said here for all,
// before a job is created and while it waits.
type Room struct {
	Resource           corev1.ResourceName
	Asked, Used, Limit resource.Quantity
	Within             string // `under quota "team"`, `in queue "research"`
	Note               string // more about the limit, said beside it
}

// UnderQuota is where a namespace's quota has room, or none.
func UnderQuota(name string) string { return fmt.Sprintf("under quota %q", name) }

// Text says it in numbers: `requested 8 nvidia.com/gpu, 6 available under quota "team" (10 of 16 in use)`.
func (r Room) Text() string {
	note := ""
	if r.Note != "" {
		note = ", " + r.Note
	}
	return fmt.Sprintf("requested %s %s, %s available %s (%s of %s in use%s)",
		AmountText(r.Asked), ResourceWord(r.Resource), AmountText(r.free()), r.Within, AmountText(r.Used), AmountText(r.Limit), note)
}

// Sentence is Text at the beginning of one.
func (r Room) Sentence() string { return "R" + strings.TrimPrefix(r.Text(), "r") }

func (r Room) free() resource.Quantity {
	left := r.Limit.DeepCopy()
	left.Sub(r.Used)
	if left.Sign() < 0 {
		return resource.Quantity{Format: r.Limit.Format}
	}
	return left
}

// JobsText says how many jobs there are of how many a quota allows; finished ones where they count too.
func JobsText(used, limit resource.Quantity, finished int, quota string) string {
	how := " jobs running "
	if finished > 0 {
		how = fmt.Sprintf(" jobs, %d of them finished ", finished)
	}
	return AmountText(used) + "/" + AmountText(limit) + how + UnderQuota(quota)
}

// ResourceWord is a resource as people call it, in whatever way a quota counts it.
func ResourceWord(name corev1.ResourceName) string {
	switch name {
	case corev1.ResourceCPU, corev1.ResourceRequestsCPU:
		return "CPU"
	case corev1.ResourceMemory, corev1.ResourceRequestsMemory:
		return "memory"
	case corev1.ResourceLimitsCPU:
		return "CPU limit"
	case corev1.ResourceLimitsMemory:
		return "memory limit"
	default:
	}
	s := string(name)
	if rest, ok := strings.CutPrefix(s, "count/"); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(s, "limits."); ok {
		return rest + " limit"
	}
	return strings.TrimPrefix(s, corev1.DefaultResourceRequestsPrefix)
}

// AmountText is a quantity as people read it beside another: a large number of whole units is written out.
func AmountText(q resource.Quantity) string {
	whole := resource.NewQuantity(q.Value(), q.Format) // rounded up, which would make what is free look enough
	if q.Format == resource.DecimalSI && q.Value() >= 10 && q.Cmp(*whole) == 0 {
		return strconv.FormatInt(q.Value(), 10)
	}
	return q.String()
}
