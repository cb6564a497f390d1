package training

import (
	"context"
	"slices"
	"sync"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	metrics "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// SamplerOptions say what a Sampler measures and how much of it is kept. Zero values mean the defaults.
type SamplerOptions struct {
	// Every is the time between two samples, 15 s. metrics-server itself measures every 15 s by
	// default: more often finds nothing new.
	Every time.Duration
	// Keep is how far back curves go, 2 h. A job that is gone is forgotten as long after its last sample.
	Keep time.Duration
	// Members is of how many Launchers and Workers curves are kept at most, of all jobs together,
	// 5,000; a job that would exceed it has none. One takes about 20 KiB for two hours.
	Members int
	// Failed is called when a sample could not be taken; nil isn't.
	Failed func(error)
}

// Sampler keeps what the Launchers and Workers of all jobs used of late, in memory.
type Sampler struct {
	jobs *Jobs
	o    SamplerOptions

	mu      sync.Mutex
	curves  map[types.NamespacedName]*curve
	members int
}

// NewSampler returns a Sampler of the jobs of a namespace, or of all (AllJobs).
func NewSampler(jobs *Jobs, o SamplerOptions) *Sampler {
	orDefault := func(d *time.Duration, otherwise time.Duration) {
		if *d <= 0 {
			*d = otherwise
		}
	}
	orDefault(&o.Every, 15*time.Second)
	orDefault(&o.Keep, 2*time.Hour)
	if o.Members <= 0 {
		o.Members = 5000
	}
	return &Sampler{jobs: jobs, o: o, curves: map[types.NamespacedName]*curve{}}
}

// Curve is what a job's Launcher and Workers used of late.
type Curve struct {
	Namespace string `json:"namespace"`
	Job       string `json:"job"`
	// EverySeconds is the time between two samples.
	EverySeconds float64       `json:"everySeconds"`
	Members      []MemberCurve `json:"members"`
}

// MemberCurve is what the pod of the Launcher or a Worker used, the oldest first. Where a Worker is
// started again, its curve goes on.
type MemberCurve struct {
	Where  string       `json:"source"`
	Index  int          `json:"index"`
	Points []UsagePoint `json:"points"`
}

// UsagePoint is one sample of a pod.
type UsagePoint struct {
	At     time.Time `json:"time"`
	CPU    float64   `json:"cpuCores"`
	Memory int64     `json:"memoryBytes"`
}

type curve struct {
	seen    time.Time
	members map[int]*ring
}

// ring holds the newest points.
type ring struct {
	points []UsagePoint
	next   int // where the next goes, once it is full
}

func (r *ring) add(p UsagePoint, most int) {
	switch {
	case len(r.points) > 0 && !p.At.After(r.newest().At): // not measured anew
	case len(r.points) < most:
		r.points = append(r.points, p)
	default:
		r.points[r.next] = p
		r.next = (r.next + 1) % most
	}
}

func (r *ring) newest() UsagePoint {
	return r.points[(r.next+len(r.points)-1)%len(r.points)]
}

func (r *ring) since(at time.Time) []UsagePoint {
	out := make([]UsagePoint, 0, len(r.points))
	for i := range r.points {
		if p := r.points[(r.next+i)%len(r.points)]; p.At.After(at) {
			out = append(out, p)
		}
	}
	return out
}

// Run takes samples until the context ends. A sample that can't be taken is left out.
func (s *Sampler) Run(ctx context.Context) {
	tick := time.NewTicker(s.o.Every)
	defer tick.Stop()
	for {
		limited, cancel := context.WithTimeout(ctx, s.o.Every)
		measured, err := s.jobs.podMetrics(limited, kubeflow.OperatorNameLabel+"="+kubeflow.OperatorName)
		cancel()
		switch {
		case err == nil:
			s.add(measured, s.jobs.c.now())
		case ctx.Err() == nil && s.o.Failed != nil:
			s.o.Failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// add takes in a sample. metrics-server gives pods' measurements the pods' labels.
func (s *Sampler) add(measured []metrics.PodMetrics, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range measured {
		m := &measured[i]
		role, index := podRole(&corev1.Pod{ObjectMeta: m.ObjectMeta})
		if role == roleLauncher {
			index = -1
		} else if role != roleWorker || index < 0 {
			continue
		}
		p := UsagePoint{At: m.Timestamp.Time}
		for _, c := range m.Containers {
			p.CPU += c.Usage.Cpu().AsApproximateFloat64()
			p.Memory += c.Usage.Memory().Value()
		}
		if r := s.ring(types.NamespacedName{Namespace: m.Namespace, Name: m.Labels[kubeflow.JobNameLabel]}, index, now); r != nil {
			r.add(p, max(1, int(s.o.Keep/s.o.Every)))
		}
	}
	for job, c := range s.curves {
		if now.Sub(c.seen) > s.o.Keep {
			s.members -= len(c.members)
			delete(s.curves, job)
		}
	}
}

func (s *Sampler) ring(job types.NamespacedName, index int, now time.Time) *ring {
	c := s.curves[job]
	if c == nil {
		c = &curve{members: map[int]*ring{}}
		s.curves[job] = c
	}
	c.seen = now
	if c.members[index] == nil {
		if s.members >= s.o.Members {
			return nil
		}
		s.members++
		c.members[index] = &ring{}
	}
	return c.members[index]
}

// Curve is what was sampled of a job since a time, which is when it was created, for a job before it
// may have had its name. That the caller may see the job is for whoever asks to check. Without any
// sample it has no members.
func (s *Sampler) Curve(namespace, job string, since time.Time) *Curve {
	out := &Curve{Namespace: namespace, Job: job, EverySeconds: s.o.Every.Seconds(), Members: []MemberCurve{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.curves[types.NamespacedName{Namespace: namespace, Name: job}]
	if c == nil {
		return out
	}
	if kept := s.jobs.c.now().Add(-s.o.Keep); kept.After(since) {
		since = kept
	}
	for index, r := range c.members {
		if points := r.since(since); len(points) > 0 {
			out.Members = append(out.Members, MemberCurve{Where: where(index), Index: index, Points: points})
		}
	}
	slices.SortFunc(out.Members, func(a, b MemberCurve) int { return a.Index - b.Index })
	return out
}
