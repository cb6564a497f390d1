package mpijob

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// absence is an object that pods of a job need and their namespace doesn't have: while they wait for it, it is what
// the job waits for, whatever else the scheduler or the kubelet have to say.
type absence struct {
	kind, name string
	reason     failure.Reason
	first      string    // the part that needs it
	more       int       // others that wait for the same
	until      time.Time // when the first of them fails for it
}

var notFound = regexp.MustCompile(`(?i)(secret|configmap|persistentvolumeclaim)s? "(?:[^"/]+/)?([^"]+)" not found`)

var kinds = map[string]string{"s": "Secret", "c": "ConfigMap", "p": "PersistentVolumeClaim"}

// absenceOf finds one; nil where nothing is known to be missing.
func absenceOf(job *Job, c cast, o *Observed) *absence {
	var found *absence
	look := func(where string, p *corev1.Pod) {
		h := holdOf(where, p)
		if m := mountHold(where, p, o.Mount); h != nil && m != nil {
			h = m
		}
		if h == nil || h.fatal == nil {
			return
		}
		m := notFound.FindStringSubmatch(h.text)
		if m == nil {
			return
		}
		switch kind := kinds[strings.ToLower(m[1][:1])]; {
		case found == nil:
			found = &absence{kind: kind, name: m[2], reason: h.fatal.Reason, first: where, until: h.at}
		case found.kind == kind && found.name == m[2]:
			found.more++
			if h.at.Before(found.until) {
				found.until = h.at
			}
		}
	}
	for i := range Workers(job) {
		look(WorkerName(i), c.worker(i))
	}
	look(LauncherName, c.launcher())
	return found
}

// text says what is missing, who needs it, and until when it may come.
func (a *absence) text(job *Job) string {
	who := inSentence(a.first)
	if a.more > 0 {
		who += fmt.Sprintf(" and %d more", a.more)
	}
	return fmt.Sprintf("Waiting for %s: %s %q doesn't exist in namespace %q: create it by %s, or the job fails", who, a.kind, a.name, job.Namespace, moment(a.until))
}
