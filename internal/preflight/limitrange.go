package preflight

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// applyLimitRanges fills in what a pod's containers leave out, as the LimitRanger admission does.
func applyLimitRanges(ranges []corev1.LimitRange, pod *corev1.Pod) {
	for i := range ranges {
		for _, item := range ranges[i].Spec.Limits {
			if item.Type != corev1.LimitTypeContainer {
				continue
			}
			for _, c := range containers(pod) {
				c.Resources.Limits = fill(c.Resources.Limits, item.Default)
				c.Resources.Requests = fill(c.Resources.Requests, item.DefaultRequest)
			}
		}
	}
}

func fill(list, defaults corev1.ResourceList) corev1.ResourceList {
	for name, q := range defaults {
		if _, ok := list[name]; ok {
			continue
		}
		if list == nil {
			list = corev1.ResourceList{}
		}
		list[name] = q.DeepCopy()
	}
	return list
}

// limitRangeChecks say where the job's pods break a LimitRange; one check of each that is kept.
func (j *judge) limitRangeChecks() []Check {
	var out []Check
	for i := range j.LimitRanges {
		r := &j.LimitRanges[i]
		name := fmt.Sprintf("limit range %q", r.Name)
		var bad []Check
		for _, p := range j.parts() {
			for k := range r.Spec.Limits {
				bad = append(bad, brokenBy(r.Name, name, &r.Spec.Limits[k], p)...)
			}
		}
		if len(bad) == 0 {
			bad = []Check{{Name: name, Object: r.Name, Kind: KindLimitRange, Outcome: Fits, Message: "every container is within " + name}}
		}
		out = append(out, bad...)
	}
	return out
}

// brokenBy is how a part breaks one item of a LimitRange.
func brokenBy(object, name string, item *corev1.LimitRangeItem, p *part) []Check {
	var out []Check
	look := func(where, path string, requests, limits corev1.ResourceList) {
		for _, b := range breaches(item, requests, limits) {
			out = append(out, Check{
				Name: name, Object: object, Kind: KindLimitRange, Outcome: Refused, Permanent: true, Resource: b.resource, Requested: b.asked, Limit: b.bound,
				Message:    fmt.Sprintf("%s: %s, and limit range %q %s", where, b.what, object, b.rule),
				Field:      path + ".resources",
				Suggestion: "change it to " + b.mend,
			})
		}
	}
	switch item.Type {
	case corev1.LimitTypeContainer:
		for _, c := range containers(p.pod) {
			// The product's own ask for what the main one does: one complaint is enough.
			if !mpijob.AddedContainer(c.Name) {
				look(fmt.Sprintf("container %q of %s", c.Name, p.name), p.path+".template.spec.containers["+c.Name+"]", c.Resources.Requests, c.Resources.Limits)
			}
		}
	case corev1.LimitTypePod:
		look(p.name, p.path+".template.spec.containers", p.insideRequests, p.insideLimits)
	case corev1.LimitTypePersistentVolumeClaim:
	}
	return out
}

// breach is one rule of a LimitRange that is broken.
type breach struct{ resource, asked, bound, what, rule, mend string }

func breaches(item *corev1.LimitRangeItem, requests, limits corev1.ResourceList) []breach {
	var out []breach
	for _, name := range sortedNames(item.Min) {
		least := item.Min[name]
		request, asks := requests[name]
		limit, limited := limits[name]
		rule, mend := fmt.Sprintf("demands at least %s %s", &least, mpijob.ResourceWord(name)), fmt.Sprintf("%s or more", &least)
		switch {
		case !asks:
			out = append(out, breach{string(name), "", least.String(), "asks for no " + mpijob.ResourceWord(name), rule, mend})
		case request.Cmp(least) < 0:
			out = append(out, breach{string(name), request.String(), least.String(), fmt.Sprintf("asks for %s %s", &request, mpijob.ResourceWord(name)), rule, mend})
		case limited && limit.Cmp(least) < 0:
			out = append(out, breach{string(name), limit.String(), least.String(), fmt.Sprintf("is limited to %s %s", &limit, mpijob.ResourceWord(name)), rule, mend})
		}
	}
	for _, name := range sortedNames(item.Max) {
		most := item.Max[name]
		request := requests[name]
		limit, limited := limits[name]
		rule, mend := fmt.Sprintf("allows at most %s %s", &most, mpijob.ResourceWord(name)), fmt.Sprintf("a limit of %s or less", &most)
		switch {
		case !limited:
			out = append(out, breach{string(name), "", most.String(), "has no limit of " + mpijob.ResourceWord(name), rule, mend})
		case limit.Cmp(most) > 0:
			out = append(out, breach{string(name), limit.String(), most.String(), fmt.Sprintf("is limited to %s %s", &limit, mpijob.ResourceWord(name)), rule, mend})
		case request.Cmp(most) > 0:
			out = append(out, breach{string(name), request.String(), most.String(), fmt.Sprintf("asks for %s %s", &request, mpijob.ResourceWord(name)), rule, mend})
		}
	}
	for _, name := range sortedNames(item.MaxLimitRequestRatio) {
		most := item.MaxLimitRequestRatio[name]
		request, limit := requests[name], limits[name]
		if request.Sign() > 0 && limit.Sign() > 0 && !exceedsRatio(limit, request, most) {
			continue
		}
		out = append(out, breach{string(name), limit.String(), most.String(),
			fmt.Sprintf("has a limit of %s and a request of %s %s", &limit, &request, mpijob.ResourceWord(name)),
			fmt.Sprintf("allows a limit of at most %s times the request", &most), fmt.Sprintf("a request of at least the limit divided by %s", &most)})
	}
	return out
}

// exceedsRatio compares as the API server does: in thousandths where they fit.
func exceedsRatio(limit, request, most resource.Quantity) bool {
	l, r := limit.Value(), request.Value()
	if l <= resource.MaxMilliValue && r <= resource.MaxMilliValue && most.Value() <= resource.MaxMilliValue {
		l, r = limit.MilliValue(), request.MilliValue()
	}
	ratio, bound := float64(l)/float64(r), float64(most.Value())
	if most.Value() <= resource.MaxMilliValue {
		ratio, bound = ratio*1000, float64(most.MilliValue())
	}
	return ratio > bound
}
