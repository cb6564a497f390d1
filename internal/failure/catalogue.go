package failure

import (
	"fmt"
	"strings"
)

// Reason is a cause a job can fail of. Every reason is one entry of the catalogue.
type Reason string

const (
	ImagePullFailed                  Reason = "ImagePullFailed"
	ImageNotFound                    Reason = "ImageNotFound"
	SecretMissing                    Reason = "SecretMissing"
	VolumeMissing                    Reason = "VolumeMissing"
	CrashLoop                        Reason = "CrashLoop"
	ContainerCommandNotFound         Reason = "ContainerCommandNotFound"
	ContainerConfigInvalid           Reason = "ContainerConfigInvalid"
	LauncherExited                   Reason = "LauncherExited"
	LauncherLost                     Reason = "LauncherLost"
	RankExited                       Reason = "RankExited"
	RankKilledBySignal               Reason = "RankKilledBySignal"
	RankOOMKilled                    Reason = "RankOOMKilled"
	SharedMemoryTooSmall             Reason = "SharedMemoryTooSmall"
	GPUNotVisible                    Reason = "GPUNotVisible"
	WorkerExited                     Reason = "WorkerExited"
	WorkerOOMKilled                  Reason = "WorkerOOMKilled"
	WorkerEvicted                    Reason = "WorkerEvicted"
	WorkerLost                       Reason = "WorkerLost"
	WorkerStarved                    Reason = "WorkerStarved"
	NodeLost                         Reason = "NodeLost"
	WorkerUnreachable                Reason = "WorkerUnreachable"
	LauncherTimeoutWaitingForWorkers Reason = "LauncherTimeoutWaitingForWorkers"
	RanksNotDistributed              Reason = "RanksNotDistributed"
	MPIImplementationMismatch        Reason = "MPIImplementationMismatch"
	SlotsExceeded                    Reason = "SlotsExceeded"
	SSHRejected                      Reason = "SSHRejected"
	DeadlineExceeded                 Reason = "DeadlineExceeded"
	TimeoutReached                   Reason = "TimeoutReached"
	Unschedulable                    Reason = "Unschedulable"
	GangIncomplete                   Reason = "GangIncomplete"
	PreemptedByHigherPriority        Reason = "PreemptedByHigherPriority"
	QuotaExceeded                    Reason = "QuotaExceeded"
	ResourceConflict                 Reason = "ResourceConflict"
)

// Entry is a reason's place in the catalogue.
type Entry struct {
	Reason Reason
	// Title heads the reason's entry on the troubleshooting page.
	Title string
	// Symptom is how it looks, Cause where it comes from; for the troubleshooting page.
	Symptom, Cause string
	// Advice is what to change, one or two sentences.
	Advice string
	// Final says that trying again unchanged cannot help, so that no retry is spent on it.
	Final bool
	// Change says that the job as it is fails again, whatever is mended around it: only a copy with something changed can
	// do better. Where it is false a person may have mended what stands outside the job, as a Secret, or try their luck.
	Change bool
	// advice is Advice on one failure, where that says more; empty where it doesn't.
	advice   func(*Failure) string
	sentence func(*Failure) string
}

// Entry returns the reason's entry; an unknown reason gets one that says its name.
func (r Reason) entry() Entry {
	for _, e := range catalogue {
		if e.Reason == r {
			return e
		}
	}
	return Entry{Reason: r, Title: string(r), sentence: func(f *Failure) string { return withDetail(string(r), f) }}
}

// Catalogue returns every entry, in the order of the troubleshooting page.
func Catalogue() []Entry {
	out := append([]Entry(nil), catalogue...)
	for i := range out {
		x := explanations[out[i].Reason]
		out[i].Symptom, out[i].Cause = x.symptom, x.cause
	}
	return out
}

// Final says whether trying again unchanged can't help.
func (r Reason) Final() bool { return r.entry().Final }

// NeedsChange says whether only a job with something changed can do better.
func (r Reason) NeedsChange() bool { return r.entry().Change }

func withDetail(s string, f *Failure) string {
	if f.Detail != "" {
		return s + ": " + f.Detail
	}
	return s
}

func ended(f *Failure) string {
	switch {
	case f.Signal != "":
		return "killed by " + f.Signal
	case f.ExitCode != nil:
		return fmt.Sprintf("exited with code %d", *f.ExitCode)
	default:
		return "ended"
	}
}

// Anchor is the reason's place on the troubleshooting page.
func (r Reason) Anchor() string { return strings.ToLower(string(r)) }
