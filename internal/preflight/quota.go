package preflight

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	resources "k8s.io/component-helpers/resource"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Names a quota counts jobs by.
const (
	countJobs corev1.ResourceName = "count/mpijobs.kubeflow.org"
	countRuns corev1.ResourceName = "count/trainjobs.trainer.kubeflow.org"
)

// quotaChecks say what a quota makes of the job with n Workers: one check of each resource that is
// exceeded, else one of the scarcest.
func (j *judge) quotaChecks(q *corev1.ResourceQuota, n int32) []Check {
	name := fmt.Sprintf("quota %q", q.Name)
	hard := q.Status.Hard
	if len(hard) == 0 && len(q.Spec.Hard) > 0 {
		return []Check{{Name: name, Object: q.Name, Kind: KindQuota, Outcome: Unknown, Message: "the cluster hasn't counted what is in use under " + name + " yet: ask again in a moment"}}
	}
	if c := j.unsaid(q, name); c != nil {
		return []Check{*c}
	}
	asked := j.charged(q, n)
	var over []Check
	scarcest := Check{Name: name, Object: q.Name, Kind: KindQuota, Outcome: Fits, Message: "nothing of the job counts under " + name}
	for _, r := range sortedNames(asked) {
		want := asked[r]
		limit, ok := hard[r]
		if !ok || want.Sign() <= 0 {
			continue
		}
		used, ok := q.Status.Used[r]
		if !ok {
			return []Check{{Name: name, Object: q.Name, Kind: KindQuota, Outcome: Unknown, Resource: string(r),
				Message: fmt.Sprintf("the cluster hasn't counted the %s in use under %s yet: ask again in a moment", mpijob.ResourceWord(r), name)}}
		}
		c := j.measured(q, r, want, used, limit)
		switch {
		case c.Outcome != Fits:
			over = append(over, c)
		case scarcest.Resource == "":
			scarcest = c
		}
	}
	if len(over) > 0 {
		return over
	}
	return []Check{scarcest}
}

// charged is what a quota would count of the job: its pods that are in the quota's scopes, and the
// objects the controller makes, which only a quota without scopes counts.
func (j *judge) charged(q *corev1.ResourceQuota, n int32) corev1.ResourceList {
	out := corev1.ResourceList{}
	selectors := selectorsOf(q)
	for _, p := range j.parts() {
		if inScope(selectors, p.pod) {
			mpijob.AddTimes(out, p.usage(), j.count(p, n))
		}
	}
	if len(selectors) == 0 {
		for name, count := range mpijob.Objects(j.job, j.settings) {
			if count := j.objects(name, count, n); count > 0 {
				out[name] = *resource.NewQuantity(count, resource.DecimalSI)
			}
		}
	}
	return out
}

// unsaid is the refusal of pods that don't say how much they want of what a quota counts.
func (j *judge) unsaid(q *corev1.ResourceQuota, name string) *Check {
	selectors := selectorsOf(q)
	for _, p := range j.parts() {
		if !inScope(selectors, p.pod) || resources.IsPodLevelResourcesSet(p.pod) {
			continue
		}
		for _, c := range containers(p.pod) {
			if mpijob.AddedContainer(c.Name) {
				continue // it says what the main one does
			}
			for _, r := range sortedNames(q.Status.Hard) {
				if !required(q.Status.Hard).Has(r) || says(c, r) {
					continue
				}
				kind, bare := "requests", strings.TrimPrefix(string(r), "requests.")
				if rest, ok := strings.CutPrefix(bare, "limits."); ok {
					kind, bare = "limits", rest
				}
				return &Check{
					Name: name, Object: q.Name, Kind: KindQuota, Outcome: Refused, Permanent: true, Resource: string(r),
					Message:    fmt.Sprintf("%s counts %s.%s, and container %q of %s doesn't say how much it wants", name, kind, bare, c.Name, p.name),
					Field:      fmt.Sprintf("%s.template.spec.containers[%s].resources.%s[%s]", p.path, c.Name, kind, bare),
					Suggestion: "add it, or have a LimitRange give the namespace a default",
				}
			}
		}
	}
	return nil
}

// measured compares what the job asks for of one resource with what a quota has left.
func (j *judge) measured(q *corev1.ResourceQuota, r corev1.ResourceName, asked, used, limit resource.Quantity) Check {
	c := Check{
		Name: fmt.Sprintf("quota %q", q.Name), Object: q.Name, Kind: KindQuota, Outcome: Fits,
		Resource: string(r), Requested: mpijob.AmountText(asked), Used: mpijob.AmountText(used), Limit: mpijob.AmountText(limit),
	}
	sum := used.DeepCopy()
	sum.Add(asked)
	if r == countJobs || r == countRuns {
		c.Message = j.counted(q.Name, r, used, limit)
	} else {
		c.Message = mpijob.Room{Resource: r, Asked: asked, Used: used, Limit: limit, Within: mpijob.UnderQuota(q.Name)}.Sentence()
	}
	if sum.Cmp(limit) <= 0 {
		return c
	}
	c.Outcome, c.Suggestion = Waits, "wait, or end a job you no longer need"
	switch {
	case limit.Cmp(asked) < 0:
		c.Outcome, c.Permanent = Refused, true
		c.Suggestion = fmt.Sprintf("ask for less, or have the namespace's administrator raise quota %q: %s %s is all it allows", q.Name, mpijob.AmountText(limit), mpijob.ResourceWord(r))
	case r == countJobs:
		// The job itself is what is counted: it can't even be created to wait.
		c.Outcome, c.Suggestion = Refused, fmt.Sprintf("delete a job you no longer need, finished ones count too, or have the namespace's administrator raise quota %q", q.Name)
	case r == countRuns:
		c.Suggestion = "wait, or delete a finished job: it counts until it is deleted or its ttlSecondsAfterFinished is over"
	}
	return c
}

// counted says how many jobs there are of how many a quota allows.
func (j *judge) counted(quota string, r corev1.ResourceName, used, limit resource.Quantity) string {
	finished := 0
	for _, other := range j.Jobs {
		if other.Namespace == j.job.Namespace && mpijob.Finished(&other.Status) {
			finished++
		}
	}
	if r != countJobs {
		finished = 0 // a quota of runs forgets those that were cleared away
	}
	return mpijob.JobsText(used, limit, finished, quota)
}

// objects is how many of a kind the job is made of with n Workers.
func (j *judge) objects(name corev1.ResourceName, count int64, n int32) int64 {
	if name == "count/jobs.batch" {
		return 1 + min(1, int64(n))
	}
	return count
}

// quotas are the checks of all quotas.
func (j *judge) quotas(n int32) []Check {
	var out []Check
	for i := range j.Quotas {
		out = append(out, j.quotaChecks(&j.Quotas[i], n)...)
	}
	slices.SortStableFunc(out, func(a, b Check) int { return strings.Compare(a.Name, b.Name) })
	return out
}
