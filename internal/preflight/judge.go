package preflight

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// judge is a job before a snapshot of the cluster.
type judge struct {
	*Snapshot
	job              *mpijob.Job // with defaults
	settings         mpijob.Settings
	launcher, worker *part
	places           *places
}

// Judge says whether a job, which is valid, would start now.
func Judge(job *mpijob.Job, s *Snapshot) *Verdict {
	j := newJudge(job, s)
	n := int32(mpijob.Workers(j.job))
	v := &Verdict{Name: job.Name, Namespace: job.Namespace, Workers: n, Requested: amounts(j.requested(n)), Checks: j.checks(n)}
	v.Outcome = outcome(v.Checks)
	slices.SortStableFunc(v.Checks, func(a, b Check) int { return -cmp.Compare(rank(a.Outcome), rank(b.Outcome)) })
	v.LargestWorkers = j.largest()
	if v.Outcome == Waits {
		v.Wait = j.wait(n)
	}
	v.Message = j.message(v)
	v.Suggestions = j.suggestions(v)
	return v
}

func newJudge(job *mpijob.Job, s *Snapshot) *judge {
	j := &judge{Snapshot: s, job: mpijob.WithDefaults(job)}
	j.settings.Volcano = mpijob.WantsGang(j.job) && !s.NoVolcano
	j.launcher, j.worker = partsOf(j.job, s, j.settings)
	j.places = findPlaces(s, j.launcher, j.worker)
	return j
}

func rank(o Outcome) int { return slices.Index(Outcomes(), o) }

// parts are the kinds of pods the job has.
func (j *judge) parts() []*part {
	if j.worker == nil {
		return []*part{j.launcher}
	}
	return []*part{j.launcher, j.worker}
}

// count is how many pods of a part there are in a job of n Workers.
func (j *judge) count(p *part, n int32) int64 {
	if p == j.launcher {
		return 1
	}
	return int64(n)
}

// requested is what all pods ask for.
func (j *judge) requested(n int32) corev1.ResourceList {
	sum := corev1.ResourceList{}
	for _, p := range j.parts() {
		mpijob.AddTimes(sum, p.requests, j.count(p, n))
	}
	return sum
}

// checks are everything that is looked at, for a job of n Workers.
func (j *judge) checks(n int32) []Check {
	var out []Check
	add := func(gap Source, kind Kind, what string, checks func() []Check) {
		if g := j.gap(gap); g != nil {
			out = append(out, g.unknown(kind, what))
			return
		}
		out = append(out, checks()...)
	}
	add(SourceQuotas, KindQuota, "the namespace's quotas have room", func() []Check { return j.quotas(n) })
	add(SourceLimitRanges, KindLimitRange, "the namespace's limit ranges allow it", j.limitRangeChecks)
	out = append(out, j.containerChecks()...)
	out = append(out, j.priorityChecks()...)
	out = append(out, j.runtimeClassChecks()...)
	out = append(out, j.volcanoChecks(n)...)
	out = append(out, j.kueueChecks(n)...)
	add(SourceNodes, KindNodes, "the cluster's nodes have room", func() []Check { return j.nodeChecks(n) })
	return out
}

func outcome(checks []Check) Outcome {
	out := Fits
	for i := range checks {
		out = worse(out, checks[i].Outcome)
	}
	return out
}

// mostWorkers is the largest number of Workers that is tried.
const mostWorkers = 1 << 14

// largest is the largest number of Workers with which the job would fit; nil where nothing limits it.
// More Workers never fit better, so it is found by halving.
func (j *judge) largest() *int32 {
	if j.worker == nil {
		return nil
	}
	fits := func(n int32) bool { return rank(outcome(j.checks(n))) <= rank(Unknown) }
	if !fits(1) {
		return ptr.To[int32](0)
	}
	good, bad := int32(1), int32(mostWorkers)
	if fits(bad) {
		return nil
	}
	for bad-good > 1 {
		if mid := good + (bad-good)/2; fits(mid) {
			good = mid
		} else {
			bad = mid
		}
	}
	return &good
}

// message is the verdict in a sentence: the worst check's, and how many more there are.
func (j *judge) message(v *Verdict) string {
	var worst []Check
	for _, c := range v.Checks {
		if c.Outcome == v.Outcome {
			worst = append(worst, c)
		}
	}
	switch {
	case v.Outcome == Fits:
		return "It would start now: " + j.summary(v)
	case v.NothingRead():
		return "Nothing of what decides could be read, so whether it would start isn't known: " + worst[0].inShort() + more(len(worst)-1)
	case v.Outcome == Unknown:
		return known(v) + "; " + worst[0].inShort() + more(len(worst)-1)
	}
	return worst[0].Message + more(len(worst)-1)
}

// known is what can be said of a job of which not all is known.
func known(v *Verdict) string {
	quotas, counted := true, false
	for i := range v.Checks {
		if v.Checks[i].Kind == KindQuota {
			quotas, counted = quotas && v.Checks[i].Outcome == Fits, true
		}
	}
	switch {
	case counted && quotas:
		return "It fits the namespace's quotas"
	case quotas:
		return "No quota stands in its way"
	}
	return "Nothing that could be read stands in its way"
}

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more)", n)
}

// summary names what the job asks for, the scarcest first.
func (j *judge) summary(v *Verdict) string {
	total := j.requested(v.Workers)
	text := ""
	for _, r := range sortedNames(total) {
		q := total[r]
		if q.Sign() <= 0 {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += mpijob.AmountText(q) + " " + mpijob.ResourceWord(r)
	}
	if text == "" {
		return fmt.Sprintf("%d Workers and the Launcher, which ask for no resources", v.Workers)
	}
	if j.worker != nil && !asks(j.worker.requests) {
		return text + fmt.Sprintf(" for the Launcher; the %d Workers ask for none", v.Workers)
	}
	return text + fmt.Sprintf(" for %d Workers and the Launcher", v.Workers)
}

// asks says whether there is anything in a list.
func asks(l corev1.ResourceList) bool {
	for _, q := range l {
		if q.Sign() > 0 {
			return true
		}
	}
	return false
}

// suggestions are what to do about a job that doesn't fit.
func (j *judge) suggestions(v *Verdict) []string {
	var out []string
	add := func(s string) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if n := v.LargestWorkers; rank(v.Outcome) > rank(Unknown) && n != nil && *n > 0 && *n < v.Workers {
		if *n == 1 {
			add("ask for one Worker: that would fit now")
		} else {
			add(fmt.Sprintf("ask for at most %d Workers: that would fit now", *n))
		}
	}
	for i := range v.Checks {
		if v.Checks[i].Outcome != Fits {
			add(v.Checks[i].Suggestion)
		}
	}
	return out
}
