package mpijob

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// wouldFit is Volcano's reason on a pod that has room, though its gang has not.
const wouldFit = "Schedulable"

// shortage is why an attempt's pods aren't placed, in numbers.
type shortage struct {
	// placed and unplaced are parts by name, Workers before the Launcher.
	placed, unplaced []string
	// missing and total are a resource's amounts asked for: by what isn't placed, and by all.
	resource       corev1.ResourceName
	missing, total resource.Quantity
	// tooLarge is the first part that no node is large enough for; empty where that isn't known.
	tooLarge string
	// why are the scheduler's words.
	why string
	// since is when the last part that is placed was.
	since time.Time
}

var (
	insufficient = regexp.MustCompile(`Insufficient ([A-Za-z0-9./_-]+[A-Za-z0-9])`)
	counted      = regexp.MustCompile(`\d+ Insufficient `)
)

// shortageOf looks at an attempt's pods; nil unless all are created and the scheduler has no place for
// some of them.
func shortageOf(job *Job, c cast) *shortage {
	s := &shortage{}
	scarce := map[string]bool{}
	asked, missing := corev1.ResourceList{}, corev1.ResourceList{}
	requests := map[kubeflow.MPIReplicaType]corev1.ResourceList{} // of a pod of each part: all of its Workers' are the same
	look := func(where string, p *corev1.Pod, kind kubeflow.MPIReplicaType) bool {
		if p == nil {
			return false
		}
		if requests[kind] == nil {
			requests[kind] = PodRequests(&job.Spec.MPIReplicaSpecs[kind].Template.Spec)
		}
		AddTimes(asked, requests[kind], 1)
		cond := scheduled(p)
		if cond == nil || cond.Status != corev1.ConditionFalse {
			s.placed = append(s.placed, where)
			if cond != nil && cond.LastTransitionTime.After(s.since) {
				s.since = cond.LastTransitionTime.Time
			}
			return true
		}
		if cond.Reason == corev1.PodReasonSchedulingGated {
			return false
		}
		s.unplaced = append(s.unplaced, where)
		if p.CreationTimestamp.After(s.since) {
			s.since = p.CreationTimestamp.Time
		}
		if cond.Reason == wouldFit {
			return true
		}
		AddTimes(missing, requests[kind], 1)
		for _, m := range insufficient.FindAllStringSubmatch(cond.Message, -1) {
			scarce[m[1]] = true
		}
		if s.why == "" {
			s.why = SchedulerReasons(cond.Message)
		}
		if s.tooLarge == "" && tooLarge(cond.Message) {
			s.tooLarge = where
		}
		return true
	}
	for i := range Workers(job) {
		if !look(WorkerName(i), c.worker(i), kubeflow.MPIReplicaTypeWorker) {
			return nil
		}
	}
	if !look(LauncherName, c.launcher(), kubeflow.MPIReplicaTypeLauncher) || len(s.unplaced) == 0 {
		return nil
	}
	for _, name := range byWeight(scarce) {
		name := corev1.ResourceName(name)
		if q := missing[name]; !q.IsZero() {
			s.resource, s.missing, s.total = name, q, asked[name]
			break
		}
	}
	return s
}

func scheduled(p *corev1.Pod) *corev1.PodCondition {
	for i := range p.Status.Conditions {
		if c := &p.Status.Conditions[i]; c.Type == corev1.PodScheduled {
			return c
		}
	}
	return nil
}

// byWeight are names of resources, those first that a job most likely waits for: its GPUs.
func byWeight(names map[string]bool) []string {
	out := sortedKeys(names)
	slices.SortStableFunc(out, func(a, b string) int {
		switch ga, gb := isGPU(corev1.ResourceName(a)), isGPU(corev1.ResourceName(b)); {
		case ga == gb:
			return 0
		case ga:
			return -1
		default:
			return 1
		}
	})
	return out
}

// SchedulerReasons takes the reasons by node out of a scheduler's message, without what it says about
// preemption and claims.
func SchedulerReasons(message string) string {
	if strings.HasPrefix(message, "pod group is ") {
		return "" // Volcano counts the gang, which tells nothing about this pod
	}
	if _, rest, ok := strings.Cut(message, "available: "); ok {
		message = rest
	}
	for _, end := range []string{". preemption:", ", preemption:", ". no new claims", ". still not schedulable"} {
		message, _, _ = strings.Cut(message, end)
	}
	return clip(strings.TrimSuffix(counted.ReplaceAllString(message, "insufficient "), "."), 200)
}

// text says what is missing, as what is waited for.
func (s *shortage) text(job *Job, o *Observed) string {
	together := gangClause(job, o)
	switch q := o.queueText(s); {
	case q != "":
		return q + together
	case s.resource != "" && s.tooLarge != "":
		return fmt.Sprintf("Waiting for %s: no node has as much as %s asks for, even with nothing else on it: ask for less", ShareText(s.missing, s.total, s.resource), inSentence(s.tooLarge)) + s.holding(job)
	case s.resource != "" && together != "":
		return "Waiting for " + ShareText(s.missing, s.total, s.resource) + together
	case s.resource != "":
		return fmt.Sprintf("Waiting for %s: no room for %s", ShareText(s.missing, s.total, s.resource), crowd(job, s.unplaced)) + s.holding(job)
	case s.why != "":
		return "Waiting for a place for " + crowd(job, s.unplaced) + ": " + s.why + together + s.holding(job)
	default:
		return "Waiting for a place for " + crowd(job, s.unplaced) + together + s.holding(job)
	}
}

// gangClause says what starts only together; empty where nothing does.
func gangClause(job *Job, o *Observed) string {
	if !IsGang(o.current()) {
		return ""
	}
	all, least := Members(job), minMember(job)
	switch {
	case least >= all:
		return fmt.Sprintf("; the gang of %d starts only together", all)
	case least > 1:
		return fmt.Sprintf("; %d of the gang of %d start only together", least, all)
	default:
		return ""
	}
}

// partial says that some parts hold resources that do nothing until the rest is placed.
func (s *shortage) partial(o *Observed) bool {
	return s != nil && len(s.placed) > 0 && !IsGang(o.current())
}

func (s *shortage) holding(job *Job) string {
	if len(s.placed) == 0 {
		return ""
	}
	if len(s.placed) == 1 {
		return "; " + crowd(job, s.placed) + " holds what it has meanwhile"
	}
	return "; " + crowd(job, s.placed) + " hold what they have meanwhile"
}

// inSentence is a part's name within one: "the Launcher", "Worker 3".
func inSentence(where string) string {
	if where == LauncherName {
		return "the " + where
	}
	return where
}

// crowd names parts of a job: "2 of 4 Workers and the Launcher".
func crowd(job *Job, names []string) string {
	workers, launcher := len(names), slices.Contains(names, LauncherName)
	if launcher {
		workers--
	}
	switch {
	case workers == 0:
		return "the Launcher"
	case launcher:
		return fmt.Sprintf("%d of %d Workers and the Launcher", workers, Workers(job))
	default:
		return fmt.Sprintf("%d of %d Workers", workers, Workers(job))
	}
}

// incomplete is the failure of an attempt that is placed in part, and when it is one; never unless
// the manifest bounds how long its members wait (spec.runPolicy.schedulingPolicy.scheduleTimeoutSeconds).
func incomplete(job *Job, c cast, o *Observed) (*failure.Failure, time.Time) {
	p := job.Spec.RunPolicy.SchedulingPolicy
	if p == nil || p.ScheduleTimeoutSeconds == nil || *p.ScheduleTimeoutSeconds <= 0 {
		return nil, time.Time{}
	}
	s := shortageOf(job, c)
	if !s.partial(o) {
		return nil, time.Time{}
	}
	limit := time.Duration(*p.ScheduleTimeoutSeconds) * time.Second
	at := s.since.Add(limit)
	return &failure.Failure{
		Reason: failure.GangIncomplete, At: at, Confidence: failure.Certain, Evidence: "pod condition PodScheduled",
		Detail: fmt.Sprintf("no place for %s within %s: %s", crowd(job, s.unplaced), limit, s.why),
	}, at
}

// waitAdvice is the catalogue's, to follow what a job waits for; none for what says itself what to do, and by when,
// of which the catalogue says what to do after the job has failed.
func waitAdvice(r failure.Reason) string {
	if r.Final() {
		return ""
	}
	return ". " + (&failure.Failure{Reason: r}).Advice()
}

// waits says in the Created condition what the job waits for, and warns once for each reason of the
// catalogue's.
func (w *writer) waits(v Verdict, text string) {
	reason := ReasonCreated
	if v.Hint != "" && text == v.Waiting {
		reason = string(v.Hint)
	}
	before := condition(w.status, kubeflow.JobCreated).Reason
	setCondition(w.status, kubeflow.JobCreated, true, reason, text, w.now)
	if reason != before && reason != ReasonCreated {
		w.event(true, reason, text+waitAdvice(v.Hint))
	}
}
