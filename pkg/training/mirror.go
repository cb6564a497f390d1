package training

import (
	"context"
	"errors"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
)

// object is what a mirror holds: any API object.
type object interface {
	metav1.Object
	runtime.Object
}

// query is one list-and-watch: a resource, a namespace, and selectors.
type query struct {
	client        rest.Interface
	namespace     string
	label, fields string
	about         subject
	list          runtime.Object // an empty list to read into
}

// mirror keeps a copy of what a query selects. Of the changes it only notes which objects they were
// on, so that a slow reader costs no memory and sees the newest state.
//
// It is not client-go's reflector because that one begins with whatever the API server has cached,
// in which a job created a moment ago may be missing, and retries for ever what the caller should
// hear of: an unreachable server, a missing right.
type mirror[T object] struct {
	mu      sync.Mutex
	objects map[types.NamespacedName]T
	changed map[types.NamespacedName]bool
	synced  bool
	wake    chan<- struct{} // capacity 1: there is something to take
}

func newMirror[T object](wake chan<- struct{}) *mirror[T] {
	return &mirror[T]{objects: map[types.NamespacedName]T{}, changed: map[types.NamespacedName]bool{}, wake: wake}
}

// How long the mirror waits before it tries again, and how often the server ends a quiet watch.
const (
	retryFirst   = 200 * time.Millisecond
	retryMost    = 3 * time.Second
	watchSeconds = int64(290)
)

// startingUp is how long an API server that answered before may deny rights or not know MPIJobs: one
// that restarts does both, until it has read its roles and its CRDs.
const startingUp = 15 * time.Second

// run keeps the mirror until the context ends, which returns nil, or until an error that no retry
// mends: before the first list any, after it a right or CRD that stays missing.
func (m *mirror[T]) run(ctx context.Context, c *Client, q query) error {
	wait := retryFirst
	version := ""
	var refusedSince time.Time
	for ctx.Err() == nil {
		var err error
		if version == "" {
			version, err = m.relist(ctx, c, q)
		}
		if err == nil {
			started := time.Now()
			version, err = m.follow(ctx, c, q, version)
			if time.Since(started) > retryMost {
				wait = retryFirst
			}
		}
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			if !m.hasSynced() {
				return err
			}
			switch {
			case worthRetrying(err):
				refusedSince = time.Time{}
			case refusedSince.IsZero():
				refusedSince = time.Now()
			case time.Since(refusedSince) > startingUp:
				return err
			}
		} else {
			refusedSince = time.Time{}
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(wait*2, retryMost)
	}
	return nil //nolint:nilerr // the caller ended it: whatever failed then is of no interest
}

// relist reads the whole list, consistently, and returns its resource version.
func (m *mirror[T]) relist(ctx context.Context, c *Client, q query) (string, error) {
	list := q.list.DeepCopyObject()
	o := metav1.ListOptions{LabelSelector: q.label, FieldSelector: q.fields}
	err := q.client.Get().NamespaceIfScoped(q.namespace, q.namespace != "").Resource(q.about.resource).
		VersionedParams(&o, c.params).Do(ctx).Into(list)
	if err != nil {
		return "", c.typed(err, q.about)
	}
	m.replace(items[T](list))
	return list.(metav1.ListInterface).GetResourceVersion(), nil
}

// follow applies changes from a resource version on and returns the last one seen, from which to
// resume; "" where only a new list helps (410 Gone).
func (m *mirror[T]) follow(ctx context.Context, c *Client, q query, version string) (string, error) {
	seconds := watchSeconds
	o := metav1.ListOptions{
		LabelSelector: q.label, FieldSelector: q.fields, Watch: true,
		ResourceVersion: version, AllowWatchBookmarks: true, TimeoutSeconds: &seconds,
	}
	about := q.about
	about.verb = "watch"
	w, err := q.client.Get().NamespaceIfScoped(q.namespace, q.namespace != "").Resource(q.about.resource).
		VersionedParams(&o, c.params).Watch(ctx)
	if err != nil {
		return version, stale(c.typed(err, about), &version)
	}
	defer w.Stop()
	for event := range w.ResultChan() {
		switch event.Type {
		case watch.Error:
			st, ok := event.Object.(*metav1.Status)
			if !ok {
				return "", nil
			}
			err := c.fromStatus(*st, about)
			return version, stale(err, &version)
		case watch.Bookmark:
			if o, ok := event.Object.(metav1.Object); ok {
				version = o.GetResourceVersion()
			}
			continue
		case watch.Added, watch.Modified, watch.Deleted:
		}
		t, ok := event.Object.(T)
		if !ok {
			return "", nil
		}
		m.apply(t, event.Type == watch.Deleted)
		version = t.GetResourceVersion()
	}
	return version, nil
}

// stale swallows the error that says that the resource version is too old, and forgets the version.
func stale(err error, version *string) error {
	var server *ServerError
	if errors.As(err, &server) && (server.Code == 410 || server.Code == 504) {
		*version = ""
		return nil
	}
	return err
}

// worthRetrying says whether a watch that ended with this error is to be opened again: an API server
// that restarts comes back, a missing right doesn't.
func worthRetrying(err error) bool {
	var denied *DeniedError
	var missing *NotInstalledError
	return !errors.As(err, &denied) && !errors.As(err, &missing)
}

func (m *mirror[T]) hasSynced() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.synced
}

func (m *mirror[T]) notify() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func key(o metav1.Object) types.NamespacedName {
	return types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}
}

func (m *mirror[T]) apply(t T, gone bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if gone {
		delete(m.objects, key(t))
	} else {
		m.objects[key(t)] = t
	}
	m.changed[key(t)] = true
	m.notify()
}

// replace takes in a new list, as at the start and after 410 Gone: only what differs has changed.
func (m *mirror[T]) replace(list []T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := make(map[types.NamespacedName]T, len(list))
	for _, t := range list {
		next[key(t)] = t
		if old, ok := m.objects[key(t)]; !ok || old.GetResourceVersion() != t.GetResourceVersion() {
			m.changed[key(t)] = true
		}
	}
	for k := range m.objects {
		if _, ok := next[k]; !ok {
			m.changed[k] = true
		}
	}
	m.objects, m.synced = next, true
	m.notify()
}

// change is one object's newest state; gone says that there is no such object any more.
type change[T object] struct {
	key  types.NamespacedName
	obj  T
	gone bool
}

// take returns what has changed since the last call; ok is false before the first list arrived.
func (m *mirror[T]) take() (changes []change[T], ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.synced {
		return nil, false
	}
	for k := range m.changed {
		o, here := m.objects[k]
		changes = append(changes, change[T]{key: k, obj: o, gone: !here})
	}
	clear(m.changed)
	return changes, true
}

// all returns every object held; ok is false before the first list arrived.
func (m *mirror[T]) all() (objects []T, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.objects {
		objects = append(objects, o)
	}
	return objects, m.synced
}
