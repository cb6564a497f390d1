//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// awaitWith watches the listed objects until done says so. It survives restarts of the API server,
// since an informer lists again. It returns what it saw last, and an error when ctx ended first.
func awaitWith(ctx context.Context, c client.WithWatch, list client.ObjectList, done func([]client.Object) bool, opts ...client.ListOption) ([]client.Object, error) {
	var store cache.Store
	seen := func() []client.Object {
		var objs []client.Object
		if store != nil {
			for _, o := range store.List() {
				objs = append(objs, o.(client.Object))
			}
		}
		return objs
	}
	fresh := func() client.ObjectList { return list.DeepCopyObject().(client.ObjectList) }
	raw := func(o metav1.ListOptions) []client.ListOption {
		return append(append([]client.ListOption{}, opts...), &client.ListOptions{Raw: &o})
	}
	lw := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			l := fresh()
			return l, c.List(ctx, l, raw(o)...)
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			return c.Watch(ctx, fresh(), raw(o)...)
		},
	}
	satisfied := false
	check := func() bool { satisfied = satisfied || done(seen()); return satisfied }
	_, err := watchtools.UntilWithSync(ctx, lw, item(list),
		func(s cache.Store) (bool, error) { store = s; return check(), nil },
		func(watch.Event) (bool, error) { return check(), nil })
	if satisfied {
		return seen(), nil
	}
	return seen(), err
}

// item is an empty object of the kind a list holds.
func item(list client.ObjectList) runtime.Object {
	if _, ok := list.(*metav1.PartialObjectMetadataList); ok {
		return &metav1.PartialObjectMetadata{}
	}
	items := reflect.ValueOf(list).Elem().FieldByName("Items")
	return reflect.New(items.Type().Elem()).Interface().(runtime.Object)
}

// await fails the test when what is waited for does not come.
func (e *env) await(c client.WithWatch, list client.ObjectList, what string, done func([]client.Object) bool, opts ...client.ListOption) []client.Object {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.ctx, patience)
	defer cancel()
	objs, err := awaitWith(ctx, c, list, done, opts...)
	if err != nil {
		var names []string
		for _, o := range objs {
			names = append(names, o.GetName())
		}
		e.t.Fatalf("waiting for %s: %v; seen last: %s", what, err, strings.Join(names, ", "))
	}
	return objs
}

// awaitJob waits until a job is as wanted, and returns it.
func (e *env) awaitJob(job *kubeflow.MPIJob, what string, done func(*kubeflow.MPIJob) bool) *kubeflow.MPIJob {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.ctx, patience)
	defer cancel()
	var last *kubeflow.MPIJob
	_, err := awaitWith(ctx, e.admin.Client, &kubeflow.MPIJobList{}, func(objs []client.Object) bool {
		if len(objs) == 0 {
			return false
		}
		last = objs[0].(*kubeflow.MPIJob)
		return done(last)
	}, client.InNamespace(job.Namespace), client.MatchingFieldsSelector{
		Selector: fields.OneTermEqualSelector("metadata.name", job.Name)})
	if err != nil {
		e.t.Fatalf("waiting for job %s to be %s: %v; its conditions: %s", job.Name, what, err, conditions(last))
	}
	return last
}

// awaitCondition waits until a condition is true; it fails at once when the job ends otherwise.
func (e *env) awaitCondition(job *kubeflow.MPIJob, want kubeflow.JobConditionType) *kubeflow.MPIJob {
	e.t.Helper()
	got := e.awaitJob(job, string(want), func(j *kubeflow.MPIJob) bool {
		return isTrue(j, want) || finished(j)
	})
	// A job may be through Running before anyone looks.
	passed := want == kubeflow.JobRunning && condition(got, want) != nil
	if !isTrue(got, want) && !passed {
		e.t.Fatalf("job %s should become %s, but it ended: %s", job.Name, want, conditions(got))
	}
	return got
}

// awaitPods waits until the pods of a job are as wanted.
func (e *env) awaitPods(job *kubeflow.MPIJob, what string, done func([]*corev1.Pod) bool) []*corev1.Pod {
	e.t.Helper()
	var pods []*corev1.Pod
	e.await(e.admin.Client, &corev1.PodList{}, "pods of "+job.Name+": "+what, func(objs []client.Object) bool {
		pods = nil
		for _, o := range objs {
			pods = append(pods, o.(*corev1.Pod))
		}
		return done(pods)
	}, client.InNamespace(job.Namespace), client.MatchingLabels{kubeflow.JobNameLabel: job.Name})
	return pods
}

// awaitGone waits until an object no longer exists.
func (e *env) awaitGone(obj client.Object) {
	e.t.Helper()
	list := e.listOf(obj)
	e.await(e.admin.Client, list, fmt.Sprintf("%T %s to be gone", obj, obj.GetName()), func(objs []client.Object) bool {
		o := find(objs, obj.GetName())
		return o == nil || (obj.GetUID() != "" && o.GetUID() != obj.GetUID())
	}, client.InNamespace(obj.GetNamespace()))
}

// listOf returns an empty list of an object's kind.
func (e *env) listOf(obj client.Object) client.ObjectList {
	e.t.Helper()
	kind, err := e.admin.Client.GroupVersionKindFor(obj)
	e.must(err, "finding the kind of an object")
	list, err := e.admin.Client.Scheme().New(kind.GroupVersion().WithKind(kind.Kind + "List"))
	e.must(err, "making a list of "+kind.Kind)
	return list.(client.ObjectList)
}

func find(objs []client.Object, name string) client.Object {
	for _, o := range objs {
		if o.GetName() == name {
			return o
		}
	}
	return nil
}

func condition(job *kubeflow.MPIJob, t kubeflow.JobConditionType) *kubeflow.JobCondition {
	if job == nil {
		return nil
	}
	for i := range job.Status.Conditions {
		if job.Status.Conditions[i].Type == t {
			return &job.Status.Conditions[i]
		}
	}
	return nil
}

func isTrue(job *kubeflow.MPIJob, t kubeflow.JobConditionType) bool {
	c := condition(job, t)
	return c != nil && c.Status == corev1.ConditionTrue
}

func finished(job *kubeflow.MPIJob) bool {
	return isTrue(job, kubeflow.JobSucceeded) || isTrue(job, kubeflow.JobFailed)
}

func conditions(job *kubeflow.MPIJob) string {
	if job == nil {
		return "(no such job)"
	}
	var b strings.Builder
	for _, c := range job.Status.Conditions {
		fmt.Fprintf(&b, "\n  %s=%s (%s) %s", c.Type, c.Status, c.Reason, c.Message)
	}
	return b.String()
}

func ignoreGone(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
