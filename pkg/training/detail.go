package training

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Detail is a job with everything that hangs on it.
type Detail struct {
	Job
	// LauncherPod is the newest Launcher's, of an MPIJob; Worker index -1. Other types have none.
	LauncherPod Member `json:"launcherPod,omitzero"`
	// WorkerPods are by index, one each, started or not; of other types than MPIJobs the pods that train, and behind
	// them those that help.
	WorkerPods []Member `json:"workerPods"`
	// Advice is what to do about the failure of a failed job, without the command line's flags, which Failure.Advice
	// names; Docs the page with more about it.
	Advice string  `json:"advice,omitempty"`
	Docs   string  `json:"docs,omitempty"`
	Events []Event `json:"events,omitempty"`
	// Cost is what the job has cost so far, by what its manifest asks for; absent where an administrator has
	// set no prices, it never ran, or when isn't known.
	Cost *Cost `json:"cost,omitempty"`
	// Family is the job with its copies and retries and what it is one of, oldest first; none where it
	// has no relatives. Only Describe knows it.
	Family []Relative `json:"family,omitempty"`
	// Notes say what could not be read, and which right is missing.
	Notes []string `json:"notes,omitempty"`
}

// Relative is a job of a family.
type Relative struct {
	Name       string    `json:"name"`
	Phase      Phase     `json:"phase"`
	Created    time.Time `json:"created"`
	ClonedFrom string    `json:"clonedFrom,omitempty"`
}

// PodPhase is the state of a Launcher or Worker.
type PodPhase string

// The states of a Launcher or Worker.
const (
	PodAbsent      PodPhase = "Absent"  // there is no pod: not yet, or no more
	PodPending     PodPhase = "Pending" // not placed, or its image is being pulled
	PodStarting    PodPhase = "Starting"
	PodRunning     PodPhase = "Running"
	PodSucceeded   PodPhase = "Succeeded"
	PodFailed      PodPhase = "Failed"
	PodTerminating PodPhase = "Terminating"
)

// Member is the Launcher or one Worker of a job, or what its type has instead.
type Member struct {
	// Where is "Launcher" or "Worker 3", of a TrainJob "Node 3".
	Where string `json:"where"`
	// Index of the Worker, from 0; -1 is the Launcher. Pods of a TrainJob that don't train are numbered from 50,000.
	Index int      `json:"index"`
	Phase PodPhase `json:"phase"`
	// Reason and Message say why it is not Running, or how it ended.
	Reason   string     `json:"reason,omitempty"`
	Message  string     `json:"message,omitempty"`
	Pod      string     `json:"pod,omitempty"`
	Node     string     `json:"node,omitempty"`
	Started  *time.Time `json:"started,omitempty"`
	Restarts int32      `json:"restarts,omitempty"`
	ExitCode *int32     `json:"exitCode,omitempty"`
	// Ranks that ran there, ascending; nil where not known.
	Ranks []int `json:"ranks,omitempty"`
}

// Event is a Kubernetes Event of the job or one of its pods.
type Event struct {
	At      time.Time `json:"at"`
	Warning bool      `json:"warning,omitempty"`
	Reason  string    `json:"reason"`
	Message string    `json:"message"`
	Count   int32     `json:"count"`
	About   string    `json:"about"` // "MPIJob", "Launcher", "Worker 3"; "TrainJob", "JobSet", "Node 3"

	id string // of the Event object
}

// observed is what the cluster holds of one job.
type observed struct {
	kind   *kind // nil is that of MPIJobs
	job    object
	pods   []*corev1.Pod
	report *corev1.ConfigMap // nil: none
}

func (o observed) of() *kind {
	if o.kind == nil {
		return kindOf(TypeMPIJob)
	}
	return o.kind
}

// summary is the Job, from the object alone.
func (o observed) summary(now time.Time) *Job { return o.of().job(o.job, now) }

func (o observed) parts() parts { return o.of().parts(o.job) }

// Members are the Launcher, where there is one, and the Workers.
func (d *Detail) Members() []Member {
	if d.LauncherPod.Where == "" {
		return d.WorkerPods
	}
	return append([]Member{d.LauncherPod}, d.WorkerPods...)
}

// Member is the one of an index; ok is false where the job has none.
func (d *Detail) Member(index int) (m Member, ok bool) {
	for _, m := range d.Members() {
		if m.Index == index {
			return m, true
		}
	}
	return m, false
}

// newDetail puts a job and what hangs on it together; events and the notes on missing rights are
// added by whoever read them.
func newDetail(o observed, now time.Time) *Detail {
	d := &Detail{Job: *o.summary(now)}
	is := o.parts()
	newest := newestPods(o.pods, is, d.Created)
	for _, index := range is.all(newest) {
		m := member(is.where(index), index, newest[index], d.Phase)
		if index < 0 {
			d.LauncherPod = m
			continue
		}
		d.WorkerPods = append(d.WorkerPods, m)
	}
	if left := int(d.Workers.Total) - len(d.WorkerPods); left > 0 && len(d.WorkerPods) >= maxParts {
		d.Notes = append(d.Notes, fmt.Sprintf("%d of its pods are left out: a job is shown with %d", left, maxParts))
	}
	r, err := parseReport(o.report, d.UID)
	if err != nil {
		d.Notes = append(d.Notes, err.Error())
	}
	d.Attempt = attemptOf(newest, is)
	if r != nil {
		d.Attempt = max(d.Attempt, r.Attempt)
		for _, w := range r.Workers {
			if w.Index >= 0 && w.Index < len(d.WorkerPods) {
				d.WorkerPods[w.Index].Ranks = w.Ranks
				d.WorkerPods[w.Index].Node = orElse(d.WorkerPods[w.Index].Node, w.Node)
			}
		}
		if r.Failure != nil && d.Phase == Failed {
			d.because(o.job.(*MPIJob), r.Failure) // others have no report
		}
	}
	if d.Failure != nil {
		d.Advice, d.Docs = d.Failure.AdviceInAForm(), d.Failure.Docs()
	}
	d.Timeline = inOrder(append(d.Timeline, startSteps(d, r)...))
	d.explain()
	return d
}

// attemptOf is the newest attempt that the pods are labelled with; 0 where there are none.
func attemptOf(pods map[int]*corev1.Pod, is parts) int {
	newest := 0
	for _, p := range pods {
		newest = max(newest, is.attempt(p))
	}
	return newest
}

// explain fills in, from the pods, what the job's own status does not say: how many Workers run, and
// what a waiting job waits for.
func (d *Detail) explain() {
	ready, trains := int32(0), int32(0)
	for _, w := range d.WorkerPods {
		if w.Index >= groupsFrom {
			continue
		}
		trains++
		if w.Phase == PodRunning {
			ready++
		}
	}
	if d.Workers.Total == 0 { // what a runtime says is known by its pods
		d.Workers.Total = trains
	}
	if !d.Phase.Finished() {
		d.Workers.Ready = max(ready, d.Workers.Ready)
		if d.LauncherPod.Where != "" && d.LauncherPod.Phase != PodAbsent {
			d.Launcher = d.LauncherPod.Phase
		}
	}
	if d.Phase != Pending && d.Phase != Initializing || waiting(d.Message) && d.Reason != reasonAccepted && !generic(d.Message) {
		return
	}
	for _, m := range append(slices.Clone(d.WorkerPods), d.LauncherPod) {
		if m.Phase == PodPending && m.Message != "" && m.Reason != justMade {
			d.Message = fmt.Sprintf("Waiting for %s: %s", m.Where, m.Message)
			return
		}
	}
}

// generic tells our own fallback message from one that names a cause, such as "Waiting for 8 of 16 GPUs".
func generic(message string) bool {
	return strings.HasPrefix(message, "Waiting for ") && strings.HasSuffix(message, " to start")
}

// newestPods picks, of the job's pods, the newest for each part: a retried Launcher has several. Pods
// older than the job are left over from another one of its name.
func newestPods(pods []*corev1.Pod, is parts, created time.Time) map[int]*corev1.Pod {
	newest := map[int]*corev1.Pod{}
	for index, tries := range triesOf(pods, is, created) {
		newest[index] = tries[len(tries)-1]
	}
	return newest
}

func where(index int) string {
	if index < 0 {
		return "Launcher"
	}
	return fmt.Sprintf("Worker %d", index)
}
