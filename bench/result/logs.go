package result

import "time"

// LogsSchema names the format of the file about logs.
const LogsSchema = "mpijob-bench-logs/v1"

// Logs is one run of the measurements of merged logs. The process measured is the reader's; what
// stands for API server and kubelets is another.
type Logs struct {
	Schema   string        `json:"schema"`
	At       time.Time     `json:"at"` // when it began, UTC
	Note     string        `json:"note,omitempty"`
	Machine  Machine       `json:"machine"`
	Live     *LiveLogs     `json:"live,omitempty"`
	Finished *FinishedLogs `json:"finished,omitempty"`
}

// LiveLogs are those of a running job, followed: every line was seen to come once, each Worker's in
// its order, or there is no figure.
type LiveLogs struct {
	Workers int     `json:"workers"`
	Rate    int     `json:"rate"`    // lines a second of each Worker
	Seconds float64 `json:"seconds"` // for how long they wrote
	Lines   int     `json:"lines"`
	Bytes   int64   `json:"bytes"`
	// WallSeconds is until the reader had the last line and knew that the job is over.
	WallSeconds float64 `json:"wallSeconds"`
	CPUSeconds  float64 `json:"cpuSeconds"`
	Cores       float64 `json:"cores"` // CPUSeconds for each second in which was written
	// LateLines came after a later line of another Worker, at most LateMost seconds behind it.
	LateLines int     `json:"lateLines"`
	LateMost  float64 `json:"lateMost"`
	PeakBytes int64   `json:"peakBytes"` // resident
}

// FinishedLogs are read to their end: merged by time, and one after the other as a loop of
// `kubectl logs` does, which is left with merging them.
type FinishedLogs struct {
	Workers       int      `json:"workers"`
	LinesEach     int      `json:"linesEach"`
	Merged        LogsRead `json:"merged"`
	Loop          LogsRead `json:"loop"`
	SecondsToLoop float64  `json:"secondsToLoop"` // merged ÷ loop
	CPUToLoop     float64  `json:"cpuToLoop"`
}

// LogsRead is what reading took.
type LogsRead struct {
	Seconds    float64 `json:"seconds"`
	CPUSeconds float64 `json:"cpuSeconds"`
}

// Write puts the file at path, whole or not at all.
func (f *Logs) Write(path string) error { return write(path, f) }
