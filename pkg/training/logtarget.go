package training

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// target is one log: a container of a pod that has started.
type target struct {
	index          int
	where          string
	pod, container string
	previous       bool // the container's run before its restart
}

// choose splits what the options select into logs that can be read and members that have none.
func choose(seen observed, o LogOptions, now time.Time) (targets []target, missing []Member, err error) {
	d := newDetail(seen, now)
	for _, w := range o.Workers {
		if _, ok := d.Member(w); w < 0 || !ok {
			return nil, nil, noSuchPart(seen.parts(), w, d)
		}
	}
	tries := triesOf(seen.pods, seen.parts(), d.Created)
	for _, m := range d.Members() {
		if !o.selects(m.Index) {
			continue
		}
		if t, ok := pick(m.Index, tries[m.Index], o.Previous, d.ran(m.Index)); ok {
			t.where = m.Where
			targets = append(targets, t)
		} else {
			missing = append(missing, m)
		}
	}
	return targets, missing, nil
}

// pick is the log of the newest run, or of the one before. ran says that the newest has run, whatever its pod's status.
func pick(index int, tries []*corev1.Pod, previous, ran bool) (target, bool) {
	for i, p := range slices.Backward(tries) {
		s := mainStatus(p)
		switch {
		case previous && s != nil && s.LastTerminationState.Terminated != nil:
			return target{index: index, pod: p.Name, container: mainName(p), previous: true}, true
		case previous && i == 0:
			return target{}, false
		case previous:
			p = tries[i-1]
			return target{index: index, pod: p.Name, container: mainName(p)}, hasLog(p)
		default:
			return target{index: index, pod: p.Name, container: mainName(p)}, hasLog(p) || ran && !neverRan(p)
		}
	}
	return target{}, false
}

// triesOf are the pods of each part of a job, by its index, the oldest first: one that was tried again has
// several. Pods older than the job are left over from another one of its name.
func triesOf(pods []*corev1.Pod, is parts, created time.Time) map[int][]*corev1.Pod {
	sorted := slices.Clone(pods)
	slices.SortStableFunc(sorted, func(a, b *corev1.Pod) int {
		return a.CreationTimestamp.Compare(b.CreationTimestamp.Time)
	})
	tries := map[int][]*corev1.Pod{}
	for _, p := range sorted {
		if p.CreationTimestamp.Time.Before(created) {
			continue
		}
		if index, ok := is.index(p); ok {
			tries[index] = append(tries[index], p)
		}
	}
	return tries
}

// noSuchPart says which parts a job has, and that this index is none of them.
func noSuchPart(is parts, index int, d *Detail) error {
	bad := func(what, message string) error {
		return &InvalidError{What: what, Problems: []Problem{{Message: message}}}
	}
	last := len(d.WorkerPods) - 1
	switch {
	case index < 0:
		return bad("Worker "+itoa(index), "they count from 0")
	case d.Type != TypeMPIJob && last < 0:
		return bad(is.where(index), "the job has no pods that are known yet")
	case last == 0:
		return bad(is.where(index), "the job has one "+kindOf(d.Type).part+": ask for "+d.WorkerPods[0].Where)
	case last > 0 && d.WorkerPods[last].Index == last:
		return bad(is.where(index), fmt.Sprintf("the job has %ss 0 to %d", kindOf(d.Type).part, last))
	}
	names := make([]string, 0, maxNamed)
	for _, w := range d.WorkerPods[:min(len(d.WorkerPods), maxNamed)] {
		names = append(names, w.Where)
	}
	return bad(is.where(index), "the job has "+strings.Join(names, ", "))
}

// maxNamed is how many parts an error names.
const maxNamed = 20

// withoutLauncher is what options mean for a type of job that has no Launcher: what they say of none is all.
func (o LogOptions) withoutLauncher(k *kind) (LogOptions, error) {
	if k.name == TypeMPIJob {
		return o, nil
	}
	if o.Launcher && !o.AllWorkers {
		return o, noLauncher(k)
	}
	o.Launcher, o.AllWorkers = false, o.AllWorkers || len(o.Workers) == 0
	return o, nil
}

func noLauncher(k *kind) error {
	return &InvalidError{What: "the Launcher", Problems: []Problem{{Message: fmt.Sprintf("a %s has none: ask for a %s by its number", k.name, k.part)}}}
}

func noLog(job *Job, of Member, o LogOptions) error {
	phase := job.Phase
	why := "it is " + string(of.Phase)
	if of.Phase == PodAbsent {
		why = "its pod isn't there yet"
	}
	e := &NoLogError{
		Job: job.Name, Where: of.Where, Why: orElse(of.Message, why), Previous: o.Previous,
		Gone: of.Pod == "" && phase.Finished(), Never: of.Pod != "" && phase.Finished(), Suspended: phase == Suspended,
	}
	if o.Previous {
		e.Why = "it was neither restarted nor tried again, or that run is gone with its pod"
		e.Gone, e.Never, e.Suspended = false, false, false
	}
	return e
}

// ran says, of a part of a job that is over, that its program ran, whatever its pod's status says: the Launcher's agent
// tells of the end, and the kubelet that a container began, which can come later.
func (d *Detail) ran(index int) bool {
	switch f := d.Failure; {
	case index >= 0: // it may have come too late for the run
		m, ok := d.Member(index)
		return ok && d.Phase == Succeeded && len(m.Ranks) > 0
	case d.Phase == Succeeded:
		return true
	case d.Phase != Failed || f == nil:
		return false
	default: // a rank is known from mpirun, which the Launcher runs
		return f.Rank != nil || f.Where == where(-1) && f.ExitCode != nil
	}
}

// hasLog says whether the user's container has been started.
func hasLog(p *corev1.Pod) bool {
	s := mainStatus(p)
	return s != nil && !neverRan(p) && (s.State.Running != nil || s.State.Terminated != nil || s.LastTerminationState.Terminated != nil)
}

// neverRan is a container that was ended before it ran: of it the kubelet says that it can't be located.
func neverRan(p *corev1.Pod) bool {
	s := mainStatus(p)
	return s != nil && s.State.Terminated != nil && s.State.Terminated.Reason == "ContainerStatusUnknown" && s.State.Terminated.StartedAt.IsZero()
}
