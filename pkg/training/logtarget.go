package training

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// target is one log: a container of a pod that has started.
type target struct {
	index          int
	pod, container string
	previous       bool // the container's run before its restart
}

// choose splits what the options select into logs that can be read and members that have none.
func choose(seen observed, o LogOptions, now time.Time) (targets []target, missing []Member, err error) {
	d := newDetail(seen, now)
	for _, w := range o.Workers {
		if w < 0 || w >= len(d.WorkerPods) {
			return nil, nil, &InvalidError{What: "Worker " + itoa(w), Problems: []Problem{{Message: noSuchWorker(d)}}}
		}
	}
	tries := triesOf(seen.pods, d.Created)
	// The Launcher's agent tells of a job's end, and the kubelet that its container began: that can come later.
	ran := d.Phase == Succeeded
	for _, m := range append([]Member{d.LauncherPod}, d.WorkerPods...) {
		if !o.selects(m.Index) {
			continue
		}
		if t, ok := pick(m.Index, tries[m.Index], o.Previous, ran); ok {
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
			return target{index: index, pod: p.Name, container: mainName(p)}, ran || hasLog(p)
		}
	}
	return target{}, false
}

// triesOf are the pods of each Worker, and of the Launcher (-1), the oldest first: one that was tried
// again has several. Pods older than the job are left over from another one of its name.
func triesOf(pods []*corev1.Pod, created time.Time) map[int][]*corev1.Pod {
	sorted := slices.Clone(pods)
	slices.SortStableFunc(sorted, func(a, b *corev1.Pod) int {
		return a.CreationTimestamp.Compare(b.CreationTimestamp.Time)
	})
	tries := map[int][]*corev1.Pod{}
	for _, p := range sorted {
		if p.CreationTimestamp.Time.Before(created) {
			continue
		}
		switch role, index := podRole(p); {
		case role == roleLauncher:
			tries[-1] = append(tries[-1], p)
		case role == roleWorker && index >= 0:
			tries[index] = append(tries[index], p)
		}
	}
	return tries
}

func noSuchWorker(d *Detail) string {
	if d.Workers.Total == 1 {
		return "the job has one Worker: ask for Worker 0"
	}
	return "the job has Workers 0 to " + itoa(int(d.Workers.Total)-1)
}

func noLog(m *MPIJob, of Member, o LogOptions, now time.Time) error {
	phase := newJob(m, now).Phase
	why := "it is " + string(of.Phase)
	if of.Phase == PodAbsent {
		why = "its pod isn't there yet"
	}
	e := &NoLogError{
		Job: m.Name, Where: of.Where, Why: orElse(of.Message, why), Previous: o.Previous,
		Gone: of.Pod == "" && phase.Finished(), Never: of.Pod != "" && phase.Finished(), Suspended: phase == Suspended,
	}
	if o.Previous {
		e.Why = "it was neither restarted nor tried again, or that run is gone with its pod"
		e.Gone, e.Never, e.Suspended = false, false, false
	}
	return e
}

// hasLog says whether the user's container has been started. Of one that was ended before it ran the kubelet says that
// it can't be located.
func hasLog(p *corev1.Pod) bool {
	s := mainStatus(p)
	if s == nil {
		return false
	}
	if t := s.State.Terminated; t != nil && t.Reason == "ContainerStatusUnknown" && t.StartedAt.IsZero() {
		return false
	}
	return s.State.Running != nil || s.State.Terminated != nil || s.LastTerminationState.Terminated != nil
}
