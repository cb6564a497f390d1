package mpijob

import (
	"regexp"
	"strings"
)

var (
	// unhelped says of how many nodes, of how many there are, nothing would be gained by ending what runs on them. Of a
	// node that lacks a resource the scheduler says so where the node has less of it than is asked for, even empty (since
	// Kubernetes 1.31, noderesources/fit.go: Unresolvable).
	unhelped = regexp.MustCompile(`preemption: 0/(\d+) nodes are available: (\d+) Preemption is not helpful for scheduling\.?$`)
	lacking  = regexp.MustCompile(`^\d+ Insufficient \S+$`)
	// notForIt is of nodes that aren't meant for the pod, and will not be later.
	notForIt = regexp.MustCompile(`^\d+ node\(s\) (didn't match Pod's node affinity/selector|had untolerated taint(\(s\))? \{node-role\.kubernetes\.io/[^}]*\})$`)
)

// tooLarge says whether a scheduler's message means that no node is large enough for the pod, whatever else runs.
func tooLarge(message string) bool {
	m := unhelped.FindStringSubmatch(message)
	if m == nil || m[1] != m[2] {
		return false
	}
	_, reasons, _ := strings.Cut(message, " nodes are available: ")
	reasons, _, _ = strings.Cut(reasons, ". ")
	large := false
	for reason := range strings.SplitSeq(reasons, ", ") {
		switch {
		case lacking.MatchString(reason):
			large = true
		case !notForIt.MatchString(reason): // as of a node that is cordoned, and may be large
			return false
		}
	}
	return large
}
