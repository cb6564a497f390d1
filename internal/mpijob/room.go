package mpijob

import (
	"fmt"
	"math"
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

// ShareText is a part of an amount and the whole of it, in one unit where they have the same: "796 of 800.1 CPU",
// "4 of 4 TiB memory".
func ShareText(part, all resource.Quantity, name corev1.ResourceName) string {
	number, unit := measure(part, name)
	total, totalUnit := measure(all, name)
	if unit != totalUnit {
		number += unit
	}
	return number + " of " + total + totalUnit + " " + ResourceWord(name)
}

// amountOf is an amount with its unit: "64 GiB", "0.5".
func amountOf(q resource.Quantity, name corev1.ResourceName) string {
	number, unit := measure(q, name)
	return number + unit
}

// measure is an amount as people read it: a decimal number and, of what is counted in bytes, the largest unit of which
// there is one.
func measure(q resource.Quantity, name corev1.ResourceName) (number, unit string) {
	decimal := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	if !countsBytes(name) {
		return decimal(float64(q.MilliValue()) / 1000), ""
	}
	v, units := float64(q.Value()), []string{" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"}
	for len(units) > 1 && v >= 1024 {
		v, units = v/1024, units[1:]
	}
	return decimal(math.Round(v*10) / 10), units[0]
}

func countsBytes(name corev1.ResourceName) bool {
	return strings.HasSuffix(string(name), "memory") || strings.HasSuffix(string(name), "storage") || strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix)
}
