package training

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

const (
	roleLauncher = "launcher"
	roleWorker   = "worker"
	// completionIndexLabel is the Job controller's, on pods of Indexed Jobs.
	completionIndexLabel = "batch.kubernetes.io/job-completion-index"
)

// podSelector selects the pods of a job by upstream's labels.
func podSelector(job string) string {
	return labels.Set{
		kubeflow.OperatorNameLabel: kubeflow.OperatorName,
		kubeflow.JobNameLabel:      job,
	}.String()
}

// podRole says what a pod is in its job: the Launcher, or the Worker of an index (-1 where neither
// upstream's label nor the Job controller's says).
func podRole(p *corev1.Pod) (role string, index int) {
	role = p.Labels[kubeflow.JobRoleLabel]
	for _, s := range []string{p.Labels[kubeflow.ReplicaIndexLabel], p.Labels[completionIndexLabel], p.Annotations[completionIndexLabel]} {
		if i, err := strconv.Atoi(s); err == nil {
			return role, i
		}
	}
	return role, -1
}

// member is the state of a part of a job from its pod; nil is one without a pod.
func member(where string, index int, p *corev1.Pod, job Phase) Member {
	m := Member{Where: where, Index: index, Phase: PodAbsent}
	if p == nil {
		switch job {
		case Succeeded: // or the job wouldn't have
			m.Phase = PodSucceeded
		case Failed:
			m.Message = "its pod is gone"
		case Pending, Initializing:
			m.Message = "not created yet"
		case Suspended, Queued, Running, Terminating:
		}
		return m
	}
	m.Pod, m.Node, m.Reason, m.Message = p.Name, p.Spec.NodeName, p.Status.Reason, p.Status.Message
	if slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == mpijob.ConditionStopped }) {
		// By a deadline, of which the kubelet's words say nothing that is so.
		m.Reason, m.Message = "Stopped", "stopped, since the job can't succeed any more"
	}
	main := mainStatus(p)
	if main != nil {
		m.Restarts = main.RestartCount
		if r := main.State.Running; r != nil {
			m.Started = &r.StartedAt.Time
		}
		if t := main.State.Terminated; t != nil {
			m.Started, m.ExitCode = &t.StartedAt.Time, &t.ExitCode
			if m.Reason == "" {
				m.Reason = t.Reason
			}
			m.Message = orElse(m.Message, ending(t))
		}
	}
	switch {
	case p.Status.Phase == corev1.PodSucceeded:
		m.Phase, m.Reason, m.Message = PodSucceeded, "", ""
	case p.Status.Phase == corev1.PodFailed, main != nil && main.State.Terminated != nil && main.State.Terminated.ExitCode != 0:
		m.Phase = PodFailed
	case main != nil && main.State.Terminated != nil:
		m.Phase, m.Reason, m.Message = PodSucceeded, "", ""
	case p.DeletionTimestamp != nil:
		m.Phase = PodTerminating
	case p.Status.Phase == corev1.PodRunning && main != nil && main.State.Running != nil:
		m.Phase = PodRunning
	default:
		m.Phase = PodPending
		if reason, message := pending(p); reason != "" {
			m.Reason, m.Message = reason, message
			if reason == "Starting" {
				m.Phase = PodStarting
			}
		}
	}
	return m
}

// ending says how a container ended in so many words.
func ending(t *corev1.ContainerStateTerminated) string {
	switch {
	case t.Reason == "OOMKilled":
		return "killed for lack of memory"
	case t.ExitCode > 128 && t.ExitCode < 160:
		return fmt.Sprintf("killed by signal %d", t.ExitCode-128)
	case t.ExitCode != 0:
		return fmt.Sprintf("exited with code %d", t.ExitCode)
	}
	return ""
}

// mainName is the name of the container that is the user's: the first, unless what was put beside it
// came in front and says so.
func mainName(p *corev1.Pod) string {
	for _, c := range p.Spec.Containers {
		if c.Name == p.Annotations["kubectl.kubernetes.io/default-container"] {
			return c.Name
		}
	}
	if len(p.Spec.Containers) == 0 {
		return ""
	}
	return p.Spec.Containers[0].Name
}

// mainStatus is the status of the container that is the user's.
func mainStatus(p *corev1.Pod) *corev1.ContainerStatus {
	name := mainName(p)
	for i := range p.Status.ContainerStatuses {
		if p.Status.ContainerStatuses[i].Name == name {
			return &p.Status.ContainerStatuses[i]
		}
	}
	return nil
}

// justMade is the reason of a pod that the scheduler hasn't looked at: a matter of milliseconds.
const justMade = "JustMade"

var missingClaim = regexp.MustCompile(`persistentvolumeclaim "([^"]+)" not found`)

// pending says what a pod that doesn't run yet waits for.
func pending(p *corev1.Pod) (reason, message string) {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status != corev1.ConditionTrue {
			if m := missingClaim.FindStringSubmatch(c.Message); m != nil {
				return string(failure.VolumeMissing), fmt.Sprintf("PersistentVolumeClaim %q doesn't exist", m[1])
			}
			return orElse(c.Reason, "Unscheduled"), "no node has room: " + orElse(mpijob.SchedulerReasons(c.Message), "waiting to be placed")
		}
	}
	for _, s := range append(append([]corev1.ContainerStatus(nil), p.Status.InitContainerStatuses...), p.Status.ContainerStatuses...) {
		w := s.State.Waiting
		if w == nil || w.Reason == "PodInitializing" || w.Reason == "ContainerCreating" || w.Reason == "" {
			continue
		}
		text := w.Reason
		if w.Message != "" {
			text += ": " + firstLine(w.Message)
		}
		return w.Reason, text
	}
	if p.Spec.NodeName == "" {
		return justMade, "waiting to be placed on a node"
	}
	return "Starting", "starting its container on " + p.Spec.NodeName
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
