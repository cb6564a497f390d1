package index

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

var types = []training.Type{training.TypeMPIJob, training.TypeTrainJob}

func seeAll(Key) bool { return true }

// world is a cluster: what there is, and every change with its version.
type world struct {
	version uint64
	jobs    [2]map[string]*training.Job
	log     [2][]logged
}

type logged struct {
	version uint64
	job     *training.Job
	gone    bool
}

func (w *world) step(r *rand.Rand) {
	w.version += 1 + r.Uint64N(3)
	source, name := r.IntN(2), fmt.Sprintf("job-%d", r.IntN(6))
	old := w.jobs[source][name]
	j := &training.Job{
		Name: name, Namespace: "team", Type: types[source], UID: fmt.Sprint(name, w.version), ResourceVersion: fmt.Sprint(w.version),
		Phase: training.Phases()[r.IntN(4)],
	}
	if old != nil {
		j.UID = old.UID
		if r.IntN(4) == 0 {
			delete(w.jobs[source], name)
			w.log[source] = append(w.log[source], logged{w.version, j, true})
			return
		}
	}
	w.jobs[source][name] = j
	w.log[source] = append(w.log[source], logged{w.version, j, false})
}

// replica is one index with how much of each log it has taken in.
type replica struct {
	x    *Index
	w    *world
	read [2]int
	feed [2]*feed
}

func newReplica(w *world, changes int) *replica {
	r := &replica{w: w, x: New(types, changes, time.Now)}
	for i := range r.feed {
		r.feed[i] = &feed{x: r.x, source: i, Source: training.Source{Type: types[i]}}
		r.relist(i)
	}
	return r
}

// relist takes in everything as it is, as after a watch that broke off.
func (r *replica) relist(source int) {
	f := r.feed[source]
	var list []*training.Job
	for _, j := range r.w.jobs[source] {
		list = append(list, j)
	}
	f.replace(list, fmt.Sprint(r.w.version))
	r.read[source] = len(r.w.log[source])
}

// follow takes in some of what is next.
func (r *replica) follow(source, n int) {
	for _, l := range r.w.log[source][r.read[source]:][:min(n, len(r.w.log[source])-r.read[source])] {
		job := l.job
		if l.gone {
			job = nil
		}
		r.x.mu.Lock()
		r.x.put(source, Key{types[source], "team", l.job.Name}, job, l.version, true)
		r.x.mu.Unlock()
		r.read[source]++
	}
}

// client keeps what it is told, and what it resumes from.
type client struct {
	sub   *Subscription
	jobs  map[Key]string // phase
	id    string
	keeps func(*training.Job) bool
}

func (c *client) connect(x *Index) {
	from, _ := ParsePosition(c.id, len(types))
	c.sub, _ = x.Subscribe("team", seeAll, c.keeps, from)
}

// read takes in at most that many events, as a connection that breaks off would leave them.
func (c *client) read(n int) {
	for {
		events, more, behind := c.sub.Read()
		if behind {
			jobs, id := c.sub.Snapshot()
			c.jobs, c.id = map[Key]string{}, id
			for _, j := range jobs {
				c.jobs[Key{j.Type, j.Namespace, j.Name}] = string(j.Phase)
			}
			continue
		}
		for _, e := range events {
			if n--; n < 0 {
				return
			}
			c.id = e.ID
			if e.Body == nil {
				delete(c.jobs, e.Key)
				continue
			}
			var j training.Job
			if err := json.Unmarshal(e.Body, &j); err != nil {
				panic(err)
			}
			c.jobs[e.Key] = string(j.Phase)
		}
		if !more {
			return
		}
	}
}

func (c *client) state() string {
	var b strings.Builder
	for _, t := range types {
		for i := range 6 {
			k := Key{t, "team", fmt.Sprintf("job-%d", i)}
			if p, ok := c.jobs[k]; ok {
				fmt.Fprintf(&b, "%s/%s=%s ", t, k.Name, p)
			}
		}
	}
	return b.String()
}

// Whatever happens to connections and watches, and whichever replica a client comes back to: in the end
// it has been told of everything, and of nothing that isn't so.
func TestNothingIsLostAcrossReplicas(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := &world{version: 10, jobs: [2]map[string]*training.Job{{}, {}}}
		for range 5 {
			w.step(r)
		}
		replicas := []*replica{newReplica(w, 4+r.IntN(60)), newReplica(w, 4+r.IntN(60))}
		all := func(*training.Job) bool { return true }
		some := func(j *training.Job) bool { return j.Phase == training.Queued || j.Phase == training.Pending }
		clients := []*client{{keeps: all}, {keeps: some}}
		for _, c := range clients {
			c.connect(replicas[0].x)
		}
		for range 120 {
			w.step(r)
			for _, p := range replicas {
				switch source := r.IntN(2); r.IntN(12) {
				case 0:
					p.relist(source)
				default:
					p.follow(source, r.IntN(4))
				}
			}
			for _, c := range clients {
				switch r.IntN(8) {
				case 0:
					c.read(r.IntN(5))
					c.sub.End()
					c.connect(replicas[r.IntN(2)].x)
				case 1, 2, 3:
					c.read(1 << 20)
				}
			}
		}
		for _, p := range replicas {
			for source := range types {
				p.follow(source, 1<<20)
			}
		}
		var want strings.Builder
		for i, c := range clients {
			c.read(1 << 20)
			want.Reset()
			expected := &client{jobs: map[Key]string{}}
			for source := range types {
				for name, j := range w.jobs[source] {
					if c.keeps(j) {
						expected.jobs[Key{types[source], "team", name}] = string(j.Phase)
					}
				}
			}
			if c.state() != expected.state() {
				t.Fatalf("seed %d, client %d:\n got %s\nwant %s", seed, i, c.state(), expected.state())
			}
		}
		_, _, a := replicas[0].x.List("team")
		_, _, b := replicas[1].x.List("team")
		if a != b || a != replicas[0].x.Digest("") {
			t.Fatalf("seed %d: replicas with the same jobs have digests %x and %x", seed, a, b)
		}
	}
}

func TestPositions(t *testing.T) {
	if p, ok := ParsePosition(Position{12, 7}.String(), 2); !ok || p[0] != 12 || p[1] != 7 {
		t.Errorf("got %v %v", p, ok)
	}
	for _, s := range []string{"", "1", "1.2.3", "-1.2", "1.+2", "1.02", "1. 2", "a.b", "1.2\n", "99999999999999999999.1", strings.Repeat("1", 100) + ".1"} {
		if p, ok := ParsePosition(s, 2); ok {
			t.Errorf("%q was read as %v", s, p)
		}
	}
}

// A position from elsewhere, or from a future that may never come, is no place to resume from.
func TestNoResumeFromElsewhere(t *testing.T) {
	w := &world{version: 10, jobs: [2]map[string]*training.Job{{}, {}}}
	x := newReplica(w, 8).x
	for _, from := range []Position{nil, {0, 0}, {10, 11}, {11, 10}} {
		if _, ok := x.Subscribe("team", seeAll, func(*training.Job) bool { return true }, from); ok {
			t.Errorf("resumed from %v", from)
		}
	}
	if _, ok := x.Subscribe("team", seeAll, func(*training.Job) bool { return true }, Position{10, 10}); !ok {
		t.Error("did not resume from where it is")
	}
}

// A type that is uninstalled goes with its jobs, and takes nothing else along; it can come back. MPIJobs are waited for.
func TestTypeIsUninstalled(t *testing.T) {
	now := time.Unix(1e9, 0)
	x := New(types, 8, func() time.Time { return now })
	put := func(source int, at string) *feed {
		f := &feed{x: x, source: source, Source: training.Source{Type: types[source]}}
		f.replace([]*training.Job{{Name: "a", Namespace: "team", Type: types[source], UID: "a", ResourceVersion: at}}, at)
		return f
	}
	mpi, train := put(0, "10"), put(1, "10")
	all := func(*training.Job) bool { return true }
	before := x.Position()
	follows, _ := x.Subscribe("team", seeAll, all, before)
	uninstalled := errors.NewNotFound(schema.GroupResource{Resource: "trainjobs"}, "")
	if !train.note(uninstalled) {
		t.Error("it counts as there")
	}
	now = now.Add(2 * staleAfter)
	if err := x.Ready(); err != nil || !slices.Equal(x.Present(), types[:1]) || x.Count() != 1 {
		t.Errorf("uninstalled: %v, present are %v, %d jobs", err, x.Present(), x.Count())
	}
	if train.note(errors.NewTimeoutError("slow", 1)); x.Ready() != nil || len(x.Present()) != 1 {
		t.Errorf("a look at it that is slow: %v, present are %v", x.Ready(), x.Present())
	}
	resumes, ok := x.Subscribe("team", seeAll, all, before)
	for who, s := range map[string]*Subscription{"who follows": follows, "who comes back": resumes} {
		events, _, behind := s.Read()
		if !ok || behind || len(events) != 1 || events[0].Body != nil || events[0].Key.Type != training.TypeTrainJob {
			t.Errorf("%s is told %v, behind %t", who, events, behind)
		}
	}
	put(1, "20")
	if err := x.Ready(); err != nil || !slices.Equal(x.Present(), types) || x.Count() != 2 {
		t.Errorf("back: %v, present are %v, %d jobs", err, x.Present(), x.Count())
	}
	if events, _, behind := follows.Read(); behind || len(events) != 1 || events[0].Body == nil {
		t.Errorf("of its return is told %v, behind %t", events, behind)
	}
	if mpi.note(uninstalled); x.Count() != 2 {
		t.Error("MPIJobs are gone")
	}
}

func FuzzParsePosition(f *testing.F) {
	f.Add("1.2")
	f.Add("18446744073709551615.0")
	f.Fuzz(func(t *testing.T, s string) {
		if p, ok := ParsePosition(s, 2); ok && p.String() != s {
			t.Errorf("%q came back as %q", s, p)
		}
	})
}
