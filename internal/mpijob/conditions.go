package mpijob

import (
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Reasons of conditions and events, as upstream's.
const (
	ReasonCreated        = "MPIJobCreated"
	ReasonRunning        = "MPIJobRunning"
	ReasonRestarting     = "MPIJobRestarting"
	ReasonSucceeded      = "MPIJobSucceeded"
	ReasonSuspended      = "MPIJobSuspended"
	ReasonResumed        = "MPIJobResumed"
	ReasonFailed         = "MPIJobFailed"
	ReasonEvicted        = "MPIJobEvicted"
	ReasonBackoffLimit   = "BackoffLimitExceeded"
	ReasonDeadline       = "DeadlineExceeded"
	ReasonResourceExists = "ErrResourceExists"
	ReasonValidation     = "ValidationError"
	runningType          = kubeflow.JobRunning
	maxMessage           = 1024
	minorInterval        = 2 * time.Second
)

func condition(s *kubeflow.JobStatus, kind kubeflow.JobConditionType) *kubeflow.JobCondition {
	for i := range s.Conditions {
		if s.Conditions[i].Type == kind {
			return &s.Conditions[i]
		}
	}
	return nil
}

func isTrue(s *kubeflow.JobStatus, kind kubeflow.JobConditionType) bool {
	c := condition(s, kind)
	return c != nil && c.Status == corev1.ConditionTrue
}

// setCondition sets a condition; whether anything but its message changed is returned. Times move
// only with what they are the times of.
func setCondition(s *kubeflow.JobStatus, kind kubeflow.JobConditionType, on bool, reason, message string, now time.Time) bool {
	status := corev1.ConditionFalse
	if on {
		status = corev1.ConditionTrue
	}
	at := metav1.NewTime(now)
	message = clip(message, maxMessage)
	c := condition(s, kind)
	if c == nil {
		s.Conditions = append(s.Conditions, kubeflow.JobCondition{
			Type: kind, Status: status, Reason: reason, Message: message, LastUpdateTime: at, LastTransitionTime: at,
		})
		return true
	}
	if c.Status == status && c.Reason == reason && c.Message == message {
		return false
	}
	transition := c.Status != status
	changed := transition || c.Reason != reason
	c.Status, c.Reason, c.Message, c.LastUpdateTime = status, reason, message, at
	if transition {
		c.LastTransitionTime = at
	}
	return changed
}

// dropCondition removes a condition that the opposite of it replaces, as upstream does.
func dropCondition(s *kubeflow.JobStatus, kind kubeflow.JobConditionType) {
	for i := range s.Conditions {
		if s.Conditions[i].Type == kind {
			s.Conditions = append(s.Conditions[:i:i], s.Conditions[i+1:]...)
			return
		}
	}
}

// current puts the condition that says where the job stands last, where printer columns look.
func current(s *kubeflow.JobStatus, kind kubeflow.JobConditionType) {
	if n := len(s.Conditions); n == 0 || s.Conditions[n-1].Type == kind {
		return
	}
	if c := condition(s, kind); c != nil {
		moved := *c
		dropCondition(s, kind)
		s.Conditions = append(s.Conditions, moved)
	}
}

// IsRunning says whether every part of the job runs, by its status.
func IsRunning(s *kubeflow.JobStatus) bool { return isTrue(s, kubeflow.JobRunning) }
