// Package supervise decides: what the Launcher's agent does when something happens, and in the end
// what the run failed of. It is a state machine without input or output, clock or process: events go
// in, actions come out.
package supervise

import (
	"syscall"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/mpirun"
	"github.com/opendatahub-io/mpijob/internal/agent/procs"
	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Event is something that happened.
type Event interface{ event() }

type (
	// Waiting: a Worker can't be reached now; once the run goes on, it was reached before.
	Waiting struct {
		Worker int
		Why    string
	}
	// Reachable: a Worker answers. Refused is what its sshd, or the image's ssh, says against a login:
	// waiting doesn't change that, and mpirun may know better how to get in.
	Reachable struct {
		Worker  int
		Refused string
	}
	// Lost: a Worker the run was started on is gone.
	Lost struct {
		Worker int
		Why    string
		How    Loss
	}
	// Told: a Worker's agent told something.
	Told struct {
		Worker  int
		Message wire.ControlMessage
	}
	// LocalRanks: ranks appeared or ended in the Launcher itself.
	LocalRanks struct{ Started, Ended []wire.ControlRank }
	// LocalMemory: the kernel killed a process in the Launcher for lack of memory.
	LocalMemory struct{ State wire.MemoryState }
	// LocalProgress: a program in the Launcher told its progress.
	LocalProgress struct{ Progress wire.Progress }
	// Said: mpirun said something.
	Said struct{ Finding mpirun.Finding }
	// Started: the command runs, with an MPI that isn't the job's where Mismatch isn't nil.
	Started struct{ Mismatch *Mismatch }
	// NotStarted: the command can't be run.
	NotStarted struct {
		Code int
		Why  string
	}
	// Exited: the command ended.
	Exited struct{ Status procs.ExitStatus }
	// Signalled: the agent got a signal.
	Signalled struct{ Signal syscall.Signal }
	// Ordered: the controller asks to stop, for this reason.
	Ordered struct{ Failure failure.Failure }
	// Fired: the time of an Arm action is over.
	Fired struct{ Timer Timer }
)

func (Waiting) event()       {}
func (Reachable) event()     {}
func (Lost) event()          {}
func (Told) event()          {}
func (LocalRanks) event()    {}
func (LocalMemory) event()   {}
func (LocalProgress) event() {}
func (Said) event()          {}
func (Started) event()       {}
func (NotStarted) event()    {}
func (Exited) event()        {}
func (Signalled) event()     {}
func (Ordered) event()       {}
func (Fired) event()         {}

// Loss is how a Worker was lost.
type Loss int

const (
	// Gone: its container ended, or another answers in its place.
	Gone Loss = iota
	// Silent: nothing came from it any more, not even a connection's end, as when its node is gone.
	Silent
	// Starved: its machine takes connections, and its agent never answers.
	Starved
)

// Timer names what an Arm action waits for.
type Timer int

const (
	// TimerWait: the Workers had their time to become reachable.
	TimerWait Timer = iota + 1
	// TimerSettle: mpirun had its time to end by itself.
	TimerSettle
	// TimerGrace: the ranks had their time to end at the job's time limit.
	TimerGrace
	// TimerKill: the run had its time to end after SIGTERM.
	TimerKill
	// TimerPostMortem: the Workers had their time to tell news of a run that failed.
	TimerPostMortem
	// TimerLocalRanks: ranks have run in the Launcher for a while.
	TimerLocalRanks
	// TimerIdle: ranks have run on Workers for a while.
	TimerIdle
)

// Action is something to do.
type Action interface{ action() }

type (
	// Run starts the command.
	Run struct{}
	// Arm asks for a Fired event after a time.
	Arm struct {
		Timer Timer
		After time.Duration
	}
	// Forward sends a signal to the command.
	Forward struct{ Signal syscall.Signal }
	// Kill sends a signal to the command and everything below it.
	Kill struct{ Signal syscall.Signal }
	// TerminateRanks sends SIGTERM to every rank, and leaves mpirun alone.
	TerminateRanks struct{}
	// Ask asks a Worker for news.
	Ask struct{ Worker, Number int }
	// Say prints a line for the reader of the Launcher's log.
	Say struct{ Text string }
	// Finish ends the agent with an exit code and what the run failed of, nil for nothing.
	Finish struct {
		Code    int
		Failure *failure.Failure
	}
)

func (Run) action()            {}
func (Arm) action()            {}
func (Forward) action()        {}
func (Kill) action()           {}
func (TerminateRanks) action() {}
func (Ask) action()            {}
func (Say) action()            {}
func (Finish) action()         {}
