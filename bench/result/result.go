// Package result is what a benchmark leaves behind: one JSON file, from which pages are rendered.
// It holds every single measurement, so that other statistics can be had without another run.
package result

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/opendatahub-io/mpijob/bench/stats"
)

// Schema names the format of the file; a reader refuses any other.
const Schema = "mpijob-bench/v1"

// File is one run of the benchmarks.
type File struct {
	Schema string    `json:"schema"`
	At     time.Time `json:"at"` // when it began, UTC
	// Complete is false where it was interrupted; what was measured until then is here.
	Complete bool `json:"complete"`
	// Note is what a reader must know about this run; given with -note.
	Note    string  `json:"note,omitempty"`
	Machine Machine `json:"machine"`
	Work    Work    `json:"work"`
	// Start is job start and finish, per contender in the order they were given.
	Start []Contender `json:"start"`
	Soak  *Soak       `json:"soak,omitempty"`
	Kill  []Kill      `json:"kill,omitempty"`
	CLI   *CLI        `json:"cli,omitempty"`
	Agent *Agent      `json:"agent,omitempty"`
}

// Machine is what the figures depend on. It names no host and no path.
type Machine struct {
	Cores       int    `json:"cores"`
	MemoryBytes int64  `json:"memoryBytes"`
	Kernel      string `json:"kernel"`
	CPU         string `json:"cpu"`
	System      string `json:"system"`
	Cgroup      string `json:"cgroup"`     // v1 or v2
	Kubernetes  string `json:"kubernetes"` // the API server's version
}

// Work is what every contender did.
type Work struct {
	Program string `json:"program"`
	Workers int    `json:"workers"`
	Slots   int    `json:"slots"`  // per Worker
	Rounds  int    `json:"rounds"` // that were run
}

// Contender is one way of running the work.
type Contender struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	Runs  []Run  `json:"runs"`
	// Seconds from the create call until a watch showed the job finished, over successful runs.
	Seconds stats.Summary `json:"seconds"`
	// ToOurs and ToOursSSHD are this contender's seconds divided by ours in the same round.
	ToOurs     *stats.Summary `json:"toOurs,omitempty"`
	ToOursSSHD *stats.Summary `json:"toOursSSHD,omitempty"`
}

// Outcome is how a run ended.
type Outcome string

// The outcomes a run can have.
const (
	Succeeded Outcome = "succeeded"
	Failed    Outcome = "failed"
	TimedOut  Outcome = "timed out"
)

// Run is one job.
type Run struct {
	Round   int     `json:"round"` // from 0
	Seconds float64 `json:"seconds"`
	Outcome Outcome `json:"outcome"`
	Message string  `json:"message,omitempty"` // why not succeeded
	// LauncherRestarts counts starts of the Launcher beyond the first, in the same or another pod.
	LauncherRestarts int `json:"launcherRestarts"`
	// Marks are moments on the way, as seconds since the create call; 0 where not seen.
	Marks Marks `json:"marks"`
	// Load is the machine's one-minute load average when the run began.
	Load float64 `json:"load"`
}

// Marks are when a watch on the job's pods first showed something.
type Marks struct {
	PodsCreated     float64 `json:"podsCreated"`     // the last pod of the job exists
	PodsScheduled   float64 `json:"podsScheduled"`   // every pod has a node
	WorkersStarted  float64 `json:"workersStarted"`  // every Worker's container runs
	LauncherStarted float64 `json:"launcherStarted"` // the Launcher's container runs, or has ended
	LauncherEnded   float64 `json:"launcherEnded"`   // the Launcher's pod has succeeded or failed
}

// Soak is many of our jobs in a row.
type Soak struct {
	Jobs             int           `json:"jobs"`
	Failures         int           `json:"failures"`
	LauncherRestarts int           `json:"launcherRestarts"`
	Messages         []string      `json:"messages,omitempty"` // of the failures
	Seconds          stats.Summary `json:"seconds"`
}

// Kill is a Worker's container killed with SIGKILL in mid-run.
type Kill struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	// Named counts the runs whose status named the Worker within Bound seconds.
	Rounds  int           `json:"rounds"`
	Named   int           `json:"named"`
	Bound   float64       `json:"bound"`
	Seconds stats.Summary `json:"seconds"` // from the kill until the status named the cause
	// State is the job's last condition and message at the end of the last round.
	State            string `json:"state"`
	LauncherRestarts int    `json:"launcherRestarts"` // over all rounds
}

// CLI is one command of ours as a whole process, in seconds.
type CLI struct {
	Command string        `json:"command"`
	Seconds stats.Summary `json:"seconds"`
}

// Agent is the binary that goes into every pod.
type Agent struct {
	Bytes int64 `json:"bytes"`
}

// Summarize fills in every figure that follows from the runs.
func (f *File) Summarize() {
	ours, oursSSHD := f.rounds("ours"), f.rounds("ours-sshd")
	for i := range f.Start {
		c := &f.Start[i]
		f.Work.Rounds = max(f.Work.Rounds, len(c.Runs))
		mine := succeeded(c.Runs)
		values := make([]float64, 0, len(mine))
		for _, seconds := range mine {
			values = append(values, seconds)
		}
		c.Seconds = stats.Summarize(values)
		c.ToOurs, c.ToOursSSHD = ratio(c.Key, "ours", mine, ours), ratio(c.Key, "ours-sshd", mine, oursSSHD)
	}
}

func ratio(key, baseKey string, mine, base map[int]float64) *stats.Summary {
	ratios := stats.Ratios(mine, base)
	if key == baseKey || len(ratios) == 0 {
		return nil
	}
	s := stats.Summarize(ratios)
	return &s
}

func (f *File) rounds(key string) map[int]float64 {
	for _, c := range f.Start {
		if c.Key == key {
			return succeeded(c.Runs)
		}
	}
	return nil
}

func succeeded(runs []Run) map[int]float64 {
	seconds := make(map[int]float64, len(runs))
	for _, r := range runs {
		if r.Outcome == Succeeded {
			seconds[r.Round] = r.Seconds
		}
	}
	return seconds
}

// Write puts the file at path, whole or not at all: a run that is interrupted leaves the last state.
func (f *File) Write(path string) error { return write(path, f) }

func write(path string, f any) error {
	body, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding results: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".part", append(body, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// Read reads a file that Write wrote.
func Read(path string) (*File, error) {
	f := &File{}
	return f, read(path, f, &f.Schema, Schema)
}

// read reads a file into f, whose schema must be the one wanted.
func read(path string, f any, schema *string, want string) error {
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, f); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	if *schema != want {
		return fmt.Errorf("%s has schema %q, this program reads %q: render it with the version that wrote it", path, *schema, want)
	}
	return nil
}
