package mpijob

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// unreachable is the failure of Workers that run but don't answer, and when it is one. Workers that
// don't run yet cost nothing of the time.
func unreachable(job *Job, c cast, r *wire.Report) (*failure.Failure, time.Time) {
	if r == nil || r.Stage != wire.StageWaiting {
		return nil, time.Time{}
	}
	// A Launcher that is tried again has the same time, with Workers that have run for long.
	var since time.Time
	parts := []*corev1.Pod{c.launcher()}
	for i := range Workers(job) {
		parts = append(parts, c.worker(i))
	}
	for _, p := range parts {
		s := mainStatus(p)
		if s == nil || s.State.Running == nil {
			return nil, time.Time{}
		}
		if t := s.State.Running.StartedAt.Time; t.After(since) {
			since = t
		}
	}
	for _, w := range r.Workers {
		if w.State == wire.WorkerReachable {
			continue
		}
		at := since.Add(WaitTimeout(job))
		f := &failure.Failure{Reason: failure.LauncherTimeoutWaitingForWorkers, Where: LauncherName, At: at,
			Detail:   WorkerName(w.Index) + " wasn't reachable within " + WaitTimeout(job).String() + ": " + text(w.Message, "no answer"),
			Evidence: "the Launcher's report", Confidence: failure.Certain}
		if why := cutOff(w.Message, c.worker(w.Index)); why != "" {
			f.Reason, f.Where = failure.WorkerUnreachable, WorkerName(w.Index)
			f.Detail = why + " for " + WaitTimeout(job).String()
		}
		return f, at
	}
	return nil, time.Time{}
}

// cutOff is what stands between a Launcher and a Worker that doesn't hear it at all; empty where the
// Worker's side answers, though with a refusal.
func cutOff(message string, p *corev1.Pod) string {
	switch message {
	case "no such host":
		return "its name isn't in the cluster's DNS"
	case "the cluster's DNS doesn't answer":
		return message
	case "no answer", "no route to host", "connection timed out", "":
		why := "no answer"
		if message == "no route to host" {
			why = message
		}
		if p != nil && p.Status.PodIP != "" {
			why += " from " + p.Status.PodIP
		}
		return why
	}
	return ""
}
