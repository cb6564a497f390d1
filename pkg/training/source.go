package training

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

// Source is where the jobs of one type come from, for who keeps them in memory as an informer does.
type Source struct {
	Type Type
	// Object is an empty object of the type.
	Object runtime.Object
	// List and Watch ask the API server. Parts of other jobs are left out. Errors are client-go's own.
	List  func(context.Context, metav1.ListOptions) (runtime.Object, error)
	Watch func(context.Context, metav1.ListOptions) (watch.Interface, error)
	// Job is the Job of one of its objects; nil of another's.
	Job func(o runtime.Object, now time.Time) *Job
}

// Sources are the sources of all types of job.
func (j *Jobs) Sources() []Source {
	var out []Source
	for _, k := range kinds {
		out = append(out, Source{
			Type:   k.name,
			Object: k.one(),
			List: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
				list := k.list()
				o.LabelSelector = k.notOurs
				err := k.client(j.c).Get().NamespaceIfScoped(j.namespace, j.namespace != "").Resource(k.resource).
					VersionedParams(&o, j.c.params).Do(ctx).Into(list)
				return list, err
			},
			Watch: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
				o.Watch, o.LabelSelector = true, k.notOurs
				return k.client(j.c).Get().NamespaceIfScoped(j.namespace, j.namespace != "").Resource(k.resource).
					VersionedParams(&o, j.c.params).Watch(ctx)
			},
			Job: func(o runtime.Object, now time.Time) *Job {
				if typed, ok := o.(object); ok {
					return k.job(typed, now)
				}
				return nil
			},
		})
	}
	return out
}

// At is the job at a later time than when it was read, if nothing has happened to it since. The job is
// not changed.
func (j *Job) At(now time.Time) *Job {
	waits := j.Type == TypeMPIJob && j.Reason == reasonAccepted && now.Sub(j.Created) > unattended
	if !waits && (j.Started == nil || j.Finished != nil) {
		return j
	}
	later := *j
	if j.Started != nil && j.Finished == nil {
		later.DurationSeconds = max(0, now.Sub(*j.Started).Seconds())
	}
	if waits {
		v := noController()
		later.Phase, later.Reason, later.Message = v.phase, v.reason, v.message
	}
	return &later
}

// Selector is what the options select by, checked once for many jobs; an error is an InvalidError.
func (o ListOptions) Selector() (func(*Job) bool, error) { return o.matcher() }
