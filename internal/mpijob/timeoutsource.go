package mpijob

import "strings"

// AnnotationTimeoutSource is whose word the job's time limit is where nobody asked for it, with the limit:
// "Namespace:4h". Admission alone writes it (config/admission/namespace.yaml); of another limit than the one it
// names it says nothing.
const AnnotationTimeoutSource = Prefix + "timeout-source"

// TimeoutSource is whose word a time limit is.
type TimeoutSource string

// Values of TimeoutSource.
const (
	// TimeoutAsked is of a limit that the job's user asked for, and of a job that has none.
	TimeoutAsked TimeoutSource = ""
	// TimeoutOfNamespace is what an administrator gives jobs that ask for none, or the most they may have.
	TimeoutOfNamespace TimeoutSource = "Namespace"
	// TimeoutOfJob is AnnotationDefaultTimeout, of a job whose namespace says nothing else.
	TimeoutOfJob TimeoutSource = "Job"
	// TimeoutOfProduct is MaxTimeout, to which longer defaults are cut where the namespace names no maximum.
	TimeoutOfProduct TimeoutSource = "Product"
)

// SourceOfTimeout is whose word a job's time limit is, by its annotations.
func SourceOfTimeout(annotations map[string]string) TimeoutSource {
	if limitOf(annotations[AnnotationTimeout]) > 0 {
		if source, limit, ok := strings.Cut(annotations[AnnotationTimeoutSource], ":"); ok && limit == annotations[AnnotationTimeout] {
			return TimeoutSource(source)
		}
		return TimeoutAsked
	}
	if limitOf(annotations[AnnotationDefaultTimeout]) > 0 { // without admission, or before it
		return TimeoutOfJob
	}
	return TimeoutAsked
}
