package preflight

import (
	"fmt"
	"slices"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// LabelKueue is the label by which a job names its Kueue queue.
const LabelKueue = "kueue.x-k8s.io/queue-name"

// Kueue is what was read of a job's queue in Kueue: fields of its LocalQueue and ClusterQueue, those
// that versions v1beta1 and v1beta2 have in common.
type Kueue struct {
	Queue string // the LocalQueue's name
	// NoQueue and NoClusterQueue say that there is none of that name.
	NoQueue, NoClusterQueue bool
	Local                   LocalQueue
	Cluster                 ClusterQueue
}

// LocalQueue is the part of Kueue's LocalQueue that is looked at.
type LocalQueue struct {
	Spec struct {
		ClusterQueue string  `json:"clusterQueue"`
		StopPolicy   *string `json:"stopPolicy"`
	} `json:"spec"`
}

// ClusterQueue is the part of Kueue's ClusterQueue that is looked at.
type ClusterQueue struct {
	Spec struct {
		ResourceGroups []struct {
			CoveredResources []corev1.ResourceName `json:"coveredResources"`
			Flavors          []KueueFlavor         `json:"flavors"`
		} `json:"resourceGroups"`
		// The cohort was called so in v1beta1, and cohortName in v1beta2.
		Cohort     string  `json:"cohort"`
		CohortName string  `json:"cohortName"`
		StopPolicy *string `json:"stopPolicy"`
	} `json:"spec"`
	Status struct {
		Conditions         []metav1.Condition `json:"conditions"`
		FlavorsReservation []struct {
			Name      string `json:"name"`
			Resources []struct {
				Name  corev1.ResourceName `json:"name"`
				Total resource.Quantity   `json:"total"`
			} `json:"resources"`
		} `json:"flavorsReservation"`
	} `json:"status"`
}

// KueueFlavor is a ClusterQueue's quota of one flavor of nodes.
type KueueFlavor struct {
	Name      string `json:"name"`
	Resources []struct {
		Name           corev1.ResourceName `json:"name"`
		NominalQuota   resource.Quantity   `json:"nominalQuota"`
		BorrowingLimit *resource.Quantity  `json:"borrowingLimit"`
	} `json:"resources"`
}

// kueueChecks say whether the job's Kueue queue would admit it. What may be borrowed from a cohort
// isn't known here, so a job that needs it fits only as an estimate.
func (j *judge) kueueChecks(n int32) []Check {
	queue := j.job.Labels[LabelKueue]
	if queue == "" {
		return nil
	}
	c := Check{Name: fmt.Sprintf("Kueue queue %q", queue), Object: queue, Kind: KindKueue, Outcome: Waits, Permanent: true, Estimate: true}
	if g := j.gap(SourceKueue); g != nil {
		return []Check{g.unknown(KindKueue, fmt.Sprintf("Kueue queue %q has room", queue))}
	}
	k := j.Kueue
	if k == nil {
		k = &Kueue{NoQueue: true}
	}
	inactive := slices.ContainsFunc(k.Cluster.Status.Conditions, func(c metav1.Condition) bool { return c.Type == "Active" && c.Status == metav1.ConditionFalse })
	stopped := func(p *string) bool { return ptr.Deref(p, "None") != "None" }
	switch {
	case k.NoQueue:
		c.Message, c.Suggestion = fmt.Sprintf("Kueue queue %q doesn't exist in this namespace", queue), "name another in the label "+LabelKueue+", or have it made"
	case k.NoClusterQueue:
		c.Message, c.Suggestion = fmt.Sprintf("Kueue queue %q leads to cluster queue %q, which doesn't exist", queue, k.Local.Spec.ClusterQueue), "have it made, or name another queue"
	case stopped(k.Local.Spec.StopPolicy) || stopped(k.Cluster.Spec.StopPolicy) || inactive:
		c.Message, c.Suggestion = fmt.Sprintf("Kueue queue %q is stopped: it admits nothing", queue), "name another queue, or have it started"
	default:
		return []Check{j.admitted(c, queue, n)}
	}
	return []Check{c}
}

// admitted looks for flavors that have the job's resources, one for each group of them.
func (j *judge) admitted(c Check, queue string, n int32) Check {
	asked := j.requested(n)
	asked[corev1.ResourcePods] = *resource.NewQuantity(int64(n)+1, resource.DecimalSI)
	best := c
	best.Outcome, best.Permanent, best.Message = Fits, false, fmt.Sprintf("Kueue queue %q has room", queue)
	covered := map[corev1.ResourceName]bool{corev1.ResourcePods: true}
	for _, g := range j.Kueue.Cluster.Spec.ResourceGroups {
		var group Check
		for i := range g.Flavors {
			got := j.inFlavor(c, queue, &g.Flavors[i], asked)
			if i == 0 || rank(got.Outcome) < rank(group.Outcome) || got.Outcome == group.Outcome && group.Permanent && !got.Permanent {
				group = got
			}
		}
		if rank(group.Outcome) > rank(best.Outcome) || best.Resource == "" && group.Resource != "" {
			best = group
		}
		for _, r := range g.CoveredResources {
			covered[r] = true
		}
	}
	for _, r := range sortedNames(asked) {
		if q := asked[r]; q.Sign() > 0 && !covered[r] {
			c.Resource, c.Requested = string(r), mpijob.AmountText(q)
			c.Message = fmt.Sprintf("Kueue queue %q has no quota of %s, of which the job asks for %s: it would never be admitted", queue, mpijob.ResourceWord(r), mpijob.AmountText(q))
			c.Suggestion = "leave it out, name another queue, or have the quota made"
			return c
		}
	}
	return best
}

// inFlavor compares what the job asks for with what a flavor has left.
func (j *judge) inFlavor(c Check, queue string, f *KueueFlavor, asked corev1.ResourceList) Check {
	fit := c
	fit.Outcome, fit.Permanent = Fits, false
	cohort := j.Kueue.Cluster.Spec.Cohort + j.Kueue.Cluster.Spec.CohortName
	for _, r := range f.Resources {
		need := asked[r.Name]
		if need.Sign() <= 0 {
			continue
		}
		used, limit := j.reserved(f.Name, r.Name), r.NominalQuota.DeepCopy()
		got := c
		got.Permanent = false
		got.Resource, got.Requested, got.Used, got.Limit = string(r.Name), mpijob.AmountText(need), mpijob.AmountText(used), mpijob.AmountText(limit)
		got.Message = mpijob.Room{
			Resource: r.Name, Asked: need, Used: used, Limit: limit,
			Within: fmt.Sprintf("in Kueue queue %q", queue), Note: fmt.Sprintf("flavor %q", f.Name),
		}.Sentence()
		most, endless := limit.DeepCopy(), cohort != "" && r.BorrowingLimit == nil
		if cohort != "" && r.BorrowingLimit != nil {
			most.Add(*r.BorrowingLimit)
		}
		sum := used.DeepCopy()
		sum.Add(need)
		switch {
		case !endless && need.Cmp(most) > 0:
			got.Permanent, got.Suggestion = true, fmt.Sprintf("ask for less, or have the quota of queue %q raised: %s %s is all it allows", queue, mpijob.AmountText(most), mpijob.ResourceWord(r.Name))
			return got
		case sum.Cmp(limit) > 0:
			got.Suggestion = "wait, or end a job you no longer need"
			if cohort != "" {
				got.Message += fmt.Sprintf("; what cohort %q may lend isn't known", cohort)
			}
			return got
		case fit.Resource == "":
			got.Outcome = Fits
			fit = got
		}
	}
	return fit
}

// reserved is what admitted jobs hold of a flavor's resource.
func (j *judge) reserved(flavor string, r corev1.ResourceName) resource.Quantity {
	for _, f := range j.Kueue.Cluster.Status.FlavorsReservation {
		for _, u := range f.Resources {
			if f.Name == flavor && u.Name == r {
				return u.Total
			}
		}
	}
	return resource.Quantity{}
}

// withWorkers is the job with another number of Workers.
func withWorkers(job *mpijob.Job, n int32) *mpijob.Job {
	out := *job
	out.Spec.MPIReplicaSpecs = map[kubeflow.MPIReplicaType]*kubeflow.ReplicaSpec{}
	for kind, r := range job.Spec.MPIReplicaSpecs {
		if kind == kubeflow.MPIReplicaTypeWorker {
			changed := *r
			changed.Replicas = &n
			r = &changed
		}
		out.Spec.MPIReplicaSpecs[kind] = r
	}
	return &out
}
