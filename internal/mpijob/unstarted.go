package mpijob

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// mayFollow says whether a Launcher can fail that way because a Worker never ran.
func mayFollow(r failure.Reason) bool {
	switch r {
	case failure.LauncherExited, failure.SSHRejected, failure.LauncherTimeoutWaitingForWorkers,
		failure.WorkerUnreachable, failure.WorkerLost, failure.RanksNotDistributed:
		return true
	default:
		return false
	}
}

// neverRan says whether a pod's main container hasn't run, for all that the kubelet told so far.
func neverRan(p *corev1.Pod) bool {
	s := mainStatus(p)
	switch {
	case s == nil:
		return true
	case s.State.Running != nil, s.LastTerminationState.Terminated != nil:
		return false
	case s.State.Terminated != nil:
		return startFailed(s.State.Terminated)
	}
	return true
}

// startFailed says whether a container ended without its command having been started.
func startFailed(t *corev1.ContainerStateTerminated) bool {
	return t.Reason == "StartError" || t.Reason == "ContainerCannotRun"
}

// unstarted is the first thing that kept a Worker from ever running, nil where nothing is known to; and
// whether there is a Worker of which the kubelet may still tell.
func unstarted(job *Job, c cast) (first *failure.Failure, silent bool) {
	for i := range Workers(job) {
		// One that couldn't start has a successor within a second.
		var known *failure.Failure
		unknown := false
		for _, p := range c.workers[i] {
			if !neverRan(p) || !p.DeletionTimestamp.IsZero() {
				known, unknown = nil, false
				break
			}
			f := endOf(RoleWorker, WorkerName(i), p)
			if h := holdOf(WorkerName(i), p); f == nil && h != nil {
				f = h.fatal
			}
			unknown = unknown || f == nil
			if known == nil {
				known = f
			}
		}
		switch {
		case known == nil:
			silent = silent || unknown
		case first == nil || known.At.Before(first.At):
			first = known
		}
	}
	return first, silent
}

// causeOf is a Launcher's failure, or what kept the Worker from running that it may be a consequence of.
func causeOf(job *Job, c cast, f *failure.Failure, at time.Time) *failure.Failure {
	if !mayFollow(f.Reason) {
		return f
	}
	cause, _ := unstarted(job, c)
	if cause == nil {
		return f
	}
	if cause.At.IsZero() || cause.At.After(at) {
		// What may pass has its grace; this run is over before.
		cause.At = at
	}
	return cause
}

// causeToCome says whether the kubelet may still tell why a Worker never ran, so that a Launcher that
// failed for it isn't blamed. Under the agent a command begins when all Workers run.
func causeToCome(job *Job, c cast, f *failure.Failure) bool {
	if TransportOf(job) == wire.TransportBuiltin || !mayFollow(f.Reason) {
		return false
	}
	_, silent := unstarted(job, c)
	return silent
}
