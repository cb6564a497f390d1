package training

import (
	"fmt"
	"strconv"
	"time"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// Failure is why a job failed, as data; Sentence and Advice render it.
type Failure = failure.Failure

// Phase is where a job is in its life.
type Phase string

// The phases. A job of any type is in one of them.
const (
	Suspended    Phase = "Suspended"    // asked not to run
	Queued       Phase = "Queued"       // held by a queue until there is room
	Pending      Phase = "Pending"      // waiting; Message says what for
	Initializing Phase = "Initializing" // some of it runs, the program doesn't yet
	Running      Phase = "Running"
	Succeeded    Phase = "Succeeded"
	Failed       Phase = "Failed"
	Terminating  Phase = "Terminating" // being deleted
)

// Phases returns every phase, in the order of a job's life.
func Phases() []Phase {
	return []Phase{Suspended, Queued, Pending, Initializing, Running, Succeeded, Failed, Terminating}
}

// Finished says whether the job is over: nothing changes its phase any more but deletion.
func (p Phase) Finished() bool { return p == Succeeded || p == Failed }

// Job is a training job as every face of the product shows it.
type Job struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	Type      Type   `json:"type"`
	UID       string `json:"uid"`
	// ResourceVersion is the object's, opaque: it is another one after every change.
	ResourceVersion string `json:"resourceVersion,omitempty"`

	Phase Phase `json:"phase"`
	// Reason is one word for machines, Message a sentence for people; a Pending job's always says
	// what it waits for.
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`

	Workers        Workers `json:"workers"`
	SlotsPerWorker int32   `json:"slotsPerWorker"`
	Image          string  `json:"image,omitempty"` // the Workers'
	// ResourcesPerWorker is what each Worker asks for, TotalResources what Launcher and Workers ask for
	// together; zero where the job leaves it to its runtime or namespace.
	ResourcesPerWorker Resources `json:"resourcesPerWorker,omitzero"`
	TotalResources     Resources `json:"totalResources,omitzero"`
	// Queue that admits the job, Kueue's or Volcano's; empty where it is in none.
	Queue string `json:"queue,omitempty"`
	// Launcher is the Launcher's state: Pending, Running, Succeeded or Failed.
	Launcher PodPhase `json:"launcher"`

	// Creator is who created the job, as the cluster saw it; empty where that is not stamped.
	Creator  string            `json:"creator,omitempty"`
	Labels   map[string]string `json:"labels,omitempty"`
	Created  time.Time         `json:"created"`
	Started  *time.Time        `json:"started,omitempty"`
	Finished *time.Time        `json:"finished,omitempty"`
	// DurationSeconds is from Started to Finished, or to when this was read.
	DurationSeconds float64 `json:"durationSeconds,omitempty"`
	// TimeLimitSeconds is how long the job may be active, 0 for no limit; StopsAt when it will be
	// stopped, unless it ends before: at its time limit or its activeDeadlineSeconds, whichever is
	// earlier. A suspended job has no StopsAt, its time begins when it is resumed.
	TimeLimitSeconds float64 `json:"timeLimitSeconds,omitempty"`
	// TimeLimitIsDefault says that nobody asked for its time limit: it is the one of jobs made from flags or a form,
	// DefaultTimeLimit. TimeLimitIsNamespaces says that nobody asked either, and that it is what an administrator
	// gives such jobs in the namespace.
	TimeLimitIsDefault    bool       `json:"timeLimitIsDefault,omitempty"`
	TimeLimitIsNamespaces bool       `json:"timeLimitIsNamespaces,omitempty"`
	StopsAt               *time.Time `json:"stopsAt,omitempty"`

	// Progress is what the job's program told of how far it is; absent where it tells nothing.
	Progress *Progress `json:"progress,omitempty"`

	// Timeline is what happened to the job and when, oldest first; Describe adds its Launcher's and
	// Workers' part.
	Timeline []Step `json:"timeline,omitempty"`
	// Attempt is the number of the job's current attempt, from 1: each resumption, and each loss that
	// is tried again, is a new one. List doesn't know it: 0.
	Attempt int `json:"attempt,omitempty"`

	// Failure is why a Failed job failed. List knows the reason only (Message is its sentence); Get,
	// Wait and Describe add what the job's report holds: where, which rank, the log's last lines.
	Failure *Failure `json:"failure,omitempty"`
	// Remedy is what to change in a clone of a failed job so that it may succeed, where that can be
	// computed; empty Changes are to try again as it was.
	Remedy *Changes `json:"remedy,omitempty"`
	// Mend is the field of Changes with which a clone may succeed, as "image", where it is known but for its value.
	Mend string `json:"mend,omitempty"`
	// NeedsChange says that a failed job fails again as it is, whatever is mended around it: only a copy with something
	// changed can do better.
	NeedsChange bool `json:"needsChange,omitempty"`
	// Unchanged says, of what Suspend and Resume return, that they changed nothing: the job was so already.
	Unchanged bool `json:"-"`
	// ClonedFrom is the name of the job this one is a copy or a retry of; Family follows it.
	ClonedFrom string `json:"clonedFrom,omitempty"`
}

// Workers counts a job's Workers.
type Workers struct {
	Ready int32 `json:"ready"` // running; all of a job that succeeded, none of one that failed
	Total int32 `json:"total"` // 0 where a TrainJob leaves it to its runtime
	// Failed are those that had failed themselves when a Failed job ended; the others were stopped with it.
	Failed int32 `json:"failed,omitempty"`
}

// Text is how many of a job's Workers run, as "1/2", and of one that ended how many there were, as "2",
// and failed, as "2, 1 failed". It is empty where they are not known.
func (w Workers) Text(p Phase) string {
	switch {
	case w.Total == 0:
		return ""
	case !p.Finished():
		return fmt.Sprintf("%d/%d", w.Ready, w.Total)
	case w.Failed > 0:
		return fmt.Sprintf("%d, %d failed", w.Total, w.Failed)
	}
	return strconv.Itoa(int(w.Total))
}

// Ranks is how many ranks fit on the job's Workers.
func (j *Job) Ranks() int { return int(j.Workers.Total) * int(j.SlotsPerWorker) }

// Duration is from start to finish, or to when the job was read; 0 if it has not started.
func (j *Job) Duration() time.Duration {
	return time.Duration(j.DurationSeconds * float64(time.Second))
}

// Cause is the one line that says why the job failed, or where it stands.
func (j *Job) Cause() string {
	switch {
	case j.Failure != nil && j.Failure.Evidence != statusEvidence:
		return j.Failure.Sentence()
	case j.Message != "":
		return j.Message
	}
	return string(j.Phase)
}

// statusEvidence marks a failure of which no more than its reason is known.
const statusEvidence = "job status"

// CreatorAnnotation is stamped on a job when it is created, by the cluster.
const CreatorAnnotation = "training.opendatahub.io/creator"
