package mpijob

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// LastWordOf reads what the Launcher's agent left in its termination message; nil where that is the
// program's own text, or nothing.
func LastWordOf(p *corev1.Pod) *wire.LastWord {
	s := mainStatus(p)
	if s == nil || s.State.Terminated == nil {
		return nil
	}
	return ParseLastWord(s.State.Terminated.Message)
}

// ParseLastWord decodes a termination message that is a LastWord of this version.
func ParseLastWord(message string) *wire.LastWord {
	if len(message) > wire.MaxLastWord || !strings.HasPrefix(message, "{") {
		return nil
	}
	var w wire.LastWord
	if err := json.Unmarshal([]byte(message), &w); err != nil || w.Version != wire.Version {
		return nil
	}
	// Anyone in the pod can write it: a moment that no status can keep is none.
	if !wire.Plausible(w.At) {
		w.At = time.Time{}
	}
	if w.Failure != nil && !wire.Plausible(w.Failure.At) {
		w.Failure.At = time.Time{}
	}
	return &w
}

// endOf is the failure an ended or ending pod stands for; nil while nothing is wrong with it.
func endOf(role, where string, p *corev1.Pod) *failure.Failure {
	f := &failure.Failure{Where: where, Confidence: failure.Certain}
	lost, exited := failure.LauncherLost, failure.LauncherExited
	if role == RoleWorker {
		lost, exited = failure.WorkerLost, failure.WorkerExited
	}
	if t := firstTerminated(p); t != nil {
		f.At, f.Evidence = t.FinishedAt.Time, "container status "+t.Reason
		switch {
		case t.Reason == "OOMKilled" && role == RoleWorker:
			f.Reason, f.Limit = failure.WorkerOOMKilled, memoryLimit(p)
			f.Signal = "SIGKILL"
		case startFailed(t):
			f.Reason, f.Detail = failure.ContainerCommandNotFound, startErrorDetail(t.Message)
		default:
			f.Reason = exited
			if f.Signal = signalOf(t); f.Signal == "" {
				f.ExitCode = ptr.To(int(t.ExitCode))
			}
			f.LogTail = tailLines(t.Message)
			if name := endedInit(p); name != "" {
				f.Detail = fmt.Sprintf("init container %q", name)
			}
			if t.Reason == "OOMKilled" {
				f.Detail = "killed for lack of memory"
			}
		}
	}
	if disrupted := podCondition(p, corev1.DisruptionTarget); disrupted != nil {
		f.Reason, f.Detail, f.Evidence = lost, clip(disrupted.Message, 300), "pod condition "+disrupted.Reason
		switch {
		case nodeEnded(p, disrupted):
			f.Reason = failure.NodeLost
		case role == RoleWorker:
			f.Reason = failure.WorkerEvicted
		}
		if disrupted.Reason == corev1.PodReasonPreemptionByScheduler {
			f.Reason = failure.PreemptedByHigherPriority
		}
		f.At = disrupted.LastTransitionTime.Time
		return f
	}
	switch {
	case p.Status.Reason == "Evicted":
		f.Reason, f.Detail, f.Evidence = lost, clip(p.Status.Message, 300), "pod status Evicted"
		if role == RoleWorker {
			f.Reason = failure.WorkerEvicted
		}
	case f.Reason != "" && !endedByDeletion(p):
	case !p.DeletionTimestamp.IsZero():
		f.Reason, f.Detail, f.Evidence = lost, "its pod was deleted", "deletion timestamp"
		f.ExitCode, f.Signal, f.At = nil, "", deletedAt(p)
	case p.Status.Phase == corev1.PodFailed:
		f.Reason, f.Detail, f.Evidence = lost, clip(text(p.Status.Message, p.Status.Reason), 300), "pod status Failed"
	default:
		return nil
	}
	return f
}

// deletedAt is when the deletion of a pod was asked for.
func deletedAt(p *corev1.Pod) time.Time {
	return p.DeletionTimestamp.Add(-time.Duration(ptr.Deref(p.DeletionGracePeriodSeconds, 0)) * time.Second)
}

// endedByDeletion says whether a container ended because its pod was being deleted, and not before.
// All times are whole seconds.
func endedByDeletion(p *corev1.Pod) bool {
	t := firstTerminated(p)
	switch {
	case p.DeletionTimestamp.IsZero() || t == nil || t.Reason == "OOMKilled":
		return false
	case !t.FinishedAt.Time.Before(deletedAt(p)):
		return true
	}
	// The last step of a deletion is one without grace, which can put its own time in place of the first
	// one's. The kubelet takes it as soon as the container has ended: what was deleted much later had ended
	// by itself.
	told := t.ExitCode == 0 || t.ExitCode == 128+int32(syscall.SIGTERM) || t.ExitCode == 128+int32(syscall.SIGKILL)
	return told && ptr.Deref(p.DeletionGracePeriodSeconds, 0) == 0 && p.DeletionTimestamp.Sub(t.FinishedAt.Time) <= lastStep
}

// lastStep is how long the kubelet may take from a container's end to the last step of its pod's deletion.
const lastStep = 10 * time.Second

// firstTerminated is how the main container ended, or the init container that kept it from starting.
func firstTerminated(p *corev1.Pod) *corev1.ContainerStateTerminated {
	if s := mainStatus(p); s != nil && s.State.Terminated != nil {
		return s.State.Terminated
	}
	if p.Status.Phase == corev1.PodFailed {
		for _, s := range p.Status.InitContainerStatuses {
			if t := s.State.Terminated; t != nil && t.ExitCode != 0 {
				return t
			}
		}
	}
	return nil
}

// endedInit is the init container that kept the main one from starting, where one did.
func endedInit(p *corev1.Pod) string {
	if s := mainStatus(p); s != nil && s.State.Terminated != nil {
		return ""
	}
	for _, s := range p.Status.InitContainerStatuses {
		if t := s.State.Terminated; t != nil && t.ExitCode != 0 {
			return s.Name
		}
	}
	return ""
}

// tailLines are the last lines of a container's log, which the kubelet takes for its termination
// message where it left none.
func tailLines(message string) []string {
	const most = 20
	lines := strings.Split(strings.TrimRight(message, "\n"), "\n")
	if message == "" || ParseLastWord(message) != nil {
		return nil
	}
	lines = lines[max(0, len(lines)-most):]
	for i := range lines {
		lines[i] = clip(strings.TrimRight(lines[i], "\r"), 300)
	}
	return lines
}

// launcherFailure is why a Launcher failed: its agent's last word, sharpened by what the kubelet
// knows of the Worker it names; without an agent, how the container ended.
func launcherFailure(job *Job, c cast, p *corev1.Pod) *failure.Failure {
	word := LastWordOf(p)
	if word == nil || word.Failure == nil {
		f := taken(p)
		if f == nil {
			f = endOf(RoleLauncher, LauncherName, p)
		}
		if f == nil {
			f = &failure.Failure{Reason: failure.LauncherLost, Where: LauncherName}
		}
		if w := lostWorker(job, c); w != nil && f.ExitCode != nil {
			return w
		}
		return f
	}
	if gone := taken(p); gone != nil && word.Failure.Reason == failure.LauncherExited {
		// All the agent knows is that it was told to stop.
		return gone
	}
	f := *word.Failure
	if f.At.IsZero() {
		f.At = word.At
	}
	if better := kubeletView(job, c, &f); better != nil {
		return better
	}
	if f.Reason == failure.GPUNotVisible {
		f.Detail += "; " + gpusAsked(job)
	}
	return &f
}

// taken says that a Launcher's pod didn't end by itself: it was deleted or evicted.
func taken(p *corev1.Pod) *failure.Failure {
	bare := p.DeepCopy()
	bare.Status.ContainerStatuses, bare.Status.InitContainerStatuses = nil, nil
	if f := endOf(RoleLauncher, LauncherName, bare); f != nil && f.Detail != "" {
		return f
	}
	return nil
}

// kubeletView is what the kubelet says about a Worker its Launcher only lost sight of.
func kubeletView(job *Job, c cast, f *failure.Failure) *failure.Failure {
	switch f.Reason {
	case failure.WorkerLost, failure.WorkerStarved, failure.NodeLost, failure.RankKilledBySignal:
	default:
		return nil
	}
	for i := range Workers(job) {
		if f.Where != WorkerName(i) {
			continue
		}
		for _, p := range c.workers[i] {
			k := endOf(RoleWorker, f.Where, p)
			if at, silent := nodeSilent(p); k == nil && silent && f.Reason != failure.RankKilledBySignal {
				k = nodeLost(f.Where, at)
			}
			if k == nil || k.Reason == failure.WorkerLost && f.Detail != "" && f.Reason == failure.WorkerLost {
				continue
			}
			if f.Reason == failure.RankKilledBySignal && k.Reason != failure.WorkerOOMKilled {
				continue
			}
			k.Rank = f.Rank
			if len(k.LogTail) == 0 {
				k.LogTail = f.LogTail
			}
			k.Peak = max(k.Peak, f.Peak)
			k.Limit = max(k.Limit, f.Limit)
			return k
		}
	}
	return nil
}

// gpusAsked says how many GPUs each Worker asks for: the agent sees what the program finds, the
// manifest what it was to find.
func gpusAsked(job *Job) string {
	if n := gpusPerWorker(job); n > 0 {
		return fmt.Sprintf("each Worker asks for %d GPUs", n)
	}
	return "the Workers ask for no GPU"
}

// lostFromSight says whether a Worker is lost by its Launcher's word alone: its pod is there, and the
// kubelet has not yet told how it ended.
func lostFromSight(job *Job, c cast, f *failure.Failure) bool {
	if f.Reason != failure.WorkerLost && f.Reason != failure.WorkerStarved {
		return false
	}
	for i := range Workers(job) {
		if f.Where != WorkerName(i) {
			continue
		}
		return len(c.workers[i]) > 0 && !slices.ContainsFunc(c.workers[i], func(p *corev1.Pod) bool {
			return endOf(RoleWorker, f.Where, p) != nil
		})
	}
	return false
}

// lostWorker is the first Worker that ended or went away, nil while all are well.
func lostWorker(job *Job, c cast) *failure.Failure {
	var first *failure.Failure
	for i := range Workers(job) {
		for _, p := range c.workers[i] {
			f := endOf(RoleWorker, WorkerName(i), p)
			if f != nil && (first == nil || f.At.Before(first.At)) {
				first = f
			}
		}
	}
	return first
}

// signalOf is the signal behind a container's exit code over 128, where the runtime says so only
// that way.
func signalOf(t *corev1.ContainerStateTerminated) string {
	n := t.Signal
	if n == 0 && t.ExitCode > 128 && t.ExitCode < 128+65 {
		n = t.ExitCode - 128
	}
	return signalNames[syscall.Signal(n)]
}

var signalNames = map[syscall.Signal]string{
	syscall.SIGHUP: "SIGHUP", syscall.SIGINT: "SIGINT", syscall.SIGQUIT: "SIGQUIT", syscall.SIGILL: "SIGILL",
	syscall.SIGTRAP: "SIGTRAP", syscall.SIGABRT: "SIGABRT", syscall.SIGBUS: "SIGBUS", syscall.SIGFPE: "SIGFPE",
	syscall.SIGKILL: "SIGKILL", syscall.SIGUSR1: "SIGUSR1", syscall.SIGSEGV: "SIGSEGV", syscall.SIGUSR2: "SIGUSR2",
	syscall.SIGPIPE: "SIGPIPE", syscall.SIGALRM: "SIGALRM", syscall.SIGTERM: "SIGTERM", syscall.SIGXCPU: "SIGXCPU",
	syscall.SIGXFSZ: "SIGXFSZ",
}

// startErrorDetail keeps the runtime's last clause: `exec: "foo": executable file not found in $PATH`.
func startErrorDetail(message string) string {
	if i := strings.Index(message, "exec: "); i >= 0 {
		message = message[i:]
	}
	return clip(strings.TrimSuffix(message, ": unknown"), 300)
}

func memoryLimit(p *corev1.Pod) int64 {
	return p.Spec.Containers[0].Resources.Limits.Memory().Value()
}

func podCondition(p *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	for i := range p.Status.Conditions {
		if c := &p.Status.Conditions[i]; c.Type == kind && c.Status == corev1.ConditionTrue {
			return c
		}
	}
	return nil
}

// deadline is the failure of a job that is active longer than it may, and when that is; the zero
// time where it has no deadline.
func deadline(job *Job, started time.Time) (*failure.Failure, time.Time) {
	seconds := job.Spec.RunPolicy.ActiveDeadlineSeconds
	if seconds == nil || started.IsZero() {
		return nil, time.Time{}
	}
	at := started.Add(time.Duration(*seconds) * time.Second)
	return &failure.Failure{
		Reason: failure.DeadlineExceeded, Detail: fmt.Sprintf("%d s", *seconds), At: at,
		Evidence: "spec.runPolicy.activeDeadlineSeconds", Confidence: failure.Certain,
	}, at
}
