package result

import (
	"time"

	"github.com/opendatahub-io/mpijob/bench/stats"
)

// ServiceSchema names the format of the file about the training service.
const ServiceSchema = "mpijob-bench-service/v1"

// Service is one run of the measurements of the training service. All times are seconds.
type Service struct {
	Schema   string    `json:"schema"`
	At       time.Time `json:"at"` // when it began, UTC
	Complete bool      `json:"complete"`
	Note     string    `json:"note,omitempty"`
	Machine  Machine   `json:"machine"`
	Clients  int       `json:"clients"` // at once; four users with tokens of their own take turns at each
	Jobs     int       `json:"jobs"`    // in the namespace, but for Submit
	Submit   *Sides    `json:"submit,omitempty"`
	Read     *Sides    `json:"read,omitempty"`
	Page     *Sides    `json:"page,omitempty"`
	Changes  []Changes `json:"changes,omitempty"`
	Idle     []Idle    `json:"idle,omitempty"`
	Lists    []CLI     `json:"lists,omitempty"`
}

// Sides is the same work done through the service and at the API server, turn by turn.
type Sides struct {
	Service []Turn `json:"service"`
	Direct  []Turn `json:"direct"`
	// Added is, over the rounds, the service's p95 less the API server's of the same round.
	Added stats.Summary `json:"added"`
	// Ratio is, over the rounds, the service's requests a second divided by the API server's.
	Ratio stats.Summary `json:"ratio"`
}

// Turn is one side's in one round.
type Turn struct {
	Seconds   stats.Summary `json:"seconds"` // of a request
	PerSecond float64       `json:"perSecond"`
	CPU       CPU           `json:"cpu"`
	Bytes     int64         `json:"bytes"` // of all answers
	Load      float64       `json:"load"`  // the machine's one-minute average when it began
}

// CPU is what processes used meanwhile, in seconds.
type CPU struct {
	Service   float64 `json:"service"`
	APIServer float64 `json:"apiServer"`
	Clients   float64 `json:"clients"`
}

// Changes is how changes of jobs reach those who look.
type Changes struct {
	Key         string        `json:"key"`
	Title       string        `json:"title"`
	Subscribers int           `json:"subscribers"`
	Changes     int           `json:"changes"`
	Over        float64       `json:"over"`    // how long it was looked, seconds
	Seconds     stats.Summary `json:"seconds"` // from before the change is written until its bytes are read
	P99         float64       `json:"p99"`
	Missed      int           `json:"missed"` // changes that did not come, of all subscribers together
	Bytes       int64         `json:"bytes"`  // that all subscribers read; 0 where unknown
	CPU         CPU           `json:"cpu"`
}

// Idle is what subscribers cost who are told nothing, in bytes each.
type Idle struct {
	Over        string  `json:"over"` // the protocol, and how many streams a connection has
	Subscribers int     `json:"subscribers"`
	Resident    float64 `json:"resident"`    // of the service's process, above what it was before any of them
	HeapAndRest float64 `json:"heapAndRest"` // of what Go's runtime has in use: heap and stacks
	OpenSeconds float64 `json:"openSeconds"` // until all had their streams
}

// Summarize fills in what follows from the turns.
func (f *Service) Summarize() {
	for _, s := range []*Sides{f.Submit, f.Read, f.Page} {
		if s == nil {
			continue
		}
		var added, ratios []float64
		for i := range min(len(s.Service), len(s.Direct)) {
			added = append(added, s.Service[i].Seconds.P95-s.Direct[i].Seconds.P95)
			if s.Direct[i].PerSecond > 0 {
				ratios = append(ratios, s.Service[i].PerSecond/s.Direct[i].PerSecond)
			}
		}
		s.Added, s.Ratio = stats.Summarize(added), stats.Summarize(ratios)
	}
}

// Write puts the file at path, whole or not at all.
func (f *Service) Write(path string) error { return write(path, f) }

// ReadService reads a file that Write wrote.
func ReadService(path string) (*Service, error) {
	f := &Service{}
	return f, read(path, f, &f.Schema, ServiceSchema)
}
