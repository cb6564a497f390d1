package training

import (
	"context"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// Every request of this package's but create, delete, watch and logs, which are with their verbs.

func (j *Jobs) about(verb, name string) subject {
	return subject{kind: "MPIJob", resource: "mpijobs", verb: verb, namespace: j.namespace, name: name}
}

func (j *Jobs) getJob(ctx context.Context, name string) (*MPIJob, error) {
	m := &MPIJob{}
	err := j.c.jobs.Get().Namespace(j.namespace).Resource("mpijobs").Name(name).Do(ctx).Into(m)
	if err != nil {
		return nil, j.c.typed(err, j.about("get", name))
	}
	return m, nil
}

func (j *Jobs) listJobs(ctx context.Context, o metav1.ListOptions) (*kubeflow.MPIJobList, error) {
	l := &kubeflow.MPIJobList{}
	err := j.c.jobs.Get().NamespaceIfScoped(j.namespace, j.namespace != "").Resource("mpijobs").
		VersionedParams(&o, j.c.params).Do(ctx).Into(l)
	if err != nil {
		return nil, j.c.typed(err, j.about("list", ""))
	}
	return l, nil
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

func (j *Jobs) listPods(ctx context.Context, job string) ([]*corev1.Pod, error) {
	l := &corev1.PodList{}
	o := metav1.ListOptions{LabelSelector: podSelector(job)}
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

// items are the objects of the three lists this package reads.
func items[T object](list runtime.Object) []T {
	var out []T
	add := func(o runtime.Object) {
		if t, ok := o.(T); ok {
			out = append(out, t)
		}
	}
	switch l := list.(type) {
	case *kubeflow.MPIJobList:
		for i := range l.Items {
			add(&l.Items[i])
		}
	case *corev1.PodList:
		for i := range l.Items {
			add(&l.Items[i])
		}
	case *corev1.ConfigMapList:
		for i := range l.Items {
			add(&l.Items[i])
		}
	case *corev1.EventList:
		for i := range l.Items {
			add(&l.Items[i])
		}
	}
	return out
}
