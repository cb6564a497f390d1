package training

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// Queue is one that a job may name.
type Queue struct {
	// Name as Spec.Queue has it: "team", or "volcano:team".
	Name string `json:"name"`
	// Manager is "Kueue" or "Volcano".
	Manager string `json:"manager"`
	// Admitted is how many jobs run through it, Waiting how many wait in it; Volcano counts gangs.
	Admitted int64 `json:"admitted"`
	Waiting  int64 `json:"waiting"`
	// Stopped says that it admits nothing at present.
	Stopped bool `json:"stopped,omitempty"`
}

// QueueList is what queues there are for the jobs of a namespace.
type QueueList struct {
	Items []Queue `json:"items"`
	// Notes say which queues can't be read, and why.
	Notes []string `json:"notes,omitempty"`
}

const maxQueues = 500

// Queues are the LocalQueues of Kueue in the namespace, then the queues of Volcano, by name, read as the
// caller. A queue manager that the cluster doesn't have has none; one that may not be read is a note. It is
// a DeniedError only if neither may be read.
func (j *Jobs) Queues(ctx context.Context) (*QueueList, error) {
	out := &QueueList{Items: []Queue{}}
	var refused error
	may := false
	for _, read := range []func(context.Context) ([]Queue, error){j.kueueQueues, j.volcanoQueues} {
		queues, err := read(ctx)
		var denied *DeniedError
		switch {
		case errors.As(err, &denied) && !denied.Unauthenticated:
			out.Notes = append(out.Notes, err.Error())
			refused = err
			continue
		case err != nil && !isUnserved(err):
			return nil, err
		}
		may = true
		out.Items = append(out.Items, queues...)
	}
	if !may {
		return nil, refused
	}
	return out, nil
}

// kueueItem and volcanoItem are the parts of a queue that are looked at.
type kueueItem struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		StopPolicy *string `json:"stopPolicy"`
	} `json:"spec"`
	Status struct {
		Admitted int64 `json:"admittedWorkloads"`
		Pending  int64 `json:"pendingWorkloads"`
	} `json:"status"`
}

type volcanoItem struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Status   struct {
		State   string `json:"state"`
		Pending int64  `json:"pending"`
		Running int64  `json:"running"`
		Inqueue int64  `json:"inqueue"`
	} `json:"status"`
}

func (j *Jobs) kueueQueues(ctx context.Context) ([]Queue, error) {
	of := "/namespaces/" + url.PathEscape(j.namespace) + "/localqueues"
	items, err := listAt[kueueItem](ctx, j, "/apis/kueue.x-k8s.io/v1beta2"+of, "localqueues.kueue.x-k8s.io", maxQueues)
	if isUnserved(err) { // before Kueue 0.14
		items, err = listAt[kueueItem](ctx, j, "/apis/kueue.x-k8s.io/v1beta1"+of, "localqueues.kueue.x-k8s.io", maxQueues)
	}
	out := make([]Queue, len(items))
	for i, q := range items {
		stopped := q.Spec.StopPolicy != nil && *q.Spec.StopPolicy != "" && *q.Spec.StopPolicy != "None"
		out[i] = Queue{Name: q.Metadata.Name, Manager: "Kueue", Admitted: q.Status.Admitted, Waiting: q.Status.Pending, Stopped: stopped}
	}
	return byName(out), err
}

func (j *Jobs) volcanoQueues(ctx context.Context) ([]Queue, error) {
	items, err := listAt[volcanoItem](ctx, j, "/apis/scheduling.volcano.sh/v1beta1/queues", "queues.scheduling.volcano.sh", maxQueues)
	out := make([]Queue, len(items))
	for i, q := range items {
		stopped := q.Status.State == "Closed" || q.Status.State == "Closing"
		out[i] = Queue{Name: volcanoQueue + q.Metadata.Name, Manager: "Volcano", Admitted: q.Status.Running, Waiting: q.Status.Pending + q.Status.Inqueue, Stopped: stopped}
	}
	return byName(out), err
}

func byName(queues []Queue) []Queue {
	slices.SortFunc(queues, func(a, b Queue) int { return strings.Compare(a.Name, b.Name) })
	return queues
}

// listAt reads a collection that this package has no types of, as the caller.
func listAt[T any](ctx context.Context, j *Jobs, path, resource string, most int64) ([]T, error) {
	o := metav1.ListOptions{Limit: most}
	answer := j.c.core.Get().AbsPath(path).VersionedParams(&o, j.c.params).Do(ctx)
	if err := answer.Error(); err != nil {
		err = j.c.typed(err, subject{resource: resource, verb: "list", namespace: j.namespace})
		var denied *DeniedError
		if errors.As(err, &denied) && !denied.Unauthenticated {
			denied.Verb, denied.Resource = orElse(denied.Verb, "list"), resource
		}
		return nil, err
	}
	text, err := answer.Raw()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", resource, err)
	}
	var list struct {
		Items []T `json:"items"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("reading %s: %w", resource, err)
	}
	return list.Items, nil
}

// Doubts are what a job asks for that has no effect in this cluster, each in a sentence; Warnings are those that
// need no cluster. What can't be read is no doubt.
func (j *Jobs) Doubts(ctx context.Context, m *MPIJob) []string {
	queue := m.Labels[kueueQueueLabel]
	if queue == "" {
		return nil
	}
	if served, known := j.c.kueue.served(ctx, j.c); served || !known {
		return nil // Preflight says what a queue of Kueue is worth
	}
	text := fmt.Sprintf("queue %q has no effect: this cluster has no Kueue", queue)
	if !ptr.Deref(m.Spec.RunPolicy.Suspend, false) {
		text += ", so the job starts as soon as there is room"
	}
	at := "/apis/scheduling.volcano.sh/v1beta1/queues/" + url.PathEscape(queue)
	if j.c.core.Get().AbsPath(at).Do(ctx).Error() == nil {
		return []string{fmt.Sprintf("%s; Volcano has a queue of that name, %s%s", text, volcanoQueue, queue)}
	}
	return []string{text + "; leave it out, or name one of Volcano's as " + volcanoQueue + "NAME where there is one"}
}

// kueueMemory is how long a Client remembers whether its cluster has Kueue: nobody installs it more often.
const kueueMemory = time.Minute

// kueueKnown is whether a Client's cluster has Kueue, and when that was asked.
type kueueKnown struct {
	mu  sync.Mutex
	at  time.Time
	has bool
}

// served asks at most once in kueueMemory; known is false where the cluster doesn't say.
func (k *kueueKnown) served(ctx context.Context, c *Client) (has, known bool) {
	k.mu.Lock()
	has, known = k.has, !k.at.IsZero() && c.now().Sub(k.at) < kueueMemory
	k.mu.Unlock()
	if known {
		return has, true
	}
	err := c.typed(c.core.Get().AbsPath("/apis/kueue.x-k8s.io").Do(ctx).Error(), subject{verb: "get"})
	if err != nil && !isUnserved(err) {
		return false, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at, k.has = c.now(), err == nil
	return k.has, true
}
