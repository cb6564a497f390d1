package training

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// UsageBoard is what jobs take of namespaces now, and what waits.
type UsageBoard struct {
	// Items are the namespaces that have jobs or quotas, by name.
	Items []NamespaceUsage `json:"items"`
	// Notes say what could not be read.
	Notes []string `json:"notes,omitempty"`
}

// NamespaceUsage is what the jobs of one namespace take now, and what waits.
type NamespaceUsage struct {
	Namespace string    `json:"namespace"`
	At        time.Time `json:"time"`
	// Quotas are the resources that ResourceQuotas limit, the fullest first.
	Quotas []QuotaUsage `json:"quotas"`
	// Unfinished is how many jobs are not finished; Phases how many are in each phase, finished ones too.
	Unfinished int           `json:"unfinished"`
	Phases     map[Phase]int `json:"phases"`
	// Jobs is how many run: they are Running or Terminating. Workers is how many those have, with those that jobs which
	// still wait for others of theirs have already; Resources is what all of these ask for together.
	Jobs      int       `json:"jobs"`
	Workers   int32     `json:"workers"`
	Resources Resources `json:"resources,omitzero"`
	// Creators are who created the unfinished jobs: who takes most GPUs first, then CPUs, then by name.
	Creators []CreatorUsage `json:"creators"`
	// Waiting are jobs that are Queued, Pending or Initializing, the oldest first, at most MaxWaiting; WaitingJobs is
	// how many there are.
	Waiting     []WaitingJob `json:"waiting"`
	WaitingJobs int          `json:"waitingJobs"`
	Notes       []string     `json:"notes,omitempty"`
}

// QuotaUsage is one resource of a ResourceQuota.
type QuotaUsage struct {
	Quota    string `json:"quota"`
	Resource string `json:"resource"` // as "requests.nvidia.com/gpu", "count/mpijobs.kubeflow.org"
	Used     string `json:"used"`
	Limit    string `json:"limit"`
	// Percent of the limit that is in use.
	Percent float64 `json:"percent"`
}

// CreatorUsage is what the jobs of one creator take.
type CreatorUsage struct {
	Creator string `json:"creator"` // empty where it is not stamped
	// Jobs, Workers and Resources are as the namespace's; Waiting is how many wait.
	Jobs      int       `json:"jobs"`
	Waiting   int       `json:"waiting"`
	Workers   int32     `json:"workers"`
	Resources Resources `json:"resources,omitzero"`
}

// WaitingJob is a job that waits, and what for.
type WaitingJob struct {
	Name    string    `json:"name"`
	Type    Type      `json:"type"`
	Phase   Phase     `json:"phase"`
	Creator string    `json:"creator,omitempty"`
	Queue   string    `json:"queue,omitempty"`
	Created time.Time `json:"created"`
	// Message says what it waits for, Resources what it asks for in all.
	Message   string    `json:"message,omitempty"`
	Resources Resources `json:"resources,omitzero"`
}

// MaxWaiting is how many waiting jobs of a namespace are named.
const MaxWaiting = 100

// NewUsageBoard counts jobs and quotas, which may be of several namespaces. Nothing is read.
func NewUsageBoard(jobs []*Job, quotas []corev1.ResourceQuota, now time.Time) *UsageBoard {
	of := map[string]*NamespaceUsage{}
	at := func(namespace string) *NamespaceUsage {
		if of[namespace] == nil {
			of[namespace] = noUsage(namespace, now)
		}
		return of[namespace]
	}
	creators := map[[2]string]*CreatorUsage{}
	for _, j := range jobs {
		key := [2]string{j.Namespace, j.Creator}
		if creators[key] == nil {
			creators[key] = &CreatorUsage{Creator: j.Creator}
		}
		at(j.Namespace).count(j, creators[key])
	}
	for i := range quotas {
		at(quotas[i].Namespace).addQuota(&quotas[i])
	}
	for key, c := range creators {
		if u := of[key[0]]; c.Jobs+c.Waiting > 0 {
			u.Creators = append(u.Creators, *c)
		}
	}
	board := &UsageBoard{Items: []NamespaceUsage{}}
	for _, u := range of {
		u.sort()
		board.Items = append(board.Items, *u)
	}
	slices.SortFunc(board.Items, func(a, b NamespaceUsage) int { return cmp.Compare(a.Namespace, b.Namespace) })
	return board
}

func noUsage(namespace string, now time.Time) *NamespaceUsage {
	return &NamespaceUsage{Namespace: namespace, At: now, Quotas: []QuotaUsage{}, Phases: map[Phase]int{}, Creators: []CreatorUsage{}, Waiting: []WaitingJob{}}
}

// Of is what a namespace's jobs take; one of which the board has nothing has none.
func (b *UsageBoard) Of(namespace string, now time.Time) *NamespaceUsage {
	u := noUsage(namespace, now)
	for i := range b.Items {
		if b.Items[i].Namespace == namespace {
			u = &b.Items[i]
		}
	}
	u.Notes = b.Notes
	return u
}

func (u *NamespaceUsage) count(j *Job, creator *CreatorUsage) {
	u.Phases[j.Phase]++
	if !j.Phase.Finished() {
		u.Unfinished++
	}
	switch j.Phase {
	case Running, Terminating:
		u.Jobs++
		creator.Jobs++
		u.take(creator, j.Workers.Total, j.TotalResources)
	case Queued, Pending, Initializing:
		u.take(creator, j.Workers.Ready, j.ResourcesPerWorker.times(j.Workers.Ready))
		creator.Waiting++
		u.WaitingJobs++
		u.Waiting = append(u.Waiting, WaitingJob{Name: j.Name, Type: j.Type, Phase: j.Phase, Creator: j.Creator, Queue: j.Queue, Created: j.Created, Message: j.Message, Resources: j.TotalResources})
	case Suspended, Succeeded, Failed:
	}
}

// take counts what is there of a job.
func (u *NamespaceUsage) take(creator *CreatorUsage, workers int32, r Resources) {
	u.Workers += workers
	u.Resources.plus(r)
	creator.Workers += workers
	creator.Resources.plus(r)
}

// times is what so many ask for.
func (r Resources) times(n int32) Resources {
	out := Resources{CPU: r.CPU.DeepCopy(), Memory: r.Memory.DeepCopy(), GPUs: r.GPUs * int64(n)}
	out.CPU.Mul(int64(n))
	out.Memory.Mul(int64(n))
	return out
}

// plus adds what another asks for.
func (r *Resources) plus(o Resources) {
	r.CPU.Add(o.CPU)
	r.Memory.Add(o.Memory)
	r.GPUs += o.GPUs
}

func (u *NamespaceUsage) addQuota(q *corev1.ResourceQuota) {
	for name, limit := range q.Status.Hard {
		used := q.Status.Used[name]
		percent := 100.0
		if most := limit.AsApproximateFloat64(); most > 0 {
			percent = 100 * used.AsApproximateFloat64() / most
		}
		u.Quotas = append(u.Quotas, QuotaUsage{Quota: q.Name, Resource: string(name), Used: used.String(), Limit: limit.String(), Percent: percent})
	}
}

func (u *NamespaceUsage) sort() {
	slices.SortFunc(u.Quotas, func(a, b QuotaUsage) int {
		return cmp.Or(cmp.Compare(b.Percent, a.Percent), cmp.Compare(a.Quota, b.Quota), cmp.Compare(a.Resource, b.Resource))
	})
	slices.SortFunc(u.Creators, func(a, b CreatorUsage) int {
		return cmp.Or(cmp.Compare(b.Resources.GPUs, a.Resources.GPUs), b.Resources.CPU.Cmp(a.Resources.CPU), cmp.Compare(a.Creator, b.Creator))
	})
	slices.SortFunc(u.Waiting, func(a, b WaitingJob) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Name, b.Name)) })
	u.Waiting = u.Waiting[:min(len(u.Waiting), MaxWaiting)]
}

// Board reads the jobs and quotas of the namespace, of all from AllJobs, as the caller. What they may not
// read is a note; jobs of no type at all, an error.
func (j *Jobs) Board(ctx context.Context) (*UsageBoard, error) {
	page, err := j.List(ctx, ListOptions{})
	if err != nil {
		return nil, err
	}
	return j.BoardOf(ctx, page.Items, page.Notes)
}

// BoardOf is Board of jobs that were read already, with the notes on that; only quotas are read.
func (j *Jobs) BoardOf(ctx context.Context, jobs []*Job, notes []string) (*UsageBoard, error) {
	quotas, err := j.quotas(ctx)
	var denied *DeniedError
	switch {
	case errors.As(err, &denied) && !denied.Unauthenticated:
		notes = append(slices.Clone(notes), err.Error())
	case err != nil:
		return nil, err
	}
	board := NewUsageBoard(jobs, quotas, j.c.now())
	board.Notes = notes
	return board, nil
}

// maxQuotas is how many ResourceQuotas are read.
const maxQuotas = 5000

func (j *Jobs) quotas(ctx context.Context) ([]corev1.ResourceQuota, error) {
	list := &corev1.ResourceQuotaList{}
	o := metav1.ListOptions{Limit: maxQuotas}
	err := j.c.core.Get().NamespaceIfScoped(j.namespace, j.namespace != "").Resource("resourcequotas").VersionedParams(&o, j.c.params).Do(ctx).Into(list)
	if err != nil {
		return nil, j.c.typed(err, subject{kind: "ResourceQuota", resource: "resourcequotas", verb: "list", namespace: j.namespace})
	}
	return list.Items, nil
}
