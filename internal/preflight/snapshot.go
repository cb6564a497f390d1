package preflight

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Snapshot is what could be read of the cluster. Values in it are never changed.
type Snapshot struct {
	Now         time.Time
	Quotas      []corev1.ResourceQuota       // of the job's namespace
	LimitRanges []corev1.LimitRange          // of the job's namespace
	Priorities  []schedulingv1.PriorityClass // all
	// RuntimeClasses are those that the job names and that exist.
	RuntimeClasses []nodev1.RuntimeClass
	Nodes          []corev1.Node
	// Pods are those of all namespaces that have a node and haven't ended.
	Pods []corev1.Pod
	// Queue is the Volcano queue of a job that is a gang.
	Queue *volcano.Queue
	// NoVolcano says that the cluster has no Volcano, NoQueue that it has none of the job's queues.
	NoVolcano, NoQueue bool
	// Kueue is what was read of the job's Kueue queue; nil where it names none.
	Kueue *Kueue
	// Jobs are MPIJobs that may hold what the job waits for, and those that once ran.
	Jobs []*mpijob.Job
	// Gaps are what couldn't be read.
	Gaps []Gap
}

// Source is a part of a Snapshot.
type Source string

// The sources.
const (
	SourceQuotas      Source = "quotas"
	SourceLimitRanges Source = "limit ranges"
	SourcePriorities  Source = "priority classes"
	// SourceRuntimeClasses has those that the job names.
	SourceRuntimeClasses Source = "runtime classes"
	SourceNodes          Source = "nodes"
	SourcePods           Source = "pods on the nodes"
	SourceQueue          Source = "Volcano queue"
	SourceKueue          Source = "Kueue queue"
	SourceJobs           Source = "jobs"
)

// Gap is a part of the Snapshot that is missing.
type Gap struct {
	Source Source
	// Right is what the caller lacks, as "list nodes"; empty where it isn't for want of a right.
	Right string
	// Why is the reason in a few words.
	Why string
}

func (s *Snapshot) gap(source Source) *Gap {
	for i := range s.Gaps {
		if s.Gaps[i].Source == source {
			return &s.Gaps[i]
		}
	}
	return nil
}

// unknown is the check of something that couldn't be read.
func (g *Gap) unknown(kind Kind, what string) Check {
	c := Check{Name: string(g.Source), Kind: kind, Outcome: Unknown, MissingRight: g.Right}
	c.Message = "whether " + what + " isn't known: " + g.Why
	if g.Right != "" { // as it is for most users of a cluster: no error, and nothing to mend
		c.Message = "whether " + what + " isn't shown to you" + itTakes + g.Right
	}
	return c
}

const itTakes = ": it takes the right to "

// inShort is the message without the right that is missing, which the check says.
func (c *Check) inShort() string { return strings.TrimSuffix(c.Message, itTakes+c.MissingRight) }
