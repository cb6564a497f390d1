package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Indexes of the cache.
const (
	// indexJob finds pods and TrainJobs by the name of the MPIJob they are for.
	indexJob = "mpijob"
	// indexSubject finds events by the name of the Kubernetes Job they are about.
	indexSubject = "subject"
)

// observe gathers what the cluster says about a job.
func (r *Reconciler) observe(ctx context.Context, job *mpijob.Job) (*mpijob.Observed, error) {
	o := &mpijob.Observed{}
	if err := r.observeRuns(ctx, job, o); err != nil {
		return nil, err
	}
	var pods corev1.PodList
	// Not copied: what was observed is never changed, and copies of a large job's pods at each look cost more
	// than the look itself.
	if err := r.List(ctx, &pods, client.InNamespace(job.Namespace), client.MatchingFields{indexJob: job.Name}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing pods: %w", err)
	}
	for i := range pods.Items {
		o.Pods = append(o.Pods, &pods.Items[i])
	}
	if mpijob.Finished(&job.Status) {
		r.listen(job, o)
		return o, nil
	}
	if !o.Settled() || mpijob.Suspended(job) {
		var cm corev1.ConfigMap
		err := r.Get(ctx, client.ObjectKey{Namespace: job.Namespace, Name: mpijob.ConfigName(job)}, &cm)
		if client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("reading ConfigMap %s: %w", mpijob.ConfigName(job), err)
		}
		if err == nil && metav1.IsControlledBy(&cm, job) {
			o.ConfigAttempt, o.ConfigRetries = mpijob.AttemptOf(&cm), mpijob.RetriesOf(&cm)
			if o.ConfigAttempt == 0 && len(o.Runs) == 0 {
				if o.Inherited, err = r.inherited(ctx, job); err != nil {
					return nil, err
				}
			}
		}
		// Only jobs that were stored while no webhook was there to check them fail this.
		if errs := mpijob.Validate(job); len(errs) > 0 {
			o.Invalid = errs.ToAggregate().Error()
			return o, nil
		}
	}
	r.listen(job, o)
	if err := r.observeGang(ctx, job, o); err != nil {
		return nil, err
	}
	var err error
	if o.Mount, err = r.mount(ctx, job, o); err != nil {
		return nil, err
	}
	o.Refused, err = r.refused(ctx, job, mpijob.AttemptName(job, o.Attempt()))
	return o, err
}

// listen notes what the Launcher said over the feed.
func (r *Reconciler) listen(job *mpijob.Job, o *mpijob.Observed) {
	said := r.Feed.Latest(string(job.UID), o.Attempt())
	o.Report, o.Reporter, o.Connected = said.Report, said.Pod, said.Connected
}

// observeRuns gathers the TrainJobs made for this very job.
func (r *Reconciler) observeRuns(ctx context.Context, job *mpijob.Job, o *mpijob.Observed) error {
	var runs trainer.TrainJobList
	if err := r.List(ctx, &runs, client.InNamespace(job.Namespace), client.MatchingFields{indexJob: job.Name}); err != nil {
		return fmt.Errorf("listing TrainJobs: %w", err)
	}
	for i := range runs.Items {
		if metav1.IsControlledBy(&runs.Items[i], job) {
			o.Runs = append(o.Runs, &runs.Items[i])
		}
	}
	return nil
}

// stale says whether the attempt that was observed is in fact gone or going.
func (r *Reconciler) stale(ctx context.Context, o *mpijob.Observed) (bool, error) {
	cached := o.Run()
	if cached == nil {
		return false, nil
	}
	var run trainer.TrainJob
	err := r.Live.Get(ctx, client.ObjectKeyFromObject(cached), &run)
	if apierrors.IsNotFound(err) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading TrainJob %s: %w", cached.Name, err)
	}
	return run.UID != cached.UID || !run.DeletionTimestamp.IsZero(), nil
}

// refused is what the API server last said to the Job controller about pods it did not admit.
func (r *Reconciler) refused(ctx context.Context, job *mpijob.Job, attemptName string) (map[string]string, error) {
	out := map[string]string{}
	for _, role := range []string{mpijob.RoleLauncher, mpijob.RoleWorker} {
		name := mpijob.JobName(attemptName, role)
		var list corev1.EventList
		if err := r.List(ctx, &list, client.InNamespace(job.Namespace), client.MatchingFields{indexSubject: name}); err != nil {
			return nil, fmt.Errorf("listing events: %w", err)
		}
		if len(list.Items) > 0 {
			last := slices.MaxFunc(list.Items, func(a, b corev1.Event) int { return a.LastTimestamp.Compare(b.LastTimestamp.Time) })
			out[name] = last.Message
		}
	}
	return out, nil
}

// jobOf is the name of the MPIJob a pod or TrainJob says it is for; whether that is true its owners tell.
func jobOf(o client.Object) []string {
	if name := o.GetLabels()[kubeflow.JobNameLabel]; name != "" {
		return []string{name}
	}
	if name := o.GetLabels()[mpijob.LabelJob]; name != "" {
		return []string{name}
	}
	return nil
}

// subjectOf is the Kubernetes Job an event is about.
func subjectOf(o client.Object) []string {
	return []string{o.(*corev1.Event).InvolvedObject.Name}
}

// attemptOfJob takes the attempt's name out of that of one of its Kubernetes Jobs.
func attemptOfJob(name string) (string, bool) {
	for _, role := range []string{mpijob.RoleLauncher, mpijob.RoleWorker} {
		if attempt, ok := strings.CutSuffix(name, mpijob.JobName("", role)); ok {
			return attempt, true
		}
	}
	return "", false
}

// trim drops from what is cached what is never looked at.
func trim(o any) (any, error) {
	if pod, ok := o.(*corev1.Pod); ok {
		mpijob.TrimPod(pod)
		return o, nil
	}
	if obj, ok := o.(client.Object); ok {
		obj.SetManagedFields(nil)
		// A second copy of a manifest; the API server ignores it missing where the status is written.
		delete(obj.GetAnnotations(), corev1.LastAppliedConfigAnnotation)
	}
	return o, nil
}
