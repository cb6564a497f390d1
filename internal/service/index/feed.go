package index

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// sourceState is what is known of one type's watch.
type sourceState struct {
	synced bool
	absent bool  // the cluster doesn't have the type
	err    error // why it isn't being watched just now
	since  time.Time
}

// staleAfter is how long a watch may fail before what is known of it counts as out of date.
const staleAfter = 30 * time.Second

// Feed keeps the index until the context ends. It tries for ever: an API server that is away comes back.
func (x *Index) Feed(ctx context.Context, sources []training.Source) {
	for i, s := range sources {
		f := &feed{x: x, source: i, Source: s}
		go cache.NewReflectorWithOptions(f.listWatch(), s.Object, f, cache.ReflectorOptions{Name: "jobs", TypeDescription: string(s.Type)}).RunWithContext(ctx)
	}
}

// synced says whether each type has been listed, or isn't there.
func (x *Index) synced() bool {
	return !slices.ContainsFunc(x.sources, func(s sourceState) bool { return !s.synced && !s.absent })
}

// Ready is nil once the index holds what the cluster does, or says what is missing. MPIJobs must be there.
func (x *Index) Ready() error {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for i, s := range x.sources {
		switch {
		case s.absent && x.types[i] == training.TypeMPIJob:
			return &training.NotInstalledError{Type: training.TypeMPIJob}
		case !s.synced && !s.absent && s.err != nil:
			return s.err
		case !s.synced && !s.absent:
			return &notYet{x.types[i]}
		case s.synced && s.err != nil && x.now().Sub(s.since) > staleAfter:
			return s.err
		}
	}
	return nil
}

type notYet struct{ what training.Type }

func (e *notYet) Error() string { return string(e.what) + "s have not been listed yet" }

// Present are the types of job that the cluster has.
func (x *Index) Present() []training.Type {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var out []training.Type
	for i, s := range x.sources {
		if !s.absent {
			out = append(out, x.types[i])
		}
	}
	return out
}

// feed is one type's way into the index. It is the store of a reflector, which lists, watches, and lists
// again when it must.
type feed struct {
	training.Source
	x      *Index
	source int
}

func (f *feed) listWatch() *cache.ListWatch {
	return &cache.ListWatch{
		ListWithContextFunc: f.list,
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			w, err := f.Watch(ctx, o)
			f.note(err)
			return w, err
		},
	}
}

// lookAgain is how often a type that isn't there is looked for.
const lookAgain = 30 * time.Second

// list lists, as soon as the type is there: a reflector would log an error each time it isn't.
func (f *feed) list(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
	for {
		list, err := f.List(ctx, o)
		if absent := f.note(err); !absent {
			return list, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(lookAgain):
		}
	}
}

// note keeps how the last request went. A type that isn't there may be installed later; one that nobody
// here may see is as good as not there. One that is uninstalled takes its jobs along, but MPIJobs are waited for.
func (f *feed) note(err error) (absent bool) {
	f.x.mu.Lock()
	defer f.x.mu.Unlock()
	s := &f.x.sources[f.source]
	if err != nil && s.err == nil {
		s.since = f.x.now()
	}
	s.err = err
	if err != nil {
		optional := f.Type != training.TypeMPIJob
		switch {
		case errors.IsNotFound(err):
			s.absent = optional || !s.synced
		case errors.IsForbidden(err):
			s.absent = optional && !s.synced
		case !optional: // of another type it isn't known to have come back
			s.absent = false
		}
	}
	if s.synced && s.absent {
		s.synced = false
		// Nobody says as of which version. It is later than all that anybody was told.
		f.keep(nil, f.x.position[f.source]+1, true)
	}
	return err != nil && s.absent
}

// keep takes in that all jobs of the type but these are gone, as of a version.
func (f *feed) keep(these map[Key]bool, version uint64, exact bool) {
	for _, in := range f.x.jobs {
		for k := range in {
			if k.Type == f.Type && !these[k] {
				f.x.put(f.source, k, nil, version, exact)
			}
		}
	}
}

func (f *feed) job(o any) (*training.Job, Key, bool) {
	object, ok := o.(runtime.Object)
	if !ok {
		return nil, Key{}, false
	}
	j := f.Job(object, f.x.now())
	if j == nil {
		return nil, Key{}, false
	}
	return j, Key{Type: f.Type, Namespace: j.Namespace, Name: j.Name}, true
}

// Add takes in a new object; it is part of cache.ReflectorStore, as the methods below.
func (f *feed) Add(o any) error {
	if j, k, ok := f.job(o); ok {
		f.x.mu.Lock()
		defer f.x.mu.Unlock()
		f.x.put(f.source, k, j, version(j.ResourceVersion), true)
	}
	return nil
}

// Update takes in an object's new state.
func (f *feed) Update(o any) error { return f.Add(o) }

// Delete takes in that an object is gone, as of the version it came with.
func (f *feed) Delete(o any) error {
	if j, k, ok := f.job(o); ok {
		f.x.mu.Lock()
		defer f.x.mu.Unlock()
		f.x.put(f.source, k, nil, version(j.ResourceVersion), true)
	}
	return nil
}

// Replace takes in everything there is, as of a version, at the start and when changes were missed. What
// is gone comes first, under the position before: whoever hears of it has heard of nothing later.
func (f *feed) Replace(list []any, at string) error {
	var jobs []*training.Job
	for _, o := range list {
		if j, _, ok := f.job(o); ok {
			jobs = append(jobs, j)
		}
	}
	f.replace(jobs, at)
	return nil
}

func (f *feed) replace(jobs []*training.Job, at string) {
	f.x.mu.Lock()
	defer f.x.mu.Unlock()
	before := f.x.position[f.source]
	now := map[Key]bool{}
	for _, j := range jobs {
		now[Key{Type: f.Type, Namespace: j.Namespace, Name: j.Name}] = true
	}
	f.keep(now, version(at), false)
	slices.SortFunc(jobs, func(a, b *training.Job) int {
		return cmp.Compare(version(a.ResourceVersion), version(b.ResourceVersion))
	})
	for _, j := range jobs {
		f.x.put(f.source, Key{Type: f.Type, Namespace: j.Namespace, Name: j.Name}, j, version(j.ResourceVersion), true)
	}
	s := &f.x.sources[f.source]
	if s.synced {
		f.x.ring.gap(f.source, before, version(at))
	} else {
		// Nobody can resume from before the first list.
		f.x.ring.floor[f.source] = max(f.x.ring.floor[f.source], version(at))
	}
	f.advance(at)
	s.synced, s.absent, s.err = true, false, nil
	for sub := range f.x.subs {
		sub.notify()
	}
}

// Bookmark takes in that nothing has changed up to a version. It comes every minute or so: a quiet cluster's old
// changes are forgotten then.
func (f *feed) Bookmark(at string) error {
	f.x.mu.Lock()
	defer f.x.mu.Unlock()
	f.advance(at)
	f.x.ring.forget(f.x.now().Add(-keptFor))
	return nil
}

func (f *feed) advance(at string) {
	f.x.position[f.source] = max(f.x.position[f.source], version(at))
}

// Resync does nothing: there is nobody to remind.
func (f *feed) Resync() error { return nil }

// version is a resource version as the number that it is.
func version(s string) uint64 {
	v, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0
	}
	return v
}
