package mpijob

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// How long a thing that is probably final may last before it is: a couple of image pulls (the
// kubelet pulls again after 10 s), a Secret that is created right after the job.
const (
	pullGrace   = 15 * time.Second
	lookupGrace = 30 * time.Second
	networkPull = 5 * time.Minute
	configGrace = 60 * time.Second
)

// hold is why a pod isn't running yet: the text for people, and the failure it becomes at the time
// given, where waiting longer can't help.
type hold struct {
	text  string
	fatal *failure.Failure
	at    time.Time
}

// startingText is of a pod whose node is at it.
const startingText = "starting"

// holdOf says what a pod of the job waits for; nil when it waits for nothing.
func holdOf(where string, p *corev1.Pod) *hold {
	if p == nil || ended(p) {
		return nil
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			if h := claimHold(where, c); h != nil {
				return h
			}
			return &hold{text: text(SchedulerReasons(c.Message), c.Reason)}
		}
	}
	since := scheduledAt(p)
	for _, s := range append(append([]corev1.ContainerStatus(nil), p.Status.InitContainerStatuses...), p.Status.ContainerStatuses...) {
		if s.State.Waiting == nil {
			continue
		}
		if h := containerHold(where, s, since); h != nil {
			return h
		}
	}
	if p.Status.Phase == corev1.PodPending && p.Spec.NodeName == "" {
		return &hold{text: "no scheduler has looked at it yet"}
	}
	if p.Status.Phase == corev1.PodPending {
		return &hold{text: startingText}
	}
	return nil
}

func containerHold(where string, s corev1.ContainerStatus, since time.Time) *hold {
	w := s.State.Waiting
	fail := func(r failure.Reason, detail string, at time.Time) *hold {
		return &hold{text: detail, at: at, fatal: &failure.Failure{
			Reason: r, Where: where, Detail: detail, At: at, Evidence: "container status " + w.Reason, Confidence: failure.Certain,
		}}
	}
	detail := text(w.Message, w.Reason)
	switch w.Reason {
	case "InvalidImageName", "ErrImageNeverPull":
		return fail(failure.ImageNotFound, imageDetail(s.Image, w.Message), since)
	case "ErrImagePull", "ImagePullBackOff", "ImageInspectError", "RegistryUnavailable":
		grace := networkPull
		switch {
		case imageIsUnknown(w.Message):
			return fail(failure.ImageNotFound, imageDetail(s.Image, w.Message), since.Add(pullGrace))
		case pullIsHopeless(w.Message):
			grace = pullGrace
		case strings.Contains(w.Message, "no such host"):
			// A registry that doesn't exist, or a node whose DNS isn't ready yet.
			grace = lookupGrace
		}
		return fail(failure.ImagePullFailed, imageDetail(s.Image, w.Message), since.Add(grace))
	case "CreateContainerConfigError":
		r, grace := failure.ContainerConfigInvalid, configGrace
		switch m := strings.ToLower(w.Message); {
		case missingSecret.MatchString(m):
			r = failure.SecretMissing
		case !strings.Contains(m, "not found"):
			grace = pullGrace
		}
		// The pod and container the kubelet adds in parentheses are known.
		detail, _, _ = strings.Cut(detail, " (pod:")
		return fail(r, detail, since.Add(grace))
	case "CreateContainerError":
		return fail(failure.ContainerConfigInvalid, detail, since.Add(pullGrace))
	case "RunContainerError":
		return fail(failure.ContainerCommandNotFound, detail, since)
	case "CrashLoopBackOff":
		if s.RestartCount < crashes {
			return &hold{text: detail}
		}
		return fail(failure.CrashLoop, crashDetail(s), since)
	case "ContainerCreating", "PodInitializing", "":
		return nil
	default:
		return &hold{text: detail}
	}
}

// crashes is how often a sidecar may crash before its pod isn't waited for any longer.
const crashes = 2

func crashDetail(s corev1.ContainerStatus) string {
	d := fmt.Sprintf("container %q ended %d times", s.Name, s.RestartCount+1)
	if t := s.LastTerminationState.Terminated; t != nil {
		d += fmt.Sprintf(", last with code %d", t.ExitCode)
	}
	return d
}

// imageIsUnknown says whether the registry answered that it has no such image.
func imageIsUnknown(message string) bool {
	m := strings.ToLower(message)
	return strings.Contains(m, "not found") || strings.Contains(m, "manifest unknown") || strings.Contains(m, "invalid reference")
}

// pullIsHopeless says whether the registry's answer will be the same next time.
func pullIsHopeless(message string) bool {
	m := strings.ToLower(message)
	for _, s := range []string{"repository does not exist", "denied", "unauthorized", "forbidden", "no basic auth"} {
		if strings.Contains(m, s) {
			return true
		}
	}
	return false
}

// imageDetail names the image, then the kubelet's cause without its chain of wrappers.
func imageDetail(image, message string) string {
	if i := strings.LastIndex(message, ": "); i >= 0 {
		message = message[i+2:]
	}
	return strings.TrimSuffix(fmt.Sprintf("%q: %s", image, clip(message, 200)), ": ")
}

func scheduledAt(p *corev1.Pod) time.Time {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionTrue {
			return c.LastTransitionTime.Time
		}
	}
	return p.CreationTimestamp.Time
}

// waitingFor is what the job as a whole waits for, in a sentence; empty when for nothing.
func waitingFor(job *Job, c cast, o *Observed, lack lack) string {
	if t := lack.text(job, o); t != "" {
		return t
	}
	var first string
	missing := 0
	var starting []string // of which nothing more is to be said
	note := func(where, why string) {
		if missing++; first == "" {
			first = "Waiting for " + where + ": " + why
		}
	}
	consider := func(where, role string, p *corev1.Pod) {
		if p == nil {
			if r := o.Refused[JobName(c.name, role)]; r != "" {
				note(where, refusal(r))
				return
			}
			starting = append(starting, where)
		} else if h := holdOf(where, p); h != nil {
			if m := mountHold(where, p, o.Mount); m != nil {
				h = m
			}
			if h.text == startingText {
				starting = append(starting, where)
				return
			}
			note(where, h.text)
		}
	}
	for i := range Workers(job) {
		consider(WorkerName(i), RoleWorker, c.worker(i))
	}
	consider(LauncherName, RoleLauncher, c.launcher())
	if missing == 0 && len(starting) > 0 {
		return "Waiting for " + crowd(job, starting) + " to start"
	}
	if missing += len(starting); missing == 0 && o.Report != nil && o.Report.Stage == wire.StageWaiting {
		for _, w := range o.Report.Workers {
			if w.State != wire.WorkerReachable {
				note(WorkerName(w.Index), text(w.Message, "not reachable yet"))
			}
		}
	}
	if missing > 1 {
		first += fmt.Sprintf(" (and %d more)", missing-1)
	}
	return first
}

// refusal takes the API server's reason out of the Job controller's event.
func refusal(message string) string {
	m := strings.TrimPrefix(message, "Error creating: ")
	if i := strings.Index(m, " is forbidden: "); i >= 0 && strings.HasPrefix(m, "pods ") {
		m = m[i+len(" is forbidden: "):]
	}
	if strings.HasPrefix(m, "exceeded quota") {
		f := failure.Failure{Reason: failure.QuotaExceeded, Detail: cmp.Or(quotaText(m), m)}
		m = f.Sentence()
	}
	return clip(m, 400)
}

func text(message, reason string) string {
	if message == "" {
		return reason
	}
	return clip(message, 400)
}

// clip bounds a text of others by bytes, on a rune's border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-3], "") + "..."
}
