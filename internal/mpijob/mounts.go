package mpijob

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// mountPatience is how long a pod's containers may take to be created before the kubelet is asked what it can't
// mount: it tries within seconds. Pods that mount nothing of others' have longer.
const mountPatience = 10 * time.Second

// Stuck is the first pod whose containers aren't being created though it has a node for a while: what
// the kubelet can't mount it tells in events alone. nil for none; when to look again otherwise.
func Stuck(job *Job, o *Observed, now time.Time) (*corev1.Pod, time.Time) {
	var recheck time.Time
	c := o.cast(AttemptName(job, o.Attempt()))
	pods := []*corev1.Pod{c.launcher()}
	for i := range Workers(job) {
		pods = append(pods, c.worker(i))
	}
	for _, p := range pods {
		if !creating(p) {
			continue
		}
		since, end := scheduledAt(p), scheduledAt(p).Add(configGrace)
		patience := configGrace
		if mountsOthers(job) {
			patience = mountPatience
		}
		switch at := since.Add(patience); {
		case !now.Before(end):
			return p, now.Add(lookupGrace)
		case !now.Before(at):
			return p, end
		case recheck.IsZero() || at.Before(recheck):
			recheck = at
		}
	}
	return nil, recheck
}

// mountsOthers says whether pods of the job mount what may be missing: objects that the job doesn't bring along.
func mountsOthers(job *Job) bool {
	for _, r := range replicaSpecs(job) {
		for _, v := range r.spec.Template.Spec.Volumes {
			if v.Secret != nil || v.ConfigMap != nil || v.PersistentVolumeClaim != nil || v.Projected != nil {
				return true
			}
		}
	}
	return false
}

// creating says whether a pod has a node and none of its containers was ever made.
func creating(p *corev1.Pod) bool {
	if p == nil || p.Status.Phase != corev1.PodPending || p.Spec.NodeName == "" {
		return false
	}
	all := append(append([]corev1.ContainerStatus(nil), p.Status.InitContainerStatuses...), p.Status.ContainerStatuses...)
	for _, s := range all {
		if s.State.Waiting == nil || s.ContainerID != "" {
			return false
		}
		if r := s.State.Waiting.Reason; r != "ContainerCreating" && r != "PodInitializing" {
			return false
		}
	}
	return len(all) > 0
}

// Mount is what the kubelet says about a pod's volumes that it can't mount.
type Mount struct {
	Pod     string
	Message string
}

// mountHold is why a pod waits for its volumes; nil where that isn't known to be the reason.
func mountHold(where string, p *corev1.Pod, m Mount) *hold {
	if p == nil || m.Pod != p.Name || m.Message == "" || !creating(p) {
		return nil
	}
	detail := mountDetail(m.Message)
	h := &hold{text: detail, at: scheduledAt(p).Add(configGrace)}
	if r := mountReason(m.Message); r != "" {
		h.fatal = &failure.Failure{Reason: r, Where: where, Detail: detail, At: h.at, Evidence: "event FailedMount", Confidence: failure.Certain}
	}
	return h
}

// mountReason is the reason of a mount that waiting can't mend; empty where it may.
func mountReason(message string) failure.Reason {
	switch m := strings.ToLower(message); {
	case missingSecret.MatchString(m):
		return failure.SecretMissing
	case missingVolume.MatchString(m):
		return failure.VolumeMissing
	}
	return ""
}

var (
	missingSecret = regexp.MustCompile(`secrets? "[^"]+" not found|non-existent secret key|couldn't find key .* in secret`)
	missingVolume = regexp.MustCompile(`configmaps? "[^"]+" not found|non-existent config key|persistentvolumeclaims? "[^"]+" not found|hostpath type check failed`)
	volumeName    = regexp.MustCompile(`volume "([^"]+)"`)
)

// mountDetail keeps the volume's name and the cause: `volume "data": configmap "x" not found`.
func mountDetail(message string) string {
	cause := message
	if i := strings.LastIndex(message, " : "); i >= 0 {
		cause = message[i+3:]
	}
	if m := volumeName.FindStringSubmatch(message); m != nil && cause != message {
		cause = fmt.Sprintf("volume %q: %s", m[1], cause)
	}
	return clip(cause, 300)
}

// claimHold is a pod that can't be placed since a claim it names doesn't exist.
func claimHold(where string, c corev1.PodCondition) *hold {
	i := strings.Index(c.Message, `persistentvolumeclaim "`)
	if i < 0 || !strings.Contains(c.Message[i:], "not found") {
		return nil
	}
	detail, _, _ := strings.Cut(c.Message[i:], ". ")
	detail = clip(strings.TrimSuffix(detail, "."), 300)
	at := c.LastTransitionTime.Add(configGrace)
	return &hold{text: detail, at: at, fatal: &failure.Failure{
		Reason: failure.VolumeMissing, Where: where, Detail: detail, At: at, Evidence: "pod condition PodScheduled", Confidence: failure.Certain,
	}}
}
