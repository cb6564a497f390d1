package training

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Every request of this package's but create, delete, watch and logs, which are with their verbs.

func (j *Jobs) about(verb, name string) subject {
	return subject{kind: "MPIJob", resource: "mpijobs", verb: verb, namespace: j.namespace, name: name}
}

func (j *Jobs) aboutKind(k *kind, verb, name string) subject {
	return subject{kind: string(k.name), resource: k.resource, verb: verb, namespace: j.namespace, name: name}
}

// getObject reads a job of any type.
func (j *Jobs) getObject(ctx context.Context, k *kind, name string) (object, error) {
	o := k.one()
	err := k.client(j.c).Get().Namespace(j.namespace).Resource(k.resource).Name(name).Do(ctx).Into(o)
	if err != nil {
		return nil, j.c.typed(err, j.aboutKind(k, "get", name))
	}
	return o, nil
}

func (j *Jobs) getJob(ctx context.Context, name string) (*MPIJob, error) {
	m := &MPIJob{}
	err := j.c.jobs.Get().Namespace(j.namespace).Resource("mpijobs").Name(name).Do(ctx).Into(m)
	if err != nil {
		return nil, j.c.typed(err, j.about("get", name))
	}
	return m, nil
}

// mpijobFor reads the MPIJob that something is to be done to; of another type's it says that this isn't for it.
func (j *Jobs) mpijobFor(ctx context.Context, name, verb, instead string) (*MPIJob, error) {
	k := kindOf(j.typ)
	o, err := j.getObject(ctx, k, name)
	if err != nil {
		return nil, err
	}
	m, ok := o.(*MPIJob)
	if !ok {
		return nil, &UnsupportedError{Type: k.name, Name: name, Verb: verb, Instead: instead}
	}
	return m, nil
}

// look reads a job with its pods.
func (j *Jobs) look(ctx context.Context, name string) (observed, error) {
	o := observed{kind: kindOf(j.typ)}
	var err error
	if o.job, err = j.getObject(ctx, o.kind, name); err != nil {
		return o, err
	}
	o.pods, err = j.listPods(ctx, o.parts().selector())
	return o, err
}

func (j *Jobs) getReport(ctx context.Context, job string) (*corev1.ConfigMap, error) {
	cm := &corev1.ConfigMap{}
	s := subject{kind: "ConfigMap", resource: "configmaps", verb: "get", namespace: j.namespace, name: reportName(job)}
	err := j.c.core.Get().Namespace(j.namespace).Resource(s.resource).Name(s.name).Do(ctx).Into(cm)
	if err != nil {
		return nil, j.c.typed(err, s)
	}
	return cm, nil
}

func (j *Jobs) listPods(ctx context.Context, selector string) ([]*corev1.Pod, error) {
	l := &corev1.PodList{}
	o := metav1.ListOptions{LabelSelector: selector}
	s := subject{kind: "pod", resource: "pods", verb: "list", namespace: j.namespace}
	err := j.c.core.Get().Namespace(j.namespace).Resource(s.resource).VersionedParams(&o, j.c.params).Do(ctx).Into(l)
	if err != nil {
		return nil, j.c.typed(err, s)
	}
	return items[*corev1.Pod](l), nil
}

func (j *Jobs) listEvents(ctx context.Context) ([]*corev1.Event, error) {
	l := &corev1.EventList{}
	s := subject{kind: "Event", resource: "events", verb: "list", namespace: j.namespace}
	err := j.c.core.Get().Namespace(j.namespace).Resource(s.resource).Do(ctx).Into(l)
	if err != nil {
		return nil, j.c.typed(err, s)
	}
	return items[*corev1.Event](l), nil
}

// items are the objects of a list.
func items[T object](list runtime.Object) []T {
	var out []T
	// The error would be that it is no list.
	_ = meta.EachListItem(list, func(o runtime.Object) error {
		if t, ok := o.(T); ok {
			out = append(out, t)
		}
		return nil
	})
	return out
}
