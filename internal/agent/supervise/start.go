package supervise

import (
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/jobfile"
	"github.com/opendatahub-io/mpijob/internal/agent/mpirun"
	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// startVerdict is what kept mpirun from starting ranks at all, by its own word: nil where it started
// some, or said nothing of the kind.
func (s *State) startVerdict(now time.Time) *failure.Failure {
	if s.world > 0 || s.local.seen {
		return nil
	}
	for _, f := range s.findings {
		switch {
		case f.Kind == mpirun.NotEnoughSlots:
			return s.slotsExceeded(f)
		case f.Kind == mpirun.Misunderstood && s.mismatch != nil:
			return s.mismatchFailure(now, "it doesn't understand what it is told")
		case f.Kind == mpirun.ShellRefused && s.job.Transport != wire.TransportBuiltin:
			return s.shellRefused(f)
		case (f.Kind == mpirun.ShellRefused || f.Kind == mpirun.ShellUnanswered) && s.job.Transport == wire.TransportBuiltin &&
			(jobfile.WorkerOf(s.job, f.Host) != jobfile.Nowhere || mpirun.LocalRefusal(f.Text)):
			// One by name is the agent's, whose Workers take it in.
			f.Text += "; that ssh isn't the job's remote shell, since it was called by a path: call it by its name"
			return s.shellRefused(f)
		}
	}
	return nil
}

// slotsExceeded says how many ranks were asked for and how many there is room for.
func (s *State) slotsExceeded(f finding) *failure.Failure {
	hosts := len(s.job.Hosts())
	detail := fmt.Sprintf("%d hosts with slotsPerWorker %d make %d", hosts, s.job.Slots, hosts*s.job.Slots)
	if f.Asked > 0 {
		detail = fmt.Sprintf("mpirun was asked for %d ranks, but %s", f.Asked, detail)
	}
	return &failure.Failure{
		Reason: failure.SlotsExceeded, Where: "Launcher", At: f.at, Detail: detail,
		Evidence: "mpirun's message", Confidence: failure.Certain,
	}
}

// shellRefused is about the image's own ssh or sshd. Ranks could say the same words, but none ran.
func (s *State) shellRefused(f finding) *failure.Failure {
	out := &failure.Failure{
		Reason: failure.SSHRejected, Where: "Launcher", At: f.at, Detail: f.Text,
		Evidence: "the message of ssh; no rank was started", Confidence: failure.Likely,
	}
	for _, w := range s.workers {
		if w.refused != "" {
			out.Evidence, out.Confidence = "the message of ssh, which said the same before mpirun began", failure.Certain
		}
	}
	return out
}
