package controller

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/opendatahub-io/mpijob/internal/controller/feed"
	"github.com/opendatahub-io/mpijob/internal/controller/metrics"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Pauses before trying again what only time or others can mend.
const (
	// conflictPause is for objects in the way: nobody tells us when a stranger's Secret is gone,
	// since the controller may not watch Secrets.
	conflictPause = 3 * time.Second
	// refusedPause is for what the API server refused to create, most often for a quota.
	refusedPause = 10 * time.Second
	// formerPause is for what a former job of the same name left, which is already being deleted.
	formerPause = 100 * time.Millisecond
	// stalePause is for the cache to catch up with the API server.
	stalePause = 20 * time.Millisecond
)

// Reconciler looks after MPIJobs.
type Reconciler struct {
	// Client reads jobs, pods, TrainJobs and events from the cache and all else from the API server.
	client.Client
	Settings mpijob.Settings
	// Gang is which gang scheduler may be used.
	Gang GangScheduler
	// Live reads from the API server, where acting on a stale cache would do harm.
	Live     client.Reader
	Feed     *feed.Hub
	Recorder events.EventRecorder
	Clock    clock.PassiveClock
	Metrics  *metrics.Metrics
	// reported is for which attempt of a job the ranks have been kept, so that a running job's report is written once.
	// After a restart it is written once more: it says the same.
	reported memo[string]
	// looked is when each job was last looked at.
	looked memo[time.Time]
	// mounts is what was last answered about what a job can't mount.
	mounts memo[mountAnswer]
}

// Reconcile brings one job a step on: observe, judge, plan, apply, report.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var stored mpijob.Job
	if err := r.Get(ctx, req.NamespacedName, &stored); err != nil {
		if apierrors.IsNotFound(err) {
			r.reported.forget(req.NamespacedName)
			r.looked.forget(req.NamespacedName)
			r.mounts.forget(req.NamespacedName)
			return ctrl.Result{}, r.sweep(ctx, req.NamespacedName, "")
		}
		return ctrl.Result{}, fmt.Errorf("reading the job: %w", err)
	}
	if !stored.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, r.endDeleted(ctx, &stored)
	}
	if mpijob.ManagedElsewhere(&stored) {
		return ctrl.Result{}, nil
	}
	job := mpijob.WithDefaults(&stored)
	now := r.Clock.Now()
	r.looked.set(req.NamespacedName, now)

	observed, err := r.observe(ctx, job)
	if err != nil {
		return ctrl.Result{}, err
	}
	var verdict mpijob.Verdict
	var plan mpijob.Plan
	if observed.Invalid == "" {
		verdict = mpijob.Judge(job, observed, now)
		// Pods also end because their attempt is deleted, which the cache may learn last.
		if verdict.Stop != nil || verdict.Renew > 0 || verdict.Outcome == mpijob.Failed {
			if stale, err := r.stale(ctx, observed); err != nil || stale {
				return ctrl.Result{RequeueAfter: stalePause}, err
			}
		}
		plan = mpijob.MakePlan(job, observed, verdict, now)
	}
	pause, err := r.apply(ctx, job, observed, &plan)
	if err != nil {
		if gone(err) {
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, err
	}
	if err := r.keepReport(ctx, job, observed, verdict); err != nil {
		return ctrl.Result{}, err
	}
	due, err := r.report(ctx, job, &stored, observed, verdict, plan, now)
	if apierrors.IsConflict(err) {
		// The cache was behind: the newer job is on its way.
		return ctrl.Result{RequeueAfter: stalePause}, nil
	}
	if err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: soonest(now, pause, verdict.Recheck, plan.Recheck, due)}, nil
}

// endDeleted ends what a job runs that is being deleted: whoever's finalizer it waits for may take for ever, and the
// garbage collector leaves its attempts alone as long as it is there.
func (r *Reconciler) endDeleted(ctx context.Context, job *mpijob.Job) error {
	o := &mpijob.Observed{}
	if err := r.observeRuns(ctx, job, o); err != nil {
		return err
	}
	plan := mpijob.MakePlan(job, o, mpijob.Verdict{}, r.Clock.Now())
	_, err := r.apply(ctx, job, o, &plan)
	return err
}

// report writes the status if it changed, and only then records the events of the transitions in it.
func (r *Reconciler) report(ctx context.Context, job, stored *mpijob.Job, o *mpijob.Observed, v mpijob.Verdict, p mpijob.Plan, now time.Time) (time.Time, error) {
	status, evts, due := mpijob.NextStatus(job, o, v, p, now)
	if equality.Semantic.DeepEqual(stored.Status, status) {
		return due, nil
	}
	update := stored.DeepCopy()
	update.Status = status
	if err := r.Status().Update(ctx, update); err != nil {
		return time.Time{}, client.IgnoreNotFound(fmt.Errorf("writing the status: %w", err))
	}
	r.Metrics.Wrote(update, &stored.Status, &status, v.Failure)
	log := log.FromContext(ctx)
	for _, e := range evts {
		kind := "Normal"
		if e.Warning {
			kind = "Warning"
		}
		// The message is data: it may hold a percent sign.
		r.Recorder.Eventf(update, nil, kind, e.Reason, "Reconcile", "%s", e.Message)
		log.Info("job changed", "reason", e.Reason, "message", e.Message)
	}
	return due, nil
}

// soonest is the shorter of a pause and the time until the earliest of some moments; 0 for never.
func soonest(now time.Time, pause time.Duration, moments ...time.Time) time.Duration {
	for _, m := range moments {
		if m.IsZero() {
			continue
		}
		// A moment that has just passed still wants a look.
		d := max(m.Sub(now), time.Millisecond)
		if pause == 0 || d < pause {
			pause = d
		}
	}
	return pause
}
