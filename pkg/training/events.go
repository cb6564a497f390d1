package training

import (
	"sort"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// maxEvents bounds what Describe returns; the newest are kept.
const maxEvents = 50

// jobEvents picks the events of a job, its pods and what lies between them out of a namespace's,
// oldest first.
func jobEvents(all []*corev1.Event, o observed) []Event {
	about := map[string]string{string(o.job.UID): "MPIJob"}
	for _, p := range o.pods {
		role, index := podRole(p)
		if role == roleLauncher {
			index = -1
		}
		about[string(p.UID)] = where(index)
	}
	var out []Event
	for _, e := range all {
		who, ours := about[string(e.InvolvedObject.UID)]
		if !ours {
			// A Job that may not create its pods (quota) says so on itself.
			if e.InvolvedObject.Kind != "Job" || e.Type != corev1.EventTypeWarning || !ofJob(e.InvolvedObject.Name, o.job) ||
				eventTime(e).Before(o.job.CreationTimestamp.Time) {
				continue
			}
			who = "MPIJob"
		}
		out = append(out, Event{
			At: eventTime(e), Warning: e.Type == corev1.EventTypeWarning,
			Reason: e.Reason, Message: strings.TrimSpace(e.Message), Count: max(1, e.Count), About: who,
		})
	}
	sort.SliceStable(out, func(a, b int) bool { return out[a].At.Before(out[b].At) })
	if len(out) > maxEvents {
		out = out[len(out)-maxEvents:]
	}
	return out
}

// ofJob says whether a Kubernetes Job of that name is one of an attempt of the MPIJob.
func ofJob(name string, m *MPIJob) bool {
	for attempt := 1; attempt <= maxAttempts; attempt++ {
		if strings.HasPrefix(name, mpijob.AttemptName(m, attempt)+"-") {
			return true
		}
	}
	return false
}

// maxAttempts bounds the search above; more than that are rare, and lose a warning.
const maxAttempts = 20

func eventTime(e *corev1.Event) time.Time {
	switch {
	case e.Series != nil && !e.Series.LastObservedTime.IsZero():
		return e.Series.LastObservedTime.Time
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	}
	return e.CreationTimestamp.Time
}
