package preflight

import (
	"time"

	"github.com/opendatahub-io/mpijob/internal/price"
)

// Outcome is what becomes of a job, as far as is known.
type Outcome string

// The outcomes, from good to bad.
const (
	// Fits: nothing that was read stands in the way.
	Fits Outcome = "Fits"
	// Unknown: nothing that was read stands in the way, but something couldn't be read.
	Unknown Outcome = "Unknown"
	// Waits: the job would be accepted, and be Pending until there is room.
	Waits Outcome = "Waits"
	// Refused: the cluster would refuse the job, or never admit a pod of it.
	Refused Outcome = "Refused"
)

// Outcomes returns every outcome, from good to bad.
func Outcomes() []Outcome { return []Outcome{Fits, Unknown, Waits, Refused} }

// worse is the worse of two outcomes.
func worse(a, b Outcome) Outcome {
	for _, o := range []Outcome{Refused, Waits, Unknown} {
		if a == o || b == o {
			return o
		}
	}
	return Fits
}

// Kind is what a Check looked at.
type Kind string

// The kinds of checks.
const (
	KindQuota         Kind = "ResourceQuota"
	KindLimitRange    Kind = "LimitRange"
	KindPriorityClass Kind = "PriorityClass"
	KindRuntimeClass  Kind = "RuntimeClass"
	KindNodes         Kind = "Nodes"
	KindVolcano       Kind = "VolcanoQueue"
	KindKueue         Kind = "KueueQueue"
)

// Verdict is whether a job would start now, and what stands in its way.
type Verdict struct {
	// Name and Namespace are the job's.
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	// Outcome is the worst of the checks'.
	Outcome Outcome `json:"outcome"`
	// Message is the Outcome in a sentence, with numbers.
	Message string `json:"message"`
	// Workers is how many the job asks for; Requested what it asks for in all, Launcher included, as
	// "nvidia.com/gpu": "8".
	Workers   int32             `json:"workers"`
	Requested map[string]string `json:"requested,omitempty"`
	// LargestWorkers is the largest number of Workers with which the job, else as it is, would fit now;
	// 0 where not even one does, absent where nothing that was read limits it.
	LargestWorkers *int32 `json:"largestWorkers,omitempty"`
	// Wait is how long a job that Waits probably does; absent where nothing is known about it.
	Wait *Wait `json:"wait,omitempty"`
	// Cost is an estimate of what the job would cost; absent where an administrator has set no prices.
	Cost *price.Cost `json:"cost,omitempty"`
	// Notes say what else is to be known, as that the administrator's prices can't be used.
	Notes []string `json:"notes,omitempty"`
	// Checks are what was looked at, the worst first.
	Checks []Check `json:"checks"`
	// Suggestions say what to do, the likeliest first; empty for a job that fits.
	Suggestions []string `json:"suggestions,omitempty"`
}

// NothingRead says that nothing a verdict rests on could be read: it says neither yes nor no.
func (v *Verdict) NothingRead() bool {
	unread := map[Kind]bool{}
	for i := range v.Checks {
		if v.Checks[i].Outcome != Unknown {
			return false
		}
		unread[v.Checks[i].Kind] = true
	}
	return unread[KindQuota] && unread[KindLimitRange] && unread[KindNodes]
}

// Check is one thing that was looked at.
type Check struct {
	// Name is of what: `quota "gpus"`, "nodes"; Object the name of the object, as "gpus".
	Name    string  `json:"name"`
	Object  string  `json:"object,omitempty"`
	Kind    Kind    `json:"kind"`
	Outcome Outcome `json:"outcome"`
	Message string  `json:"message"`
	// Resource is the scarcest, or the one that is exceeded; the others are amounts of it, as "8" or
	// "16Gi": what the job asks for, what is in use, and the limit.
	Resource  string `json:"resource,omitempty"`
	Requested string `json:"requested,omitempty"`
	Used      string `json:"used,omitempty"`
	Limit     string `json:"limit,omitempty"`
	// Field of the manifest that is to be mended, as "spec.mpiReplicaSpecs[Worker]…"; empty where none is.
	Field string `json:"field,omitempty"`
	// Suggestion is how to mend it.
	Suggestion string `json:"suggestion,omitempty"`
	// Permanent says that the end of other jobs won't help: the limit itself is too low.
	Permanent bool `json:"permanent,omitempty"`
	// Estimate says that the scheduler may find otherwise.
	Estimate bool `json:"estimate,omitempty"`
	// MissingRight is what the caller may not read, as "list nodes"; only of an Unknown outcome.
	MissingRight string `json:"missingRight,omitempty"`
}

// Wait is an estimate of how long a job waits.
type Wait struct {
	// Seconds from when the verdict was made, Until then.
	Seconds float64   `json:"seconds"`
	Until   time.Time `json:"until"`
	// Basis is what the estimate rests on, in a sentence.
	Basis string `json:"basis"`
}
