package training

import (
	"context"
	"errors"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metrics "k8s.io/metrics/pkg/apis/metrics/v1beta1"
)

// UsageOptions change what Usage reads.
type UsageOptions struct {
	// GPU is where GPUs' utilisation comes from; nil leaves it out.
	GPU *Prometheus
}

// Usage is what a job's Launcher and Workers use at present.
type Usage struct {
	Namespace string `json:"namespace"`
	Job       string `json:"job"`
	Phase     Phase  `json:"phase"`
	// Progress is what the job's program told of how far it is.
	Progress *Progress `json:"progress,omitempty"`
	// Members are the Launcher and the Workers by index, one each, measured or not.
	Members []MemberUsage `json:"members"`
	// Notes say what could not be read.
	Notes []string `json:"notes,omitempty"`
}

// MemberUsage is what the Launcher or one Worker uses.
type MemberUsage struct {
	Where string   `json:"source"` // "Launcher", "Worker 3"
	Index int      `json:"index"`  // -1 is the Launcher
	Phase PodPhase `json:"phase"`
	Node  string   `json:"node,omitempty"`
	// At is when it was measured; nil where it wasn't yet, which takes up to a minute from the start.
	At *time.Time `json:"time,omitempty"`
	// CPU in cores, averaged over some seconds; Memory in bytes, the working set, which is what counts
	// against the limit. Limits are 0 where there is none.
	CPU         float64 `json:"cpuCores"`
	CPULimit    float64 `json:"cpuLimitCores,omitempty"`
	Memory      int64   `json:"memoryBytes"`
	MemoryLimit int64   `json:"memoryLimitBytes,omitempty"`
	// GPUs are those it was given, where they are measured.
	GPUs []GPUUsage `json:"gpus,omitempty"`
}

// GPUUsage is what one GPU does.
type GPUUsage struct {
	GPU string `json:"gpu"` // its number on its node
	// Percent of the time in which it did something.
	Percent float64 `json:"percent"`
	// Memory in bytes, used and in all; 0 where not measured.
	Memory      int64 `json:"memoryBytes,omitempty"`
	MemoryTotal int64 `json:"memoryTotalBytes,omitempty"`
}

// NoMetricsError: the cluster measures nothing, or not at the moment.
type NoMetricsError struct {
	Host string
	// Broken says that what should measure is installed and doesn't answer.
	Broken bool
}

func (e *NoMetricsError) Error() string {
	if e.Broken {
		return "the cluster's metrics (metrics.k8s.io) don't answer at the moment"
	}
	return "the cluster at " + e.Host + " doesn't measure what pods use: it has no metrics.k8s.io"
}

// Usage reads what a job's Launcher and Workers use. It needs the rights to get the job and to list
// pods and metrics.k8s.io pods.
func (j *Jobs) Usage(ctx context.Context, name string, o UsageOptions) (*Usage, error) {
	seen, err := j.look(ctx, name)
	if err != nil {
		return nil, err
	}
	measured, err := j.podMetrics(ctx, seen.parts().selector())
	if err != nil {
		return nil, err
	}
	u := newUsage(seen, measured, j.c.now())
	if o.GPU != nil {
		byPod, err := o.GPU.utilisation(ctx, j.namespace, podNames(seen.pods))
		if err != nil {
			u.Notes = append(u.Notes, err.Error())
		}
		d := newDetail(seen, j.c.now())
		for i, of := range d.Members() {
			u.Members[i].GPUs = byPod[of.Pod]
		}
	}
	return u, nil
}

func podNames(pods []*corev1.Pod) []string {
	names := make([]string, len(pods))
	for i, p := range pods {
		names[i] = p.Name
	}
	slices.Sort(names)
	return names
}

// podMetrics reads what the selected pods use, of all namespaces where these jobs are.
func (j *Jobs) podMetrics(ctx context.Context, selector string) ([]metrics.PodMetrics, error) {
	l := &metrics.PodMetricsList{}
	o := metav1.ListOptions{LabelSelector: selector}
	s := subject{kind: "PodMetrics", resource: "pods", verb: "list", namespace: j.namespace}
	err := j.c.metrics.Get().NamespaceIfScoped(j.namespace, j.namespace != "").Resource("pods").
		VersionedParams(&o, j.c.params).Do(ctx).Into(l)
	if err == nil {
		return l.Items, nil
	}
	err = j.c.typed(err, s)
	var server *ServerError
	var denied *DeniedError
	switch {
	case errors.As(err, &server) && server.Code == 404:
		return nil, &NoMetricsError{Host: j.c.host}
	case errors.As(err, &server) && server.Code == 503:
		return nil, &NoMetricsError{Host: j.c.host, Broken: true}
	case errors.As(err, &denied) && !denied.Unauthenticated:
		denied.Verb, denied.Resource = orElse(denied.Verb, "list"), "pods.metrics.k8s.io"
	}
	return nil, err
}

func newUsage(o observed, measured []metrics.PodMetrics, now time.Time) *Usage {
	d := newDetail(o, now)
	u := &Usage{Namespace: d.Namespace, Job: d.Name, Phase: d.Phase, Progress: d.Progress}
	byName := map[string]*metrics.PodMetrics{}
	for i := range measured {
		byName[measured[i].Name] = &measured[i]
	}
	pods := map[string]*corev1.Pod{}
	for _, p := range o.pods {
		pods[p.Name] = p
	}
	for _, m := range d.Members() {
		of := MemberUsage{Where: m.Where, Index: m.Index, Phase: m.Phase, Node: m.Node}
		p := pods[m.Pod]
		if p != nil {
			of.CPULimit, of.MemoryLimit = limits(p)
		}
		if got := byName[m.Pod]; p != nil && got != nil && m.Phase == PodRunning {
			at := got.Timestamp.Time
			of.At = &at
			of.CPU, of.Memory = used(got, mainName(p))
		}
		u.Members = append(u.Members, of)
	}
	return u
}

// used is what one container uses.
func used(p *metrics.PodMetrics, container string) (cpu float64, memory int64) {
	for _, c := range p.Containers {
		if c.Name == container {
			return c.Usage.Cpu().AsApproximateFloat64(), c.Usage.Memory().Value()
		}
	}
	return 0, 0
}

// limits are those of the program's container.
func limits(p *corev1.Pod) (cpu float64, memory int64) {
	name := mainName(p)
	for _, c := range p.Spec.Containers {
		if c.Name == name {
			return c.Resources.Limits.Cpu().AsApproximateFloat64(), c.Resources.Limits.Memory().Value()
		}
	}
	return 0, 0
}

// Peak is the member that uses the largest part of its memory's limit; nil where none has one.
func (u *Usage) Peak() *MemberUsage {
	var most *MemberUsage
	for i := range u.Members {
		m := &u.Members[i]
		if m.MemoryLimit > 0 && m.At != nil && (most == nil || m.memoryPart() > most.memoryPart()) {
			most = m
		}
	}
	return most
}

func (m *MemberUsage) memoryPart() float64 { return float64(m.Memory) / float64(m.MemoryLimit) }
