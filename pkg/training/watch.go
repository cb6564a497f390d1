package training

import (
	"context"
	"errors"
	"iter"
	"sync"

	corev1 "k8s.io/api/core/v1"
)

// Follow yields a job with its Launcher and Workers as they are, and again whenever any of them
// changes, until the context ends. When the job is deleted, it yields a NotFoundError and ends;
// likewise when another job of the same name takes its place. Events are not followed.
func (j *Jobs) Follow(ctx context.Context, name string) iter.Seq2[*Detail, error] {
	return func(yield func(*Detail, error) bool) {
		stopped := false
		err := j.observe(ctx, name, nil, func(o observed, denied []*DeniedError) (bool, error) {
			d := newDetail(o, j.c.now())
			for _, e := range denied {
				d.Notes = append(d.Notes, e.Error())
			}
			stopped = !yield(d, nil)
			return !stopped, nil
		})
		if err != nil && !stopped && ctx.Err() == nil {
			yield(nil, err)
		}
	}
}

// observe calls see with each state of a job and what hangs on it, and with what may not be read,
// until see returns false, the context ends, or something failed.
func (j *Jobs) observe(ctx context.Context, name string, failed <-chan error, see func(observed, []*DeniedError) (bool, error)) error {
	k := kindOf(j.typ)
	first, err := j.getObject(ctx, k, name)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f := j.follower(ctx, k, first)
	uid := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-f.failed:
			return err
		case err := <-failed:
			return err
		case <-f.wake:
		}
		o, ok := f.observed()
		if !ok {
			continue
		}
		if o.job == nil || uid != "" && string(o.job.GetUID()) != uid {
			return &NotFoundError{Kind: string(k.name), Namespace: j.namespace, Name: name, Deleted: true}
		}
		uid = string(o.job.GetUID())
		if more, err := see(o, f.missing()); err != nil || !more {
			return err
		}
	}
}

// follower mirrors a job, its pods and an MPIJob's report. The latter two may be denied: then the job is
// followed without them.
type follower struct {
	kind   *kind
	wake   chan struct{}
	failed <-chan error
	jobs   *mirror[object]
	pods   *mirror[*corev1.Pod]
	report *mirror[*corev1.ConfigMap]

	mu     sync.Mutex
	denied map[string]*DeniedError // by resource
}

func (j *Jobs) follower(ctx context.Context, k *kind, job object) *follower {
	name := job.GetName()
	wake := make(chan struct{}, 1)
	f := &follower{
		kind: k, wake: wake, denied: map[string]*DeniedError{},
		jobs: newMirror[object](wake), pods: newMirror[*corev1.Pod](wake), report: newMirror[*corev1.ConfigMap](wake),
	}
	about := func(kind, resource string) subject {
		return subject{kind: kind, resource: resource, verb: "watch", namespace: j.namespace}
	}
	tasks := []func(context.Context) error{
		f.jobs.task(j.c, query{client: k.client(j.c), namespace: j.namespace, fields: "metadata.name=" + name, about: j.aboutKind(k, "watch", name), list: k.list()}),
		f.optional("pods", f.pods.task(j.c, query{client: j.c.core, namespace: j.namespace, label: k.parts(job).selector(), about: about("pod", "pods"), list: &corev1.PodList{}})),
	}
	if k.name == TypeMPIJob {
		tasks = append(tasks, f.optional("configmaps", f.report.task(j.c, query{client: j.c.core, namespace: j.namespace, fields: "metadata.name=" + reportName(name), about: about("ConfigMap", "configmaps"), list: &corev1.ConfigMapList{}})))
	}
	f.failed = start(ctx, tasks...)
	return f
}

// optional lets a task end with a missing right without ending the others.
func (f *follower) optional(resource string, task func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		err := task(ctx)
		var denied *DeniedError
		if !errors.As(err, &denied) {
			return err
		}
		f.mu.Lock()
		denied.Resource = orElse(denied.Resource, resource)
		f.denied[resource] = denied
		f.mu.Unlock()
		select {
		case f.wake <- struct{}{}:
		default:
		}
		return nil
	}
}

// missing are the rights that were denied.
func (f *follower) missing() []*DeniedError {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []*DeniedError
	for _, r := range []string{"pods", "configmaps"} {
		if e := f.denied[r]; e != nil {
			out = append(out, e)
		}
	}
	return out
}

// observed is what the mirrors hold; ok is false until each has listed, or been denied.
func (f *follower) observed() (o observed, ok bool) {
	f.mu.Lock()
	podsDenied, reportDenied := f.denied["pods"] != nil, f.denied["configmaps"] != nil
	f.mu.Unlock()
	o.kind = f.kind
	jobs, ok := f.jobs.all()
	if !ok {
		return o, false
	}
	if len(jobs) == 1 {
		o.job = jobs[0]
	}
	pods, ok := f.pods.all()
	if !ok && !podsDenied {
		return o, false
	}
	o.pods = pods
	reports, ok := f.report.all()
	if !ok && !reportDenied && f.kind.name == TypeMPIJob {
		return o, false
	}
	if len(reports) == 1 {
		o.report = reports[0]
	}
	return o, true
}

// task is run as a function for start.
func (m *mirror[T]) task(c *Client, q query) func(context.Context) error {
	return func(ctx context.Context) error { return m.run(ctx, c, q) }
}

// start runs the tasks until the context ends; the first error comes out of the channel.
func start(ctx context.Context, tasks ...func(context.Context) error) <-chan error {
	failed := make(chan error, len(tasks))
	for _, task := range tasks {
		go func() {
			if err := caught(func() error { return task(ctx) }); err != nil && ctx.Err() == nil {
				failed <- err
			}
		}()
	}
	return failed
}
