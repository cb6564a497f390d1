package wire

import "time"

// ControlSubsystem is the SSH subsystem of a control session: the Launcher's agent opens one to every
// Worker's, reads a ControlMessage a line, and may write a ControlAsk a line.
const ControlSubsystem = "mpi-control"

// MaxControlMessage bounds one line of a control session, in bytes.
const MaxControlMessage = 4 << 10

// ControlKind says what a ControlMessage tells.
type ControlKind string

const (
	ControlHello       ControlKind = "hello"       // first, once: who the Worker is
	ControlBeat        ControlKind = "beat"        // each second or so, and to answer an ask
	ControlRankStarted ControlKind = "rankStarted" // seen running; repeated to a new session
	ControlRankEnded   ControlKind = "rankEnded"   // seen to be gone; repeated to a new session
	ControlMemory      ControlKind = "memory"      // the kernel killed a process for lack of memory
	ControlShared      ControlKind = "shared"      // /dev/shm is nearly full
	ControlStopping    ControlKind = "stopping"    // the container was told to stop
	ControlProgress    ControlKind = "progress"    // a program told how far it is; a hello has the last
)

// ControlMessage is what a Worker's agent tells the Launcher's.
type ControlMessage struct {
	Kind ControlKind `json:"kind"`

	// Of a hello.
	Version   int       `json:"version,omitempty"`
	Worker    int       `json:"worker,omitempty"`   // 0-based; -1 where the Worker can't tell
	Instance  string    `json:"instance,omitempty"` // differs after each start of the container
	UID       string    `json:"uid,omitempty"`      // of the MPIJob
	Attempt   int       `json:"attempt,omitempty"`
	StartedAt time.Time `json:"startedAt,omitzero"`

	// Of a hello and a beat: how often the remote shell started something on the Worker so far.
	Starts int `json:"starts,omitempty"`
	// Of a beat: the number of the ask it answers, 0 for none.
	Answer int `json:"answer,omitempty"`

	Rank   *ControlRank `json:"rank,omitempty"`   // of rankStarted and rankEnded
	Memory *MemoryState `json:"memory,omitempty"` // of memory and shared
	// Of progress, and of a hello: what was told before the session. It fits into a message, see MaxMetrics.
	Progress *Progress `json:"progress,omitempty"`
}

// ControlRank is one rank's process.
type ControlRank struct {
	Rank int `json:"rank"`
	PID  int `json:"pid"`
	// World is the number of ranks of its run, 0 where unknown.
	World int `json:"world,omitempty"`
	// ExitCode and Signal say how it ended, where the Worker could see that: a rank is the child of
	// the MPI's own daemon, so most often both are absent.
	ExitCode *int   `json:"exitCode,omitempty"`
	Signal   string `json:"signal,omitempty"`
	// Memory is the most that it was seen to have resident, in bytes; 0 where nobody looked.
	Memory int64 `json:"memory,omitempty"`
}

// MemoryState is a container's memory as its cgroup counts it, in bytes, or the size and use of its
// /dev/shm; 0 where unknown.
type MemoryState struct {
	// Kills is how many processes the kernel killed for lack of memory since the agent started.
	Kills int   `json:"kills"`
	Limit int64 `json:"limit,omitempty"`
	Peak  int64 `json:"peak,omitempty"`
}

// ControlAsk asks something of a Worker's agent.
type ControlAsk struct {
	// Ask, from 1: to look at once and answer with a beat.
	Ask int `json:"ask,omitempty"`
	// Terminate: to send SIGTERM to every rank.
	Terminate bool `json:"terminate,omitempty"`
}
