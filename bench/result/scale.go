package result

import (
	"time"

	"github.com/opendatahub-io/mpijob/bench/stats"
)

// ScaleSchema names the format of the scale file; a reader refuses any other.
const ScaleSchema = "mpijob-bench-scale/v1"

// Keys of the contenders that targets speak of.
const (
	ScaleOurs     = "ours"
	ScaleOperator = "operator"
	ScaleTrainer  = "trainer"
)

// Scale is one run of the measurements of scale.
type Scale struct {
	Schema   string    `json:"schema"`
	At       time.Time `json:"at"` // when it began, UTC
	Complete bool      `json:"complete"`
	Note     string    `json:"note,omitempty"`
	Machine  Machine   `json:"machine"`
	Nodes    int       `json:"nodes"`    // fake ones
	Parallel int       `json:"parallel"` // create calls at once, the same for every contender
	Blocks   []Block   `json:"blocks"`
	Memory   *Memory   `json:"memory,omitempty"`
	// Skipped are parts that were asked for and for which no time was left.
	Skipped []string `json:"skipped,omitempty"`
}

// Block is one shape of work under one setting of the control plane: contenders take turns in rounds.
type Block struct {
	Settings   Settings         `json:"settings"`
	Shape      Shape            `json:"shape"`
	Contenders []ScaleContender `json:"contenders"`
}

// Settings are what the control plane is started with.
type Settings struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	About string `json:"about"`
}

// Shape is what is created at once.
type Shape struct {
	Key     string `json:"key"`
	Title   string `json:"title"`
	Jobs    int    `json:"jobs"`
	Workers int    `json:"workers"` // of each job; a Launcher comes on top
}

// Pods is how many there are when all of them run.
func (s Shape) Pods() int { return s.Jobs * (s.Workers + 1) }

// ScaleContender is one way of running the work.
type ScaleContender struct {
	Key   string     `json:"key"`
	Title string     `json:"title"`
	Runs  []ScaleRun `json:"runs"`
	// Seconds from the first create call until a watch showed the last pod running.
	Seconds stats.Summary `json:"seconds"`
	// ToOurs is this contender's seconds divided by ours in the same round.
	ToOurs *stats.Summary `json:"toOurs,omitempty"`
}

// ScaleRun is one turn. Moments are seconds since the first create call.
type ScaleRun struct {
	Round     int     `json:"round"` // from 0
	Seconds   float64 `json:"seconds"`
	Outcome   Outcome `json:"outcome"`
	Message   string  `json:"message,omitempty"`
	Submitted float64 `json:"submitted"` // the last create call returned
	Created   float64 `json:"created"`   // the last pod exists
	Scheduled float64 `json:"scheduled"` // every pod has a node
	Load      float64 `json:"load"`      // one-minute load average when it began
}

// Memory is what controllers hold resident, in bytes.
type Memory struct {
	Finished  int         `json:"finished"` // jobs that have ended and are still there, for each contender
	Running   int         `json:"running"`
	Workers   int         `json:"workers"` // of each running job
	Processes []Processes `json:"processes"`
}

// Processes are those of one controller: several where it has replicas.
type Processes struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	// Idle is before any job, Loaded after all of them came in, Fresh after the process was started
	// anew with all of them there. One figure for each process.
	Idle   []int64 `json:"idle"`
	Loaded []int64 `json:"loaded"`
	Fresh  []int64 `json:"fresh"`
}

// Summarize fills in every figure that follows from the runs.
func (f *Scale) Summarize() {
	for b := range f.Blocks {
		block := &f.Blocks[b]
		for i := range block.Contenders {
			c := &block.Contenders[i]
			var values []float64
			for _, r := range c.Runs {
				if r.Outcome == Succeeded {
					values = append(values, r.Seconds)
				}
			}
			c.Seconds = stats.Summarize(values)
			c.ToOurs = block.Ratio(c.Key, ScaleOurs)
		}
	}
}

// Ratio is one contender's seconds divided by another's in the same round; nil where no round has both.
func (b *Block) Ratio(key, base string) *stats.Summary {
	ratios := stats.Ratios(b.rounds(key), b.rounds(base))
	if key == base || len(ratios) == 0 {
		return nil
	}
	s := stats.Summarize(ratios)
	return &s
}

func (b *Block) rounds(key string) map[int]float64 {
	seconds := map[int]float64{}
	for _, c := range b.Contenders {
		if c.Key != key {
			continue
		}
		for _, r := range c.Runs {
			if r.Outcome == Succeeded {
				seconds[r.Round] = r.Seconds
			}
		}
	}
	return seconds
}

// Put replaces the block of the same settings and shape, or adds it.
func (f *Scale) Put(block Block) *Block {
	for i := range f.Blocks {
		if f.Blocks[i].Settings.Key == block.Settings.Key && f.Blocks[i].Shape.Key == block.Shape.Key {
			f.Blocks[i] = block
			return &f.Blocks[i]
		}
	}
	f.Blocks = append(f.Blocks, block)
	return &f.Blocks[len(f.Blocks)-1]
}

// Write puts the file at path, whole or not at all.
func (f *Scale) Write(path string) error { return write(path, f) }

// ReadScale reads a file that Write wrote.
func ReadScale(path string) (*Scale, error) {
	f := &Scale{}
	return f, read(path, f, &f.Schema, ScaleSchema)
}
