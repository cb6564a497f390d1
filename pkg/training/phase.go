package training

import (
	"fmt"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
)

// unattended is how long a job may stay without a word from its controller before we say so.
const unattended = 15 * time.Second

// kueueQueueLabel puts a job into a Kueue queue; Kueue holds it by spec.runPolicy.suspend.
const kueueQueueLabel = "kueue.x-k8s.io/queue-name"

type verdict struct {
	phase           Phase
	reason, message string
}

// judge maps an MPIJob's conditions onto a phase with its reason.
func judge(m *MPIJob, now time.Time) verdict {
	conditions := map[kubeflow.JobConditionType]kubeflow.JobCondition{}
	for _, c := range m.Status.Conditions {
		if c.Status == corev1.ConditionTrue {
			conditions[c.Type] = c
		}
	}
	is := func(t kubeflow.JobConditionType, p Phase) (verdict, bool) {
		c, ok := conditions[t]
		return verdict{p, c.Reason, c.Message}, ok
	}
	suspend := m.Spec.RunPolicy.Suspend != nil && *m.Spec.RunPolicy.Suspend
	if m.DeletionTimestamp != nil {
		return verdict{Terminating, "Deleted", "Waiting for its Launcher and Workers to stop"}
	}
	if v, ok := is(kubeflow.JobFailed, Failed); ok {
		return v
	}
	if v, ok := is(kubeflow.JobSucceeded, Succeeded); ok {
		return v
	}
	if v, ok := is(kubeflow.JobSuspended, Suspended); ok || suspend {
		if queue := m.Labels[kueueQueueLabel]; queue != "" {
			return verdict{Queued, orElse(v.reason, "Queued"), fmt.Sprintf("Waiting in queue %q for room", queue)}
		}
		return verdict{Suspended, orElse(v.reason, "Suspended"), orElse(v.message, "Suspended; resume it to let it run")}
	}
	if v, ok := is(kubeflow.JobRunning, Running); ok {
		return v
	}
	if v, ok := is(kubeflow.JobRestarting, Pending); ok {
		return v
	}
	if by := m.Spec.RunPolicy.ManagedBy; by != nil && *by != "" && *by != kubeflow.KubeflowJobController {
		return verdict{Pending, "ManagedElsewhere", "Waiting for " + *by + ", which manages this job"}
	}
	created, ok := conditions[kubeflow.JobCreated]
	if !ok {
		if now.Sub(m.CreationTimestamp.Time) > unattended {
			return noController()
		}
		return verdict{Pending, reasonAccepted, "Waiting for the MPIJob controller to start it"}
	}
	v := verdict{Pending, created.Reason, created.Message}
	if active(m, kubeflow.MPIReplicaTypeWorker) > 0 || active(m, kubeflow.MPIReplicaTypeLauncher) > 0 {
		v.phase = Initializing
	}
	if v.message == "" || v.reason == "MPIJobCreated" && !waiting(v.message) {
		v.message = waitingForWorkers(m)
	}
	return v
}

// reasonAccepted is the reason of a job that its controller may not have seen yet.
const reasonAccepted = "Accepted"

// noController is the verdict on a job that nobody has looked at for too long.
func noController() verdict {
	return verdict{Pending, "NoController", "Waiting for the MPIJob controller, which has not looked at it yet; is it running?"}
}

// waiting tells our controller's messages, which say what is waited for, from upstream's, which say
// that the job was created.
func waiting(message string) bool { return len(message) > 7 && message[:7] == "Waiting" }

func waitingForWorkers(m *MPIJob) string {
	total := replicas(m, kubeflow.MPIReplicaTypeWorker)
	if ready := active(m, kubeflow.MPIReplicaTypeWorker); ready < total {
		return fmt.Sprintf("Waiting for %d of %d Workers to start", total-ready, total)
	}
	return "Waiting for the Launcher to start"
}

func replicas(m *MPIJob, t kubeflow.MPIReplicaType) int32 {
	if r := m.Spec.MPIReplicaSpecs[t]; r != nil && r.Replicas != nil {
		return *r.Replicas
	}
	return 0
}

func active(m *MPIJob, t kubeflow.MPIReplicaType) int32 {
	if s := m.Status.ReplicaStatuses[t]; s != nil {
		return s.Active
	}
	return 0
}

// countWorkers counts running Workers, and of a failed job those that had failed before it was stopped: its
// status says what there was at its end. Those of a job that succeeded may be gone by now; they were all
// there, or it would not have succeeded.
func countWorkers(m *MPIJob, p Phase, total int32) Workers {
	w := Workers{Total: total}
	switch p {
	case Succeeded:
		w.Ready = total
	case Failed:
		if s := m.Status.ReplicaStatuses[kubeflow.MPIReplicaTypeWorker]; s != nil {
			w.Failed = min(s.Failed, total)
		}
	default:
		w.Ready = min(active(m, kubeflow.MPIReplicaTypeWorker), total)
	}
	return w
}

func launcherPhase(m *MPIJob, p Phase) PodPhase {
	s := m.Status.ReplicaStatuses[kubeflow.MPIReplicaTypeLauncher]
	switch {
	case p == Succeeded || s != nil && s.Succeeded > 0:
		return PodSucceeded
	case p == Failed || s != nil && s.Active == 0 && s.Failed > 0:
		return PodFailed
	case s != nil && s.Active > 0:
		return PodRunning
	}
	return PodPending
}
