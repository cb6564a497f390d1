// Package wire is what the controller and the agent inside each pod say to one another: the files
// the controller mounts, the environment it sets, the messages of the live feed and the last word an
// agent leaves behind. It is a leaf without dependencies, so that the agent stays a few megabytes and
// neither side can drift from the other.
package wire

import (
	"time"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// Version is the version of every message in this package. A reader refuses another major version.
const Version = 1

// Where things are inside a pod.
const (
	// BinDir is the emptyDir the install init container fills: the agent, and below ShimDir the
	// remote shells that are the same binary under other names.
	BinDir    = "/opt/mpi-agent"
	AgentPath = BinDir + "/mpi-agent"
	// RemoteShellPath is what the MPI implementations are told to start remote ranks with.
	RemoteShellPath = BinDir + "/mpi-rsh"
	// ShimDir holds only `ssh`, for programs that call it by name, and `mpi-agent`, for scripts that tell
	// their progress; it is put first in PATH.
	ShimDir = BinDir + "/shim"

	// JobDir is a projected, read-only volume in every pod of the job.
	JobDir         = "/etc/mpi-agent"
	JobFile        = JobDir + "/job.json"
	PrivateKeyFile = JobDir + "/ssh-privatekey"
	PublicKeyFile  = JobDir + "/ssh-publickey"
	TokenFile      = JobDir + "/token"

	// JobFileKey is the key of JobFile in the job's ConfigMap `<job>-config`.
	JobFileKey = "job.json"

	// TerminationLog is where the launcher's agent leaves its LastWord (kubelet's default path).
	TerminationLog = "/dev/termination-log"
	// MaxLastWord is the kubelet's limit on a termination message, in bytes.
	MaxLastWord = 4096
)

// Environment the controller sets in the main container of every pod.
const (
	EnvRole    = "K_MPI_JOB_ROLE" // upstream's: "launcher" or "worker"
	EnvPodName = "MPI_AGENT_POD_NAME"
	EnvPodUID  = "MPI_AGENT_POD_UID"
	// EnvWorkerIndex is set by the Job controller in pods of Indexed Jobs; 0-based.
	EnvWorkerIndex = "JOB_COMPLETION_INDEX"
)

// Exit codes of the launcher's agent that are not the program's own. The launcher Job's pod failure
// policy makes ExitInfrastructure final: retrying cannot bring a lost Worker back.
const (
	ExitUsage          = 2
	ExitInfrastructure = 250
	ExitNotExecutable  = 126 // as a shell: found, but not executable
	ExitNotFound       = 127 // as a shell: no such command
)

// FeedAudience is the audience of the pod-bound token the feed accepts, and nothing else does.
const FeedAudience = "feed.training.opendatahub.io"

// MaxFeedMessage bounds one line of the feed, in bytes.
const MaxFeedMessage = 64 << 10

// Transport says who starts ranks on the Workers.
type Transport string

const (
	// TransportBuiltin: the Workers run the agent, which serves the SSH protocol on Job.Port.
	TransportBuiltin Transport = "builtin"
	// TransportOwn: the Workers bring a command of their own (sshd); the image's ssh is used.
	TransportOwn Transport = "own"
)

// Job is what every agent of a job knows about it: JobFile, written by the controller.
type Job struct {
	Version   int       `json:"version"`
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	UID       string    `json:"uid"`
	Attempt   int       `json:"attempt"` // from 1
	Transport Transport `json:"transport"`
	Port      int       `json:"port"`     // of the built-in transport, 10000–29999
	Launcher  string    `json:"launcher"` // the Launcher's DNS name
	Workers   []string  `json:"workers"`  // the Workers' DNS names, by index
	Slots     int       `json:"slots"`    // per Worker
	// LauncherIsWorker is spec.runLauncherAsWorker.
	LauncherIsWorker bool `json:"launcherIsWorker,omitempty"`
	// Implementation is spec.mpiImplementation: OpenMPI, Intel or MPICH.
	Implementation string `json:"implementation"`
	// WaitSeconds is how long the Launcher waits for the Workers to become reachable.
	WaitSeconds int `json:"waitSeconds"`
	// GraceSeconds is how long ranks may take to end once the job's time limit is reached.
	GraceSeconds int `json:"graceSeconds,omitempty"`
	// KeepSeconds is how long the Launcher stays after a failure, with what is left of the run.
	KeepSeconds int   `json:"keepSeconds,omitempty"`
	Feed        *Feed `json:"feed,omitempty"` // nil: no controller to talk to
}

// Feed is where the controller listens for the live feed.
type Feed struct {
	Address    string `json:"address"`    // host:port
	ServerName string `json:"serverName"` // verified against the certificate
	CA         string `json:"ca"`         // PEM
}

// Hello opens a feed: one JSON line from the Launcher's agent, answered by one Welcome line.
type Hello struct {
	Version   int    `json:"version"`
	Token     string `json:"token"` // audience FeedAudience, bound to the pod
	Namespace string `json:"namespace"`
	Job       string `json:"job"`
	UID       string `json:"uid"` // of the MPIJob
	Attempt   int    `json:"attempt"`
}

// Welcome answers a Hello. After it the agent sends one Report a line, whenever something changed;
// the controller sends an Order a line, when it has one.
type Welcome struct {
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"` // why not; the connection is then closed
}

// Stage is how far the Launcher has come.
type Stage string

const (
	StageWaiting Stage = "Waiting" // for Workers to become reachable
	StageRunning Stage = "Running" // the user's command is running
	StageExited  Stage = "Exited"
)

// WorkerState is a Worker as its Launcher sees it.
type WorkerState string

const (
	WorkerWaiting   WorkerState = "Waiting"
	WorkerReachable WorkerState = "Reachable"
	WorkerLost      WorkerState = "Lost"
)

// Report is the whole state of a job as its Launcher sees it: each replaces the one before.
type Report struct {
	Version int              `json:"version"`
	At      time.Time        `json:"at"`
	Stage   Stage            `json:"stage"`
	Workers []WorkerReport   `json:"workers"`
	Failure *failure.Failure `json:"failure,omitempty"` // the first cause, once known
	// Progress is what the program last told of itself; nil where it tells nothing.
	Progress *Progress `json:"progress,omitempty"`
	// LastWord is the encoded LastWord the agent is about to leave, in the very last report: the
	// kubelet tells of it up to two seconds later.
	LastWord string `json:"lastWord,omitempty"`
}

// WorkerReport is one Worker in a Report.
type WorkerReport struct {
	Index   int         `json:"index"`
	State   WorkerState `json:"state"`
	Message string      `json:"message,omitempty"` // why not reachable yet: "no such host", "connection refused"
	Ranks   []int       `json:"ranks,omitempty"`   // alive or ended there in this run, ascending; none until all of the job's were seen
}

// Order is what the controller asks of the Launcher's agent: stop the run, for this reason.
type Order struct {
	Stop *failure.Failure `json:"stop,omitempty"`
}

// LastWord is the Launcher's termination message: what it knew when it ended, at most MaxLastWord
// bytes of JSON. Long fields are cut, never the structure.
type LastWord struct {
	Version  int              `json:"version"`
	At       time.Time        `json:"at"`
	ExitCode int              `json:"exitCode"`          // what the container exits with
	Failure  *failure.Failure `json:"failure,omitempty"` // nil on success
	Workers  []WorkerReport   `json:"workers,omitempty"` // of a success, first to go when too long
	// Progress is the last there was; of a failure, first to go.
	Progress *Progress `json:"progress,omitempty"`
}

// Plausible says whether a moment that a user's pod has told can be kept: a status knows years of four digits, in any
// zone, and refuses to be written with another.
func Plausible(at time.Time) bool {
	y := at.UTC().Year()
	return y >= 1970 && y <= 9998
}
