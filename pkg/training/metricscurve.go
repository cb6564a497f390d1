package training

import (
	"context"
	"errors"
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
	// Every is the time between two samples of a job, 15 s. metrics-server itself measures every 15 s by
	// default: more often finds nothing new.
	Every time.Duration
	// Keep is how far back curves go, 2 h. A job is forgotten as long after its last sample.
	Keep time.Duration
	// Members is of how many Launchers and Workers curves are kept at most, of all jobs together, 5,000.
	// One takes about 32 KiB for two hours.
	Members int
	// GPU is where GPUs' utilisation comes from; nil leaves it out.
	GPU *Prometheus
}

// Sampler keeps what the Launchers and Workers of jobs used of late, in memory. It is safe for
// concurrent use.
type Sampler struct {
	o   SamplerOptions
	now func() time.Time

	mu      sync.Mutex
	curves  map[curveKey]*curve
	members int
}

// curveKey is a job: names are unique within a type.
type curveKey struct {
	of  Type
	job types.NamespacedName
}

// NewSampler returns a Sampler that has no samples yet.
func NewSampler(o SamplerOptions) *Sampler {
	o.Every, o.Keep = orDefault(o.Every, 15*time.Second), orDefault(o.Keep, 2*time.Hour)
	if o.Members <= 0 {
		o.Members = 5000
	}
	return &Sampler{o: o, now: time.Now, curves: map[curveKey]*curve{}}
}

// Every is how often Sample is meant to be called for a job.
func (s *Sampler) Every() time.Duration { return s.o.Every }

// ErrSamplerFull: curves of as many Launchers and Workers are kept as may be, all of jobs that are being
// sampled.
var ErrSamplerFull = errors.New("as many Launchers and Workers are being measured as there is room for")

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
	// GPUPercent is the mean of its GPUs' utilisation, GPUMemory the sum of what they hold in bytes; absent
	// where GPUs aren't measured.
	GPUPercent *float64 `json:"gpuPercent,omitempty"`
	GPUMemory  int64    `json:"gpuMemoryBytes,omitempty"`
}

type curve struct {
	seen    time.Time
	members map[int]*ring
}

// ring holds the newest points.
type ring struct {
	where  string
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

// Sample measures a job once, as whoever these jobs are read as; "" is all their MPIJobs. GPUs that can't be
// measured at the moment are left out. Its errors are those of Usage, and ErrSamplerFull.
func (s *Sampler) Sample(ctx context.Context, jobs *Jobs, job string) error {
	k := kindOf(jobs.typ)
	selector, is := kubeflow.OperatorNameLabel+"="+kubeflow.OperatorName, parts(launcherAndWorkers{})
	switch {
	case k.name != TypeMPIJob:
		// Which part a pod is depends on what the job has.
		o, err := jobs.getObject(ctx, k, job)
		if err != nil {
			return err
		}
		is = k.parts(o)
		selector = is.selector()
	case job != "":
		selector = podSelector(job)
	}
	measured, err := jobs.podMetrics(ctx, selector)
	if err != nil {
		return err
	}
	of := curveKey{of: k.name, job: types.NamespacedName{Namespace: jobs.namespace, Name: job}}
	return s.add(of, is, measured, s.gpusOf(ctx, measured), s.now())
}

// gpusOf are the GPUs of the pods that were measured, by namespace and pod.
func (s *Sampler) gpusOf(ctx context.Context, measured []metrics.PodMetrics) map[types.NamespacedName][]GPUUsage {
	if s.o.GPU == nil {
		return nil
	}
	names := map[string][]string{}
	for i := range measured {
		names[measured[i].Namespace] = append(names[measured[i].Namespace], measured[i].Name)
	}
	out := map[types.NamespacedName][]GPUUsage{}
	for namespace, pods := range names {
		byPod, err := s.o.GPU.utilisation(ctx, namespace, pods)
		if err != nil {
			continue
		}
		for pod, gpus := range byPod {
			out[types.NamespacedName{Namespace: namespace, Name: pod}] = gpus
		}
	}
	return out
}

// add takes in a sample of a job, or of many MPIJobs. metrics-server gives pods' measurements the pods' labels.
func (s *Sampler) add(of curveKey, is parts, measured []metrics.PodMetrics, gpus map[types.NamespacedName][]GPUUsage, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(now, s.o.Keep)
	full := false
	for i := range measured {
		m := &measured[i]
		index, ok := is.index(&corev1.Pod{ObjectMeta: m.ObjectMeta})
		if !ok {
			continue
		}
		if of.of == TypeMPIJob {
			of.job = types.NamespacedName{Namespace: m.Namespace, Name: m.Labels[kubeflow.JobNameLabel]}
		}
		p := UsagePoint{At: m.Timestamp.Time}
		for _, c := range m.Containers {
			p.CPU += c.Usage.Cpu().AsApproximateFloat64()
			p.Memory += c.Usage.Memory().Value()
		}
		p.addGPUs(gpus[types.NamespacedName{Namespace: m.Namespace, Name: m.Name}])
		r := s.ring(of, index, is.where(index), now)
		if full = r == nil || full; r != nil {
			r.add(p, max(1, int(s.o.Keep/s.o.Every)))
		}
	}
	if full {
		return ErrSamplerFull
	}
	return nil
}

// addGPUs adds the mean of what a member's GPUs do, and the sum of their memory.
func (p *UsagePoint) addGPUs(gpus []GPUUsage) {
	if len(gpus) == 0 {
		return
	}
	percent := 0.0
	for _, g := range gpus {
		percent += g.Percent / float64(len(gpus))
		p.GPUMemory += g.Memory
	}
	p.GPUPercent = &percent
}

// forget drops the jobs of which there was no sample for so long.
func (s *Sampler) forget(now time.Time, quiet time.Duration) {
	for job, c := range s.curves {
		if now.Sub(c.seen) > quiet {
			s.members -= len(c.members)
			delete(s.curves, job)
		}
	}
}

func (s *Sampler) ring(job curveKey, index int, where string, now time.Time) *ring {
	c := s.curves[job]
	if c == nil {
		c = &curve{members: map[int]*ring{}}
		s.curves[job] = c
	}
	c.seen = now
	if c.members[index] == nil {
		if s.members >= s.o.Members {
			s.forget(now, 4*s.o.Every) // nobody looks at those any more
		}
		if s.members >= s.o.Members {
			return nil
		}
		s.members++
		c.members[index] = &ring{where: where}
	}
	return c.members[index]
}

// Curve is what was sampled of a job since a time, which is when it was created, for a job before it
// may have had its name. That the caller may see the job is for whoever asks to check. Without any
// sample it has no members.
func (s *Sampler) Curve(of Type, namespace, job string, since time.Time) *Curve {
	out := &Curve{Namespace: namespace, Job: job, EverySeconds: s.o.Every.Seconds(), Members: []MemberCurve{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.curves[curveKey{kindOf(of).name, types.NamespacedName{Namespace: namespace, Name: job}}]
	if c == nil {
		return out
	}
	if kept := s.now().Add(-s.o.Keep); kept.After(since) {
		since = kept
	}
	for index, r := range c.members {
		if points := r.since(since); len(points) > 0 {
			out.Members = append(out.Members, MemberCurve{Where: r.where, Index: index, Points: points})
		}
	}
	slices.SortFunc(out.Members, func(a, b MemberCurve) int { return a.Index - b.Index })
	return out
}
