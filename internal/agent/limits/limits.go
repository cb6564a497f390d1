// Package limits holds every time-out and bound of the agent, so that they can be read and weighed
// against one another in one place.
package limits

import "time"

// Reaching a Worker.
const (
	// Dial is one attempt to resolve and connect; a lost packet must not cost more.
	Dial = 2 * time.Second
	// Handshake is how long either side may take to authenticate.
	Handshake = 10 * time.Second
	// RetryFirst and RetryMax bound the pause between two attempts, which doubles each time.
	RetryFirst = 50 * time.Millisecond
	RetryMax   = time.Second
	// ConnectsAtOnce bounds handshakes under way from one Launcher: each costs CPU on both sides.
	ConnectsAtOnce = 64
	// OwnProbe is one run of the image's own ssh; OwnProbesAtOnce how many run side by side.
	OwnProbe        = 10 * time.Second
	OwnProbesAtOnce = 16
	// OwnLocal is how long the image's ssh may refuse by itself, with nothing heard of the Worker,
	// before the command is begun all the same: mpirun may have another way to it.
	OwnLocal = 30 * time.Second
	// ShellPatience is how long the remote shell retries a Worker that doesn't answer: the Launcher
	// has reached it before, but another Worker's resolver may still remember that it wasn't there.
	ShellPatience = 25 * time.Second
	// DaemonStart is how soon after ssh's word mpirun calls the daemon lost that ssh was to start.
	DaemonStart = 5 * time.Second
	// KeepAlive is the TCP keep-alive period of every connection.
	KeepAlive = 15 * time.Second
	// WaitDefault is how long to wait for Workers where the job file doesn't say.
	WaitDefault = 10 * time.Minute
	// SayEvery and RemindEvery space the lines that say what is waited for: at most one a SayEvery,
	// and the same one again after RemindEvery.
	SayEvery    = time.Second
	RemindEvery = 30 * time.Second
)

// The server in a Worker.
const (
	// Unauthenticated connections beyond this push out the oldest of them.
	Unauthenticated = 64
	// Connections that are authenticated, and sessions on all of them together.
	Connections           = 512
	SessionsPerConnection = 32
	Sessions              = 512
	// CommandBytes bounds a command line; Linux refuses a single argument beyond 128 KiB.
	CommandBytes = 128 << 10
	// EnvCount and EnvBytes bound the variables a client may send.
	EnvCount = 64
	EnvBytes = 4 << 10
	// SessionGrace is between SIGTERM and SIGKILL for what a lost connection leaves behind.
	SessionGrace = 5 * time.Second
	// StopGrace is the same when the container is told to stop. Before it StopTold is
	// how long the word to the Launchers may take to be sent, which needs CPU that a container at its limit gets
	// late; StopHeard, how long it then has to arrive before the connections are closed.
	StopGrace = 2 * time.Second
	StopTold  = 2 * time.Second
	StopHeard = 100 * time.Millisecond
	// PeerLogs bounds the peers remembered for logging once each; LogEvery spaces such lines.
	PeerLogs = 1024
	LogEvery = time.Second
)

// Watching a Worker.
const (
	// Beat is the pause between two heartbeats.
	Beat = time.Second
	// BeatsMissed is how long a Worker may be silent before it is asked anew. A rank that spins on
	// every CPU delays heartbeats, so this is no shorter.
	BeatsMissed = 15 * time.Second
	// Reconnect is how long a broken control session is tried to be restored before the Worker
	// counts as lost. A refused connection ends it at once.
	Reconnect = 3 * time.Second
	// Starved is the same for a Worker whose machine takes connections while its agent says nothing.
	// Ranks that take all the CPU a container may use, or fill its memory, stop its agent for long, and
	// are no reason to end a job that goes on.
	Starved = 90 * time.Second
	// ScanFast is the pause between two looks at /proc for ScanFastFor after a remote start, so that
	// short-lived ranks are seen; ScanSlow is the pause later, ScanIdle without any session.
	ScanFast    = 20 * time.Millisecond
	ScanFastFor = 3 * time.Second
	ScanSlow    = 250 * time.Millisecond
	ScanIdle    = time.Second
	// Findings bounds what is kept of each kind of mpirun's words about a bad end: many ranks end at once, and a
	// program can go on for days saying that it has no GPU. FindingKinds bounds the kinds, of which a library's
	// word is one for each rank.
	Findings     = 4096
	FindingKinds = 16384
	// RanksFollowed bounds the ranks whose end is noticed at once, each by a file descriptor; of more, the
	// next look tells.
	RanksFollowed = 512
	// SharedFull is the part of /dev/shm that, once used, may be what a rank dies of.
	SharedFull = 0.9
	// RankRecords bounds the ranks a Worker remembers for a new control session.
	RankRecords = 4096
	// ControlQueue is how many messages may wait for a slow Launcher; beyond, its session is closed.
	ControlQueue = RankRecords*2 + 256
)

// Ending a run.
const (
	// Settle is how long mpirun may take to end by itself after bad news, so that its own words about
	// the first cause are heard.
	Settle = 2 * time.Second
	// SettleRank is the same after a rank was killed: the MPI cleans up before it ends.
	SettleRank = 10 * time.Second
	// Version is how long mpirun may take to say its version, where that isn't the job's MPI.
	Version = 5 * time.Second
	// StopTree is between SIGTERM and SIGKILL when the agent ends the run.
	StopTree = 5 * time.Second
	// PostMortem is how long Workers are asked for news after the command failed.
	PostMortem = 5 * time.Second
	// Drain is how long output is read on after the command ended, while others hold it open.
	Drain = 500 * time.Millisecond
	// MemoryNearRank is how close to a rank's end an out-of-memory kill counts as its cause.
	MemoryNearRank = 3 * time.Second
	// LocalRanks is how long ranks must run in a Launcher that is no Worker, with no remote start at
	// all, before that is a mistake rather than a first step of a script.
	LocalRanks = 3 * time.Second
	// IdleWorkers is when Workers without ranks are worth a warning.
	IdleWorkers = 15 * time.Second
)

// Output and reports.
const (
	// TailLines and TailLineBytes bound the end of stderr that is kept; ReportLines how much of it
	// a failure carries.
	TailLines     = 200
	TailLineBytes = 1024
	ReportLines   = 20
	// FeedEvery spaces reports; FeedFlush is how long the last one may take.
	FeedEvery = 300 * time.Millisecond
	FeedFlush = time.Second
	// FeedDial, FeedRetryFirst and FeedRetryMax are about reaching the controller.
	FeedDial       = 5 * time.Second
	FeedRetryFirst = 500 * time.Millisecond
	FeedRetryMax   = 15 * time.Second
	// FeedQuiet is how long the controller may be out of reach before that is worth a line.
	FeedQuiet = 30 * time.Second
)

// Progress, as programs tell it.
const (
	// ProgressEvery spaces what a Launcher tells the controller of it, ProgressForward what a Worker tells
	// its Launcher; what comes in between is replaced by the newest.
	ProgressEvery   = 3 * time.Second
	ProgressForward = time.Second
	// ProgressLast is how long a run that is over waits for the last progress of the Worker that told some. It
	// answers within milliseconds, so only one that is stalled, or gone without a word, is waited for that long.
	ProgressLast = 5 * time.Second
	// ProgressConnections are served at once, ProgressPerSecond reports taken in a second, each within
	// ProgressRequest, in which also what comes behind a refused one is read and thrown away.
	ProgressConnections = 32
	ProgressPerSecond   = 20
	ProgressRequest     = 5 * time.Second
	// ProgressHead and ProgressBody bound a request, in bytes; the body as Kubeflow Trainer does.
	ProgressHead = 16 << 10
	ProgressBody = 64 << 10
)

// Backoff returns the pause after the given number of failed attempts, from 1.
func Backoff(attempt int, first, longest time.Duration) time.Duration {
	d := first
	for i := 1; i < attempt && d < longest; i++ {
		d *= 2
	}
	return min(d, longest)
}
