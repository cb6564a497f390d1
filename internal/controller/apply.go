package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// apply carries out a plan. What kept it from being carried out, and may pass, is noted in what was
// observed or in the plan, for the status to say; the pause before the next try is returned.
func (r *Reconciler) apply(ctx context.Context, job *mpijob.Job, o *mpijob.Observed, p *mpijob.Plan) (time.Duration, error) {
	if p.Stop != nil {
		r.Feed.Stop(string(job.UID), o.Attempt(), p.Stop)
	}
	if p.End != nil {
		if err := r.endPod(ctx, p.End); err != nil {
			return 0, err
		}
	}
	if p.Drop != nil {
		if err := r.drop(ctx, p.Drop); err != nil {
			return 0, err
		}
	}
	if err := r.cleanPods(ctx, p.Clean); err != nil {
		return 0, err
	}
	if p.TakeOver {
		if err := r.takeOver(ctx, job); err != nil {
			return 0, err
		}
	}
	if p.Release != "" {
		if err := r.releaseGang(ctx, job.Namespace, p.Release); err != nil {
			return 0, err
		}
	}
	if p.Regroup > 0 {
		if err := r.ensureGang(ctx, job, p.Regroup); err != nil {
			return r.blocked(o, p, err)
		}
	}
	if p.Bump > 0 {
		if err := r.ensureConfig(ctx, job, p.Bump, p.Retries); err != nil {
			return r.blocked(o, p, err)
		}
	}
	for _, run := range p.Delete {
		if err := r.deleteRun(ctx, run); err != nil {
			return 0, err
		}
	}
	if p.Start > 0 {
		if err := r.start(ctx, job, p.Start, o.Retries()); err != nil {
			return r.blocked(o, p, err)
		}
	}
	return 0, nil
}

// start creates an attempt. What the TrainJob's pods need comes first, all of it at once; the
// TrainJob last, so that nothing runs half-equipped.
func (r *Reconciler) start(ctx context.Context, job *mpijob.Job, attempt, retries int) error {
	settings, err := r.settingsFor(job)
	if err != nil {
		return err
	}
	gang := settings.Volcano
	spent := mpijob.Spend(job, retries)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.sweep(gctx, client.ObjectKeyFromObject(job), job.UID) })
	g.Go(func() error { return r.ensureSecret(gctx, job) })
	g.Go(func() error { return r.ensureConfig(gctx, job, attempt, retries) })
	g.Go(func() error { return r.ensure(gctx, job, mpijob.Service(job)) })
	g.Go(func() error { return r.ensureNetwork(gctx, job, attempt) })
	g.Go(func() error { return r.ensure(gctx, job, mpijob.Runtime(spent, settings, attempt)) })
	if err := g.Wait(); err != nil {
		return err
	}
	if gang {
		// Not before all else is there: a group whose pods can't come would keep its room in the queue.
		if err := r.ensureGang(ctx, job, attempt); err != nil {
			return err
		}
	}
	return r.ensureRun(ctx, job, attempt, retries, gang)
}

// ensureRun creates the TrainJob. Trainer's webhook looks for the TrainingRuntime in its own cache,
// which may be some milliseconds behind: its "not there" is asked again for a moment.
func (r *Reconciler) ensureRun(ctx context.Context, job *mpijob.Job, attempt, retries int, gang bool) error {
	pauses := wait.Backoff{Duration: 5 * time.Millisecond, Factor: 1.6, Steps: 10, Cap: 500 * time.Millisecond}
	return retry.OnError(pauses, runtimeNotSeen, func() error {
		run := mpijob.TrainJob(job, attempt)
		mpijob.SetRetries(run, retries)
		if gang {
			mpijob.MarkGang(run)
		}
		return r.ensure(ctx, job, run)
	})
}

// runtimeNotSeen recognises the refusal by Trainer's own words: it has no code of its own.
func runtimeNotSeen(err error) bool {
	return strings.Contains(err.Error(), "specified trainingRuntime must be created before")
}

func (r *Reconciler) ensureSecret(ctx context.Context, job *mpijob.Job) error {
	key, err := newKey()
	if err != nil {
		return err
	}
	return r.ensure(ctx, job, mpijob.Secret(job, key))
}

// ensureConfig creates `<job>-config`, or moves it on to a later attempt.
func (r *Reconciler) ensureConfig(ctx context.Context, job *mpijob.Job, attempt, retries int) error {
	want := mpijob.Config(job, r.Settings, attempt)
	mpijob.SetRetries(want, retries)
	var has corev1.ConfigMap
	return r.ensureThen(ctx, job, want, &has, func() error {
		if mpijob.AttemptOf(&has) >= attempt {
			return nil
		}
		want.ResourceVersion = has.ResourceVersion
		if err := r.Update(ctx, want); err != nil {
			return fmt.Errorf("updating ConfigMap %s: %w", want.Name, err)
		}
		return nil
	})
}

// deleteRun deletes an attempt: the TrainJob, with all it owns, and its TrainingRuntime. The runtime
// goes first: nothing would find it again if the controller died in between.
func (r *Reconciler) deleteRun(ctx context.Context, run *trainer.TrainJob) error {
	if mpijob.IsGang(run) {
		if err := r.releaseGang(ctx, run.Namespace, run.Name); err != nil {
			return err
		}
	}
	runtime := &trainer.TrainingRuntime{ObjectMeta: metav1.ObjectMeta{Namespace: run.Namespace, Name: run.Name}}
	if err := client.IgnoreNotFound(r.Delete(ctx, runtime)); err != nil {
		return fmt.Errorf("deleting TrainingRuntime %s: %w", run.Name, err)
	}
	err := r.Delete(ctx, run, client.Preconditions{UID: &run.UID}, client.PropagationPolicy(metav1.DeletePropagationBackground))
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("deleting TrainJob %s: %w", run.Name, err)
	}
	return nil
}

// endPod ends a Launcher that no agent can end, without deleting it, so that its log stays: first
// marked, so that its Job doesn't try again, then given a deadline that has passed.
func (r *Reconciler) endPod(ctx context.Context, pod *corev1.Pod) error {
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"conditions": []corev1.PodCondition{{
		Type: mpijob.ConditionStopped, Status: corev1.ConditionTrue, Reason: "StoppedByController",
		Message:            "The job can't succeed any more; its MPIJob says why.",
		LastTransitionTime: metav1.NewTime(r.Clock.Now()),
	}}}})
	if err != nil {
		return fmt.Errorf("marshalling a patch: %w", err)
	}
	named := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name}}
	err = r.Status().Patch(ctx, named, client.RawPatch(types.StrategicMergePatchType, patch))
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("marking pod %s as stopped: %w", pod.Name, err)
	}
	named = &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name}}
	err = r.Patch(ctx, named, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"activeDeadlineSeconds":1}}`)))
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("ending pod %s: %w", pod.Name, err)
	}
	return nil
}

// blocked turns what stands in the way of an attempt into what the status says about it.
func (r *Reconciler) blocked(o *mpijob.Observed, p *mpijob.Plan, err error) (time.Duration, error) {
	var conflict *conflictError
	var former *formerError
	switch {
	case asError(err, &conflict):
		o.Conflict = &conflict.Conflict
		return conflictPause, nil
	case asError(err, &former):
		p.Blocked = former.Error()
		return formerPause, nil
	case apierrors.IsForbidden(err) && !gone(err):
		p.Blocked = mpijob.RefusedText(err.Error())
		return refusedPause, nil
	default:
		return 0, err
	}
}

// gone says that the job's namespace is being deleted, and the job with it.
func gone(err error) bool {
	return apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause)
}
