package preflight

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// mostHolders is how many running jobs an estimate looks at.
const mostHolders = 200

// holder is a running job and when it probably ends.
type holder struct {
	job   *mpijob.Job
	until time.Time
	why   string
}

// wait lets the running jobs end one after the other, at their time limits or after the time that jobs
// like them took, until the job would fit; nil where that isn't known, or wouldn't help.
func (j *judge) wait(n int32) *Wait {
	for _, c := range j.checks(n) {
		if c.Permanent && c.Outcome != Fits {
			return nil
		}
	}
	holders := j.holders()
	fits := func(ended int) bool {
		after := newJudge(j.job, without(j.Snapshot, holders[:ended]))
		return rank(outcome(after.checks(n))) <= rank(Unknown)
	}
	// The more have ended, the better it fits.
	ended := sort.Search(len(holders), func(i int) bool { return fits(i + 1) }) + 1
	if ended > len(holders) {
		return nil
	}
	until := holders[ended-1].until
	return &Wait{Seconds: max(0, until.Sub(j.Now).Seconds()), Until: until.UTC(), Basis: basis(holders[:ended])}
}

func basis(ended []holder) string {
	const most = 3
	var parts []string
	for _, h := range ended[max(0, len(ended)-most):] {
		parts = append(parts, h.job.Name+" "+h.why)
	}
	if len(ended) > most {
		parts = append(parts, fmt.Sprintf("and %d that end before", len(ended)-most))
	}
	return strings.Join(parts, "; ")
}

// holders are running jobs whose end is known, the soonest first.
func (j *judge) holders() []holder {
	var out []holder
	for _, other := range j.Jobs {
		if other.Status.StartTime == nil || mpijob.Finished(&other.Status) || mpijob.Suspended(other) ||
			other.Namespace == j.job.Namespace && other.Name == j.job.Name {
			continue
		}
		h := holder{job: other}
		if at, ok := mpijob.StopsAt(other); ok {
			h.until, h.why = at, "stops at its time limit at the latest"
		}
		if d, runs := j.usual(other); runs > 0 {
			if at := other.Status.StartTime.Add(d); at.After(j.Now) && (h.until.IsZero() || at.Before(h.until)) {
				h.until, h.why = at, fmt.Sprintf("probably ends: %d runs like it took %s", runs, d.Round(time.Second))
				if runs == 1 {
					h.why = fmt.Sprintf("probably ends: a run like it took %s", d.Round(time.Second))
				}
			}
		}
		if h.until.After(j.Now) {
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b holder) int { return a.until.Compare(b.until) })
	return out[:min(len(out), mostHolders)]
}

// usual is how long runs like a job took, by their median, and how many there were.
func (j *judge) usual(job *mpijob.Job) (time.Duration, int) {
	var took []time.Duration
	for _, o := range j.Jobs {
		succeeded := slices.ContainsFunc(o.Status.Conditions, func(c kubeflow.JobCondition) bool {
			return c.Type == kubeflow.JobSucceeded && c.Status == corev1.ConditionTrue
		})
		if succeeded && o.Status.StartTime != nil && o.Status.CompletionTime != nil && o.Namespace == job.Namespace && alike(o, job) {
			took = append(took, o.Status.CompletionTime.Sub(o.Status.StartTime.Time))
		}
	}
	if len(took) == 0 {
		return 0, 0
	}
	slices.Sort(took)
	return took[len(took)/2], len(took)
}

// alike says whether two jobs run the same program on as many Workers.
func alike(a, b *mpijob.Job) bool {
	x, y := mainOf(a), mainOf(b)
	return mpijob.Workers(a) == mpijob.Workers(b) && x != nil && y != nil &&
		x.Image == y.Image && slices.Equal(x.Command, y.Command) && slices.Equal(x.Args, y.Args)
}

func mainOf(job *mpijob.Job) *corev1.Container {
	l := job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher]
	if l == nil || len(l.Template.Spec.Containers) == 0 {
		return nil
	}
	return &l.Template.Spec.Containers[0]
}

// without is the snapshot after jobs have ended: their pods are gone, and what quotas and queues counted
// of them is given back. Their TrainJobs stay, and are counted.
func without(s *Snapshot, ended []holder) *Snapshot {
	out := *s
	gone := map[string]bool{}
	out.Quotas = make([]corev1.ResourceQuota, len(s.Quotas))
	for i := range s.Quotas {
		out.Quotas[i] = *s.Quotas[i].DeepCopy()
	}
	if s.Queue != nil {
		out.Queue = s.Queue.DeepCopy()
	}
	for _, h := range ended {
		gone[h.job.Namespace+"/"+h.job.Name] = true
		out.giveBack(h.job)
	}
	out.Pods = make([]corev1.Pod, 0, len(s.Pods))
	for i := range s.Pods {
		p := &s.Pods[i]
		if p.Labels[kubeflow.OperatorNameLabel] != kubeflow.OperatorName || !gone[p.Namespace+"/"+p.Labels[kubeflow.JobNameLabel]] {
			out.Pods = append(out.Pods, *p)
		}
	}
	return &out
}

// giveBack takes a job out of what quotas and queues count.
func (s *Snapshot) giveBack(job *mpijob.Job) {
	j := &judge{Snapshot: s, job: mpijob.WithDefaults(job)}
	j.launcher, j.worker = partsOf(j.job, s, j.settings)
	n := int32(mpijob.Workers(j.job))
	for i := range s.Quotas {
		q := &s.Quotas[i]
		if q.Namespace != job.Namespace {
			continue
		}
		back, selectors := corev1.ResourceList{}, selectorsOf(q)
		for _, p := range j.parts() {
			if inScope(selectors, p.pod) {
				mpijob.AddTimes(back, p.usage(), j.count(p, n))
			}
		}
		delete(back, "count/pods") // kept with their logs
		for name, used := range q.Status.Used {
			q.Status.Used[name] = minus(used, back[name])
		}
	}
	held := j.requested(n)
	if s.Queue != nil && QueueOf(job) == s.Queue.Name {
		for name, used := range s.Queue.Status.Allocated {
			s.Queue.Status.Allocated[name] = minus(used, held[name])
		}
	}
	if s.Kueue != nil && job.Labels[LabelKueue] == s.Kueue.Queue {
		s.Kueue = s.Kueue.without(held, n)
	}
}

// without gives back what a job of n Workers reserved, from whichever flavor has so much reserved.
func (k *Kueue) without(held corev1.ResourceList, n int32) *Kueue {
	held = maps.Clone(held)
	held[corev1.ResourcePods] = *resource.NewQuantity(int64(n)+1, resource.DecimalSI)
	out := *k
	flavors := slices.Clone(k.Cluster.Status.FlavorsReservation)
	for i := range flavors {
		flavors[i].Resources = slices.Clone(flavors[i].Resources)
		for r := range flavors[i].Resources {
			u := &flavors[i].Resources[r]
			if back, ok := held[u.Name]; ok && u.Total.Cmp(back) >= 0 {
				u.Total = minus(u.Total, back)
				delete(held, u.Name)
			}
		}
	}
	out.Cluster.Status.FlavorsReservation = flavors
	return &out
}
