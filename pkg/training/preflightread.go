package training

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sync"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	resources "k8s.io/component-helpers/resource"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"

	"github.com/opendatahub-io/mpijob/internal/preflight"
)

// How much of a cluster is read: beyond it nothing is said about nodes.
const (
	pageSize    = 500
	mostObjects = 20000
	mostHolders = 2000
)

// reading gathers a snapshot from several requests at once.
type reading struct {
	j  *Jobs
	mu sync.Mutex
	s  *preflight.Snapshot
	// read counts what was read, and silent is why the cluster answered nothing at all.
	read   int
	silent error
}

// snapshot reads what a job's verdict rests on, as the caller. What can't be read is a gap in it; it is an error only
// where the cluster answers nothing, or nobody of this name.
func (j *Jobs) snapshot(ctx context.Context, m *MPIJob) (*preflight.Snapshot, error) {
	r := &reading{j: j, s: &preflight.Snapshot{Now: j.c.now()}}
	s := r.s
	in := "/api/v1/namespaces/" + url.PathEscape(j.namespace)
	here := fmt.Sprintf(" in namespace %q", j.namespace)
	var g errgroup.Group
	g.Go(func() error {
		s.Quotas = list[corev1.ResourceQuota](ctx, r, nil, in+"/resourcequotas", "", preflight.SourceQuotas, "list resourcequotas"+here)
		return nil
	})
	g.Go(func() error {
		s.LimitRanges = list[corev1.LimitRange](ctx, r, nil, in+"/limitranges", "", preflight.SourceLimitRanges, "list limitranges"+here)
		return nil
	})
	g.Go(func() error {
		s.Priorities = list[schedulingv1.PriorityClass](ctx, r, nil, "/apis/scheduling.k8s.io/v1/priorityclasses", "", preflight.SourcePriorities, "list priorityclasses")
		return nil
	})
	g.Go(func() error {
		s.Nodes = list[corev1.Node](ctx, r, nil, "/api/v1/nodes", "", preflight.SourceNodes, "list nodes")
		return nil
	})
	g.Go(func() error {
		s.Pods = list(ctx, r, trimPod, "/api/v1/pods", "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed", preflight.SourcePods, "list pods in all namespaces")
		return nil
	})
	g.Go(func() error { r.runtimeClasses(ctx, preflight.RuntimeClassesOf(m)); return nil })
	g.Go(func() error { r.volcano(ctx, preflight.QueueOf(m)); return nil })
	g.Go(func() error { r.kueue(ctx, m.Labels[preflight.LabelKueue]); return nil })
	_ = g.Wait() // what failed is a gap
	if r.read == 0 && r.silent != nil {
		return nil, r.silent
	}
	return s, nil
}

// list reads a whole collection, or notes the gap.
func list[T any](ctx context.Context, r *reading, trim func(*T), path, fields string, source preflight.Source, right string) []T {
	all, err := pages(ctx, r, trim, path, fields, mostObjects)
	if err != nil {
		r.missing(source, right, err)
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.read++
	return all
}

// pages reads a whole collection, page by page: all of it, or an error. What trim takes away isn't
// kept beyond its page.
func pages[T any](ctx context.Context, r *reading, trim func(*T), path, fields string, most int) ([]T, error) {
	var all []T
	o := metav1.ListOptions{Limit: pageSize, FieldSelector: fields}
	for {
		var page struct {
			Metadata metav1.ListMeta `json:"metadata"`
			Items    []T             `json:"items"`
		}
		if err := r.get(ctx, path, &o, &page); err != nil {
			return nil, err
		}
		for i := range page.Items {
			if trim != nil {
				trim(&page.Items[i])
			}
		}
		all = append(all, page.Items...)
		if o.Continue = page.Metadata.Continue; o.Continue == "" {
			return all, nil
		}
		if len(all) >= most {
			return nil, fmt.Errorf("there are more than %d", most)
		}
	}
}

// trimPod keeps of a pod whose it is, where it is, and what it asks for.
func trimPod(p *corev1.Pod) {
	asks := resources.PodRequests(p, resources.PodResourcesOptions{UseStatusResources: true})
	*p = corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name, Labels: map[string]string{
			kubeflow.OperatorNameLabel: p.Labels[kubeflow.OperatorNameLabel], kubeflow.JobNameLabel: p.Labels[kubeflow.JobNameLabel]}},
		Spec: corev1.PodSpec{NodeName: p.Spec.NodeName, Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: asks}}}},
	}
}

// get reads one answer as JSON; its errors are this package's.
func (r *reading) get(ctx context.Context, path string, o *metav1.ListOptions, into any) error {
	req := r.j.c.core.Get().AbsPath(path)
	if o != nil {
		req = req.VersionedParams(o, r.j.c.params)
	}
	answer := req.Do(ctx)
	if err := answer.Error(); err != nil {
		return r.j.c.typed(err, subject{verb: "get", namespace: r.j.namespace})
	}
	text, err := answer.Raw()
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}

// missing notes a gap. The right is named only where it is a right that is missing.
func (r *reading) missing(source preflight.Source, right string, err error) {
	var denied *DeniedError
	if !errors.As(err, &denied) || denied.Unauthenticated {
		right = ""
	}
	var down *UnreachableError
	r.mu.Lock()
	defer r.mu.Unlock()
	if errors.As(err, &down) || denied != nil && denied.Unauthenticated {
		r.silent = err
	}
	r.s.Gaps = append(r.s.Gaps, preflight.Gap{Source: source, Right: right, Why: err.Error()})
}

// runtimeClasses reads those that a job names. One that isn't there is left out.
func (r *reading) runtimeClasses(ctx context.Context, names []string) {
	for _, name := range names {
		class := nodev1.RuntimeClass{}
		switch err := r.get(ctx, "/apis/node.k8s.io/v1/runtimeclasses/"+url.PathEscape(name), nil, &class); {
		case err == nil:
			r.s.RuntimeClasses = append(r.s.RuntimeClasses, class)
		case !isAbsent(err):
			r.missing(preflight.SourceRuntimeClasses, fmt.Sprintf("get runtimeclasses.node.k8s.io %q", name), err)
		}
	}
}

// volcano reads a gang's queue.
func (r *reading) volcano(ctx context.Context, queue string) {
	if queue == "" {
		return
	}
	q := &volcano.Queue{}
	switch err := r.get(ctx, "/apis/scheduling.volcano.sh/v1beta1/queues/"+url.PathEscape(queue), nil, q); {
	case err == nil:
		r.s.Queue = q
	case isAbsent(err):
		r.s.NoQueue = true
	case isUnserved(err):
		r.s.NoVolcano = true
	default:
		r.missing(preflight.SourceQueue, fmt.Sprintf("get queues.scheduling.volcano.sh %q", queue), err)
	}
}

// kueue reads the queue a job names in Kueue, and the cluster's queue behind it.
func (r *reading) kueue(ctx context.Context, queue string) {
	if queue == "" {
		return
	}
	k := &preflight.Kueue{Queue: queue}
	right := fmt.Sprintf("get localqueues.kueue.x-k8s.io %q in namespace %q", queue, r.j.namespace)
	base := "/apis/kueue.x-k8s.io/v1beta2"
	local := "/namespaces/" + url.PathEscape(r.j.namespace) + "/localqueues/" + url.PathEscape(queue)
	err := r.get(ctx, base+local, nil, &k.Local)
	if isUnserved(err) { // before Kueue 0.14
		base = "/apis/kueue.x-k8s.io/v1beta1"
		err = r.get(ctx, base+local, nil, &k.Local)
	}
	if err == nil {
		right = fmt.Sprintf("get clusterqueues.kueue.x-k8s.io %q", k.Local.Spec.ClusterQueue)
		err = r.get(ctx, base+"/clusterqueues/"+url.PathEscape(k.Local.Spec.ClusterQueue), nil, &k.Cluster)
		k.NoClusterQueue = isAbsent(err)
	} else {
		k.NoQueue = isAbsent(err)
	}
	switch {
	case err == nil || isAbsent(err):
		r.s.Kueue = k
	case isUnserved(err):
		r.missing(preflight.SourceKueue, "", errors.New("the cluster has no Kueue"))
	default:
		r.missing(preflight.SourceKueue, right, err)
	}
}

// isAbsent says that there is no object of that name, isUnserved that there is no such kind.
func isAbsent(err error) bool {
	var missing *NotFoundError
	return errors.As(err, &missing)
}

func isUnserved(err error) bool {
	var answer *ServerError
	return errors.As(err, &answer) && answer.Code == 404
}

// readHolders adds the jobs that may hold what a job waits for: of all namespaces where the caller may
// list them, else of this one. Without any there is no estimate.
func (j *Jobs) readHolders(ctx context.Context, s *preflight.Snapshot) {
	const base = "/apis/kubeflow.org/v2beta1"
	r := &reading{j: j, s: s}
	jobs, err := pages[*MPIJob](ctx, r, nil, base+"/mpijobs", "", mostHolders)
	if err != nil {
		jobs, _ = pages[*MPIJob](ctx, r, nil, base+"/namespaces/"+url.PathEscape(j.namespace)+"/mpijobs", "", mostHolders)
	}
	s.Jobs = jobs
}
