// Package index keeps the jobs of a cluster, or of one namespace, in memory and tells subscribers what
// changes. It holds Jobs rather than the objects they are made of, which are ten times larger.
//
// Changes go into one ring that all subscribers read, each from where it is: a subscriber costs no queue
// of its own, a slow one skips states that are out of date by then, and one that is too slow begins again
// with everything as it is.
package index

import (
	"hash/fnv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Key is what a job is known by.
type Key struct {
	Type            training.Type
	Namespace, Name string
}

// Index is safe for concurrent use.
type Index struct {
	types []training.Type
	now   func() time.Time

	mu       sync.RWMutex
	jobs     map[string]map[Key]*held // by namespace
	ring     ring
	position Position // of the newest change of each type
	sources  []sourceState
	digests  map[string]uint64 // by namespace: what its ETag is made of
	digest   uint64            // of all
	told     *training.ProgressHistory
	subs     map[*Subscription]struct{}
	merged   atomic.Uint64 // states that subscribers were spared
}

// held is a job with the number of its newest change in the ring.
type held struct {
	job    *training.Job
	number uint64
	digest uint64
}

// New returns an empty index of these types that remembers that many changes, for a quarter of an hour.
func New(types []training.Type, changes int, now func() time.Time) *Index {
	return &Index{
		types: types, now: now, jobs: map[string]map[Key]*held{}, ring: newRing(changes, len(types)),
		position: make(Position, len(types)), sources: make([]sourceState, len(types)),
		digests: map[string]uint64{}, subs: map[*Subscription]struct{}{},
		told: training.NewProgressHistory(training.ProgressHistoryOptions{}, now()),
	}
}

// Types are the types of job it holds, in the order of positions.
func (x *Index) Types() []training.Type { return x.types }

// Get is a job as it is now; nil where there is none.
func (x *Index) Get(k Key) *training.Job {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if h := x.jobs[k.Namespace][k]; h != nil {
		return h.job.At(x.now())
	}
	return nil
}

// List are the jobs of a namespace, of all for "", in no order. The position is what a subscription
// goes on from; the digest differs where the jobs do, on every replica alike.
func (x *Index) List(namespace string) (jobs []*training.Job, at Position, digest uint64) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	jobs, digest = x.list(namespace)
	return jobs, x.position.clone(), digest
}

func (x *Index) list(namespace string) ([]*training.Job, uint64) {
	now := x.now()
	jobs := []*training.Job{}
	if namespace != "" {
		for _, h := range x.jobs[namespace] {
			jobs = append(jobs, h.job.At(now))
		}
		return jobs, x.digests[namespace]
	}
	for _, in := range x.jobs {
		for _, h := range in {
			jobs = append(jobs, h.job.At(now))
		}
	}
	return jobs, x.digest
}

// Position is List's alone.
func (x *Index) Position() Position {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.position.clone()
}

// Digest is List's alone.
func (x *Index) Digest(namespace string) uint64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if namespace != "" {
		return x.digests[namespace]
	}
	return x.digest
}

// Count is how many jobs it holds.
func (x *Index) Count() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	n := 0
	for _, in := range x.jobs {
		n += len(in)
	}
	return n
}

// Progress is what was told of a job's progress while it was watched.
func (x *Index) Progress(j *training.Job) *training.ProgressCurve { return x.told.Curve(j) }

// Merged is how many states subscribers were spared because they were out of date when it was their turn.
func (x *Index) Merged() uint64 { return x.merged.Load() }

// put takes in a job's new state, or that it is gone (job nil), as of a version. exact is false where
// that is the latest it can have been.
func (x *Index) put(source int, k Key, job *training.Job, version uint64, exact bool) {
	old := x.jobs[k.Namespace][k]
	if job == nil && old == nil {
		return
	}
	if old != nil && job != nil && old.job.UID == job.UID && old.job.ResourceVersion == job.ResourceVersion {
		return
	}
	if exact && version > x.position[source] {
		x.position[source] = version
	}
	now := x.now()
	x.ring.forget(now.Add(-keptFor))
	c := &change{source: source, key: k, at: now, version: version, new: job, id: x.position.String()}
	if old != nil {
		c.old = old.job
		x.ring.supersede(old.number)
	}
	x.told.Changed(c.old, job, now)
	number := x.ring.append(c)
	x.store(k, old, job, number)
	for s := range x.subs {
		if s.namespace == "" || s.namespace == k.Namespace {
			s.notify()
		}
	}
}

func (x *Index) store(k Key, old *held, job *training.Job, number uint64) {
	in := x.jobs[k.Namespace]
	if old != nil {
		x.digests[k.Namespace] -= old.digest
		x.digest -= old.digest
	}
	if job == nil {
		delete(in, k)
		if len(in) == 0 {
			delete(x.jobs, k.Namespace)
			delete(x.digests, k.Namespace)
		}
		return
	}
	if in == nil {
		in = map[Key]*held{}
		x.jobs[k.Namespace] = in
	}
	d := digestOf(job)
	in[k] = &held{job: job, number: number, digest: d}
	x.digests[k.Namespace] += d
	x.digest += d
}

// digestOf stands for one state of one job.
func digestOf(j *training.Job) uint64 {
	h := fnv.New64a()
	for _, s := range []string{j.UID, j.Namespace, j.Name, j.ResourceVersion} {
		_, _ = h.Write([]byte(s))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}
