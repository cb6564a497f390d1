package preflight

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// containerChecks find requests that no limit allows: the defaults of a LimitRange may make them so.
func (j *judge) containerChecks() []Check {
	var out []Check
	for _, p := range j.parts() {
		for _, c := range containers(p.pod) {
			if mpijob.AddedContainer(c.Name) {
				continue
			}
			for _, r := range sortedNames(c.Resources.Requests) {
				request := c.Resources.Requests[r]
				limit, limited := c.Resources.Limits[r]
				if native(r) && !limited || limited && (request.Cmp(limit) == 0 || native(r) && request.Cmp(limit) < 0) {
					continue
				}
				why := fmt.Sprintf("its limit is %s", &limit)
				if !limited {
					why = "it has no limit of them, which must be the same"
				}
				out = append(out, Check{
					Name: "containers", Kind: KindLimitRange, Outcome: Refused, Permanent: true,
					Resource: string(r), Requested: request.String(), Limit: limit.String(),
					Message:    fmt.Sprintf("container %q of %s asks for %s %s, but %s", c.Name, p.name, &request, mpijob.ResourceWord(r), why),
					Field:      fmt.Sprintf("%s.template.spec.containers[%s].resources.limits[%s]", p.path, c.Name, r),
					Suggestion: fmt.Sprintf("set it to %s", &request),
				})
			}
		}
	}
	return out
}

// defaultPriority is the class of pods that name none; empty where there is none, or it isn't known.
func defaultPriority(s *Snapshot) string {
	var best *schedulingv1.PriorityClass
	for i := range s.Priorities {
		// Of several defaults, the API server takes that of the lowest value.
		if c := &s.Priorities[i]; c.GlobalDefault && (best == nil || c.Value < best.Value) {
			best = c
		}
	}
	if best == nil {
		return ""
	}
	return best.Name
}

// priorityChecks find classes that don't exist: no pod that names one is admitted.
func (j *judge) priorityChecks() []Check {
	var out []Check
	for _, p := range j.parts() {
		class := p.pod.Spec.PriorityClassName
		known := slices.ContainsFunc(j.Priorities, func(c schedulingv1.PriorityClass) bool { return c.Name == class })
		g := j.gap(SourcePriorities)
		switch {
		case class == "" && g != nil && j.scopedByClass():
			return []Check{g.unknown(KindPriorityClass, "pods get a priority class that a quota counts")}
		case class == "" || known || class == "system-node-critical" || class == "system-cluster-critical":
		case g != nil:
			return []Check{g.unknown(KindPriorityClass, fmt.Sprintf("priority class %q exists", class))}
		default:
			out = append(out, Check{
				Name: fmt.Sprintf("priority class %q", class), Object: class, Kind: KindPriorityClass, Outcome: Refused, Permanent: true,
				Message:    fmt.Sprintf("%s names priority class %q, which doesn't exist", p.name, class),
				Field:      p.path + ".template.spec.priorityClassName",
				Suggestion: "name another class, or leave it out",
			})
		}
	}
	return out
}

func (j *judge) scopedByClass() bool {
	return slices.ContainsFunc(j.Quotas, func(q corev1.ResourceQuota) bool {
		return slices.ContainsFunc(selectorsOf(&q), func(s corev1.ScopedResourceSelectorRequirement) bool {
			return s.ScopeName == corev1.ResourceQuotaScopePriorityClass
		})
	})
}
