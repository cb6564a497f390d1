package training

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// List reads the jobs of the namespace (of all, from AllJobs), of all types, newest first unless the
// options say otherwise. TrainJobs that are part of an MPIJob are no jobs of their own. Other types than
// MPIJobs that the cluster doesn't have are left out, and so are old jobs, unless asked for, that the caller
// may not read: a cluster without them denies them too. Other types that may not be read are named in
// Notes. It is an error only if no type at all can be read.
func (j *Jobs) List(ctx context.Context, o ListOptions) (*Page, error) {
	if j.typ != "" {
		o.Types = []Type{j.typ}
	}
	if _, err := Select(nil, o); err != nil {
		return nil, err
	}
	asked := o.kinds()
	read := make([][]*Job, len(asked))
	failed := make([]error, len(asked))
	var all sync.WaitGroup
	for i, k := range asked {
		all.Go(func() {
			failed[i] = caught(func() (err error) {
				read[i], err = j.listKind(ctx, k, o.LabelSelector)
				return err
			})
		})
	}
	all.Wait()
	for i, k := range asked {
		var denied *DeniedError
		if k.old && len(o.Types) == 0 && errors.As(failed[i], &denied) && !denied.Unauthenticated {
			failed[i] = &NotInstalledError{Host: j.c.host, Type: k.name}
		}
	}
	notes, err := unread(failed)
	if err != nil {
		return nil, err
	}
	page, err := Select(slices.Concat(read...), o)
	if err != nil {
		return nil, err
	}
	page.Notes = notes
	return page, nil
}

// unread says in notes which types couldn't be read. It is an error if none could, the first; and
// always where the cluster couldn't be asked.
func unread(failed []error) (notes []string, err error) {
	var denied *DeniedError
	var absent *NotInstalledError
	any := false
	for _, e := range failed {
		switch {
		case e == nil:
			any = true
		case errors.As(e, &denied) && !denied.Unauthenticated, errors.As(e, &absent) && absent.Type == TypeMPIJob:
			notes = append(notes, e.Error())
		case !errors.As(e, &absent):
			return nil, e
		}
	}
	if !any && len(failed) > 0 {
		return nil, failed[0]
	}
	return notes, nil
}

// kinds are those that the options ask for.
func (o ListOptions) kinds() []*kind {
	var out []*kind
	for _, k := range kinds {
		if len(o.Types) == 0 || slices.Contains(o.Types, k.name) {
			out = append(out, k)
		}
	}
	return out
}

// selector is a label selector that leaves out what is no job of its own, too.
func (k *kind) selector(asked string) string { return strings.Trim(asked+","+k.notOurs, ",") }

func (j *Jobs) listKind(ctx context.Context, k *kind, selector string) ([]*Job, error) {
	list := k.list()
	o := metav1.ListOptions{LabelSelector: k.selector(selector)}
	err := k.client(j.c).Get().NamespaceIfScoped(j.namespace, j.namespace != "").Resource(k.resource).
		VersionedParams(&o, j.c.params).Do(ctx).Into(list)
	if err != nil {
		return nil, j.c.typed(err, j.aboutKind(k, "list", ""))
	}
	var out []*Job
	for _, o := range items[object](list) {
		out = append(out, k.job(o, j.c.now()))
	}
	return out, nil
}

// JobOf is the Job of an object that the caller has at hand, as an informer does: an *MPIJob, a
// *TrainJob of Trainer v2, or a job of any type as *unstructured.Unstructured. ok is false for other
// objects, and for a TrainJob that is part of an MPIJob.
func JobOf(o runtime.Object, now time.Time) (job *Job, ok bool) {
	var k *kind
	var typed object
	switch t := o.(type) {
	case *MPIJob:
		k, typed = kindOf(TypeMPIJob), t
	case *trainer.TrainJob:
		k, typed = kindOf(TypeTrainJob), t
	case *unstructured.Unstructured:
		gvk := t.GroupVersionKind()
		if k = kindOf(Type(gvk.Kind)); string(k.name) != gvk.Kind || k.group != gvk.Group {
			return nil, false
		}
		typed = k.one()
		if runtime.DefaultUnstructuredConverter.FromUnstructured(t.Object, typed) != nil {
			return nil, false
		}
	default:
		return nil, false
	}
	if k.notOurs != "" {
		if selector, err := labels.Parse(k.notOurs); err != nil || !selector.Matches(labels.Set(typed.GetLabels())) {
			return nil, false
		}
	}
	return k.job(typed, now), true
}
