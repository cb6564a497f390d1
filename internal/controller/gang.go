package controller

import (
	"context"
	"fmt"

	schedulingv1 "k8s.io/api/scheduling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// GangScheduler is which gang scheduler may start jobs that ask for one.
type GangScheduler string

// The values of --gang-scheduler.
const (
	GangAuto    GangScheduler = "auto"    // Volcano where its PodGroups are served
	GangVolcano GangScheduler = "volcano" // Volcano, and an error where they aren't
	GangNone    GangScheduler = "none"    // the default scheduler
)

func (g *GangScheduler) String() string { return string(*g) }

// Set takes the flag's value.
func (g *GangScheduler) Set(s string) error {
	switch v := GangScheduler(s); v {
	case GangAuto, GangVolcano, GangNone:
		*g = v
		return nil
	}
	return fmt.Errorf("must be %s, %s or %s", GangAuto, GangVolcano, GangNone)
}

// hasVolcano says whether Volcano may start gangs: the flag allows it and the API server serves its
// kinds. It is asked for each attempt, so that Volcano may come later than the controller.
func hasVolcano(mode GangScheduler, mapper meta.RESTMapper) (bool, error) {
	if mode == GangNone {
		return false, nil
	}
	_, err := mapper.RESTMapping(volcano.SchemeGroupVersion.WithKind("PodGroup").GroupKind(), volcano.SchemeGroupVersion.Version)
	switch {
	case err == nil:
		return true, nil
	case meta.IsNoMatchError(err) && mode != GangVolcano:
		return false, nil
	case meta.IsNoMatchError(err):
		return false, fmt.Errorf("--gang-scheduler=volcano, but the API server serves no PodGroups of %s: install Volcano, or use --gang-scheduler=auto", volcano.GroupName)
	default:
		return false, fmt.Errorf("asking whether Volcano is installed: %w", err)
	}
}

// gangWarnings are about a job's wish for gang scheduling; none where it can't be told what is there.
func (a Admission) gangWarnings(job *mpijob.Job) []string {
	if !mpijob.WantsGang(job) {
		return nil
	}
	there := false
	if a.Volcano != nil {
		var err error
		if there, err = a.Volcano(); err != nil {
			return nil
		}
	}
	return mpijob.GangWarnings(job, there)
}

// settingsFor are the settings a job's attempt is made with.
func (r *Reconciler) settingsFor(job *mpijob.Job) (mpijob.Settings, error) {
	s := r.Settings
	if !mpijob.WantsGang(job) {
		return s, nil
	}
	var err error
	s.Volcano, err = hasVolcano(r.Gang, r.RESTMapper())
	return s, err
}

// ensureGang creates an attempt's PodGroup.
func (r *Reconciler) ensureGang(ctx context.Context, job *mpijob.Job, attempt int) error {
	priorities, err := r.priorities(ctx, job)
	if err != nil {
		return err
	}
	return r.ensure(ctx, job, mpijob.PodGroup(job, attempt, priorities))
}

// priorities are the values of the PriorityClasses a job's templates name, where they decide which of
// its pods count. One that doesn't exist counts as 0, as upstream.
func (r *Reconciler) priorities(ctx context.Context, job *mpijob.Job) (map[string]int32, error) {
	out := map[string]int32{}
	for _, name := range mpijob.PriorityClasses(job) {
		var class schedulingv1.PriorityClass
		if err := r.Live.Get(ctx, client.ObjectKey{Name: name}, &class); client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("reading PriorityClass %s: %w", name, err)
		}
		out[name] = class.Value
	}
	return out, nil
}

// releaseGang deletes an attempt's PodGroup: what it reserves in its queue is free again. Left to
// itself it would go back into the queue when its pods have ended.
func (r *Reconciler) releaseGang(ctx context.Context, namespace, name string) error {
	group := &volcano.PodGroup{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	err := r.Delete(ctx, group)
	if err == nil || apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
		return nil
	}
	return fmt.Errorf("deleting PodGroup %s: %w", name, err)
}

// observeGang reads what Volcano says about a gang that isn't running yet. Nothing of Volcano's is
// watched: its verdict on a gang shows in the conditions of the pods, which are.
func (r *Reconciler) observeGang(ctx context.Context, job *mpijob.Job, o *mpijob.Observed) error {
	run := o.Run()
	if !mpijob.IsGang(run) || mpijob.IsRunning(&job.Status) {
		return nil
	}
	g := &mpijob.Gang{}
	var group volcano.PodGroup
	err := r.Live.Get(ctx, client.ObjectKeyFromObject(run), &group)
	switch {
	case meta.IsNoMatchError(err):
		return nil // Volcano is gone
	case apierrors.IsNotFound(err):
		o.Gang = g
		return nil
	case err != nil:
		return fmt.Errorf("reading PodGroup %s: %w", run.Name, err)
	}
	o.Gang, g.Group = g, &group
	var queue volcano.Queue
	err = r.Live.Get(ctx, client.ObjectKey{Name: mpijob.QueueOf(&group)}, &queue)
	switch {
	case err == nil:
		g.Queue = &queue
	case apierrors.IsNotFound(err):
		g.NoQueue = true
	default:
		return fmt.Errorf("reading queue %s: %w", mpijob.QueueOf(&group), err)
	}
	return nil
}
