package controller

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// reports remembers for which attempt of a job the ranks have been kept, so that a running job's
// report is written once. After a restart it is written once more: it says the same.
type reports struct {
	mu   sync.Mutex
	kept map[types.NamespacedName]string
}

func (r *reports) isKept(key types.NamespacedName, what string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept[key] == what
}

func (r *reports) keep(key types.NamespacedName, what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil {
		r.kept = map[types.NamespacedName]string{}
	}
	r.kept[key] = what
}

func (r *reports) forget(key types.NamespacedName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.kept, key)
}

// keepReport writes `<job>-report` when an attempt ends, before the status says so, and once before
// that when the ranks are known. A report is never a reason to hold the job back.
func (r *Reconciler) keepReport(ctx context.Context, job *mpijob.Job, o *mpijob.Observed, v mpijob.Verdict) error {
	if mpijob.Finished(&job.Status) || o.Invalid != "" {
		return nil
	}
	key := types.NamespacedName{Namespace: job.Namespace, Name: job.Name}
	what := fmt.Sprintf("%s/%d/%s", job.UID, o.Attempt(), v.Outcome)
	final := v.Outcome == mpijob.Succeeded || v.Outcome == mpijob.Failed
	if !final && !mpijob.RanksKnown(job, o.Report) || r.reports.isKept(key, what) {
		return nil
	}
	want := mpijob.ReportConfig(job, mpijob.Report(job, o, v))
	var has corev1.ConfigMap
	err := r.ensureThen(ctx, job, want, &has, func() error {
		if equality.Semantic.DeepEqual(has.Data, want.Data) {
			return nil
		}
		want.ResourceVersion = has.ResourceVersion
		return r.Update(ctx, want)
	})
	var conflict *conflictError
	switch {
	case gone(err):
		return nil
	case asError(err, &conflict):
		r.Recorder.Eventf(job, nil, corev1.EventTypeWarning, mpijob.ReasonResourceExists, "Report", "%s", conflict.Message())
	case err != nil:
		return fmt.Errorf("keeping the report: %w", err)
	}
	r.reports.keep(key, what)
	return nil
}
