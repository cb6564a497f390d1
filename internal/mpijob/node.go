package mpijob

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// nodeSilent says whether the control plane has lost the node a pod is on, and since when. It then
// takes readiness from the node's pods, and leaves all else as the kubelet last told it; so no right to
// read nodes is needed. (pkg/controller/util/node, MarkPodsNotReady)
func nodeSilent(p *corev1.Pod) (time.Time, bool) {
	ready, containers := anyCondition(p, corev1.PodReady), anyCondition(p, corev1.ContainersReady)
	if ready == nil || containers == nil || ready.Status != corev1.ConditionFalse || ready.Reason != "" {
		return time.Time{}, false
	}
	return ready.LastTransitionTime.Time, containers.Status == corev1.ConditionTrue
}

func anyCondition(p *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	i := slices.IndexFunc(p.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == kind })
	if i < 0 {
		return nil
	}
	return &p.Status.Conditions[i]
}

// nodeEnded says whether a disruption of a pod is its node's end rather than a decision about the pod.
func nodeEnded(p *corev1.Pod, disrupted *corev1.PodCondition) bool {
	_, silent := nodeSilent(p)
	switch disrupted.Reason {
	case "DeletionByPodGC":
		return true
	case "DeletionByTaintManager":
		return silent
	case corev1.PodReasonTerminationByKubelet:
		return strings.Contains(disrupted.Message, "node shutdown")
	}
	return false
}

func nodeLost(where string, at time.Time) *failure.Failure {
	return &failure.Failure{
		Reason: failure.NodeLost, Where: where, At: at, Detail: "its kubelet no longer answers",
		Evidence: "pod condition Ready, taken by the node controller", Confidence: failure.Certain,
	}
}

// lostNode is the first Worker whose node fell silent and whom its Launcher doesn't see alive: a
// kubelet that is only restarted costs no job.
func lostNode(job *Job, c cast, o *Observed) *failure.Failure {
	if TransportOf(job) != wire.TransportBuiltin || o.Report == nil {
		return nil
	}
	var first *failure.Failure
	for _, w := range o.Report.Workers {
		p := c.worker(w.Index)
		if p == nil || w.State == wire.WorkerReachable {
			continue
		}
		if at, silent := nodeSilent(p); silent && (first == nil || at.Before(first.At)) {
			first = nodeLost(WorkerName(w.Index), at)
		}
	}
	return first
}
