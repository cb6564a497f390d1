package training

import (
	"slices"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// annotations say what upstream's spec has no field for. The simple form says all of it, so that who
// reads the manifest sees when the job stops and who reaches it.
func (s Spec) annotations() map[string]string {
	out := map[string]string{}
	switch {
	case s.TimeLimit == 0:
		// Not as what was asked for: an administrator's word on the namespace goes before it.
		out[mpijob.AnnotationDefaultTimeout] = mpijob.Plain(DefaultTimeLimit)
	case s.TimeLimit != NoTimeLimit:
		out[mpijob.AnnotationTimeout] = mpijob.Plain(s.TimeLimit)
	}
	out[mpijob.AnnotationNetwork] = string(NetworkDefault)
	if s.Network != "" {
		out[mpijob.AnnotationNetwork] = string(s.Network)
	}
	for key, value := range map[string]string{
		mpijob.AnnotationConnections:      strings.Join(s.Connections, ","),
		mpijob.AnnotationOutput:           s.Output,
		mpijob.AnnotationOutputConnection: s.OutputConnection,
	} {
		if value != "" {
			out[key] = value
		}
	}
	return out
}

// timeLimitOf is the Spec's word for a job's time limit.
func timeLimitOf(m *MPIJob) time.Duration {
	limit := mpijob.Timeout(m)
	if mpijob.SourceOfTimeout(m.Annotations) != mpijob.TimeoutAsked { // the job's own word is its default, or none
		limit = mpijob.UsualTimeout(m)
		if limit == DefaultTimeLimit {
			return 0
		}
	}
	if limit == 0 {
		return NoTimeLimit
	}
	return limit
}

// networkOf is the Spec's word for a job's network template.
func networkOf(m *MPIJob) Network {
	if n := mpijob.NetworkOf(m); n != NetworkDefault {
		return n
	}
	return ""
}

// saysMore says whether labels or annotations say something that a Spec has no word for. What the product, Kubernetes or a
// tool noted is no word of the job.
func saysMore(m *MPIJob) bool {
	if usual := mpijob.UsualTimeout(m); usual != 0 && usual != DefaultTimeLimit {
		return true
	}
	for key := range m.Labels {
		if key != kueueQueueLabel {
			return true
		}
	}
	said := []string{
		mpijob.AnnotationTimeout, mpijob.AnnotationDefaultTimeout, mpijob.AnnotationNetwork, mpijob.AnnotationClonedFrom,
		mpijob.AnnotationConnections, mpijob.AnnotationOutput, mpijob.AnnotationOutputConnection,
	}
	for key := range m.Annotations {
		if usersAnnotation(key) && !slices.Contains(said, key) {
			return true
		}
	}
	return false
}
