package training

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Detail is a job with everything that hangs on it.
type Detail struct {
	Job
	// LauncherPod is the newest Launcher's; Worker index -1.
	LauncherPod Member   `json:"launcherPod"`
	WorkerPods  []Member `json:"workerPods"` // by index, one each, started or not
	// Advice is what to do about the failure of a failed job, Docs the page with more about it.
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

// Member is the Launcher or one Worker of a job.
type Member struct {
	// Where is "Launcher" or "Worker 3".
	Where string   `json:"where"`
	Index int      `json:"index"` // of the Worker, from 0; -1 is the Launcher
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
	About   string    `json:"about"` // "MPIJob", "Launcher", "Worker 3"

	id string // of the Event object
}

// observed is what the cluster holds of one job.
type observed struct {
	job    *MPIJob
	pods   []*corev1.Pod
	report *corev1.ConfigMap // nil: none
}

// newDetail puts a job and what hangs on it together; events and the notes on missing rights are
// added by whoever read them.
func newDetail(o observed, now time.Time) *Detail {
	d := &Detail{Job: *newJob(o.job, now)}
	launcher, workers := newestPods(o.pods, d.Created)
	d.LauncherPod = member(-1, launcher, d.Phase)
	for i := range int(d.Workers.Total) {
		d.WorkerPods = append(d.WorkerPods, member(i, workers[i], d.Phase))
	}
	r, err := parseReport(o.report, d.UID)
	if err != nil {
		d.Notes = append(d.Notes, err.Error())
	}
	d.Attempt = attemptOf(launcher, workers)
	if r != nil {
		d.Attempt = max(d.Attempt, r.Attempt)
		for _, w := range r.Workers {
			if w.Index >= 0 && w.Index < len(d.WorkerPods) {
				d.WorkerPods[w.Index].Ranks = w.Ranks
				d.WorkerPods[w.Index].Node = orElse(d.WorkerPods[w.Index].Node, w.Node)
			}
		}
		if r.Failure != nil && d.Phase == Failed {
			d.because(o.job, r.Failure)
		}
	}
	if d.Failure != nil {
		d.Advice, d.Docs = d.Failure.Advice(), d.Failure.Docs()
	}
	d.Timeline = inOrder(append(d.Timeline, startSteps(d, r)...))
	d.explain()
	return d
}

// attemptOf is the newest attempt that the pods are labelled with; 0 where there are none.
func attemptOf(launcher *corev1.Pod, workers map[int]*corev1.Pod) int {
	newest := 0
	for _, p := range append(slices.Collect(maps.Values(workers)), launcher) {
		if p != nil {
			n, _ := strconv.Atoi(p.Labels[mpijob.LabelAttempt]) // 0 for another controller's pods
			newest = max(newest, n)
		}
	}
	return newest
}

// explain fills in, from the pods, what the job's own status does not say: how many Workers run, and
// what a waiting job waits for.
func (d *Detail) explain() {
	ready := int32(0)
	for _, w := range d.WorkerPods {
		if w.Phase == PodRunning {
			ready++
		}
	}
	if !d.Phase.Finished() {
		d.Workers.Ready = max(ready, d.Workers.Ready)
		if d.LauncherPod.Phase != PodAbsent {
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

// newestPods picks, of the job's pods, the newest for each role: a retried Launcher has several. Pods
// older than the job are left over from another one of its name.
func newestPods(pods []*corev1.Pod, created time.Time) (launcher *corev1.Pod, workers map[int]*corev1.Pod) {
	workers = map[int]*corev1.Pod{}
	sorted := append([]*corev1.Pod(nil), pods...)
	sort.SliceStable(sorted, func(a, b int) bool {
		return sorted[a].CreationTimestamp.Time.Before(sorted[b].CreationTimestamp.Time)
	})
	for _, p := range sorted {
		if p.CreationTimestamp.Time.Before(created) {
			continue
		}
		switch role, index := podRole(p); {
		case role == roleLauncher:
			launcher = p
		case role == roleWorker && index >= 0:
			workers[index] = p
		}
	}
	return launcher, workers
}

func where(index int) string {
	if index < 0 {
		return "Launcher"
	}
	return fmt.Sprintf("Worker %d", index)
}
