package controller

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// keepReport writes `<job>-report` when an attempt ends, before the status says so, and once before
// that when the ranks are known. A report is never a reason to hold the job back.
func (r *Reconciler) keepReport(ctx context.Context, job *mpijob.Job, o *mpijob.Observed, v mpijob.Verdict) error {
	if mpijob.Finished(&job.Status) || o.Invalid != "" {
		return nil
	}
	key := types.NamespacedName{Namespace: job.Namespace, Name: job.Name}
	what := fmt.Sprintf("%s/%d/%s", job.UID, o.Attempt(), v.Outcome)
	final := v.Outcome == mpijob.Succeeded || v.Outcome == mpijob.Failed
	if !final && !mpijob.RanksKnown(job, o.Report) || r.reported.get(key) == what {
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
	r.reported.set(key, what)
	return nil
}
