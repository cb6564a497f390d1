package failure

import "time"

// ReportKey is the key of ConfigMap `<job>-report` that holds a Report as JSON.
const ReportKey = "report.json"

// ReportVersion is the version of Report.
const ReportVersion = 1

// Report is what is kept of a job after its pods are gone: where its ranks ran and why it failed.
type Report struct {
	Version int    `json:"version"`
	Job     string `json:"job"`
	UID     string `json:"uid"`
	// Attempt is the attempt this is about, from 1; each resume is a new one.
	Attempt int `json:"attempt"`
	// LauncherRuns is how often the Launcher was started in it.
	LauncherRuns int       `json:"launcherRuns"`
	StartedAt    time.Time `json:"startedAt,omitzero"`
	EndedAt      time.Time `json:"endedAt,omitzero"`
	// WorkersStartedAt is when the last Worker's container started, LauncherStartedAt the Launcher's, and RunningAt
	// when all of it was seen to run; zero where that wasn't seen.
	WorkersStartedAt  time.Time `json:"workersStartedAt,omitzero"`
	LauncherStartedAt time.Time `json:"launcherStartedAt,omitzero"`
	RunningAt         time.Time `json:"runningAt,omitzero"`
	// Outcome is "Running", "Succeeded" or "Failed".
	Outcome string `json:"outcome"`
	// Failure is the cause, with Sentence, Advice and Docs spelled out for readers without the catalogue.
	Failure  *Failure `json:"failure,omitempty"`
	Sentence string   `json:"sentence,omitempty"`
	Advice   string   `json:"advice,omitempty"`
	Docs     string   `json:"docs,omitempty"`
	Launcher Place    `json:"launcher,omitzero"`
	Workers  []Place  `json:"workers,omitempty"`
	// Omitted is how many Workers were left out to keep the report small.
	Omitted int `json:"omitted,omitempty"`
}

// Place is where a part of the job ran.
type Place struct {
	// Index of the Worker; 0 for the Launcher.
	Index int    `json:"index"`
	Pod   string `json:"pod,omitempty"`
	Node  string `json:"node,omitempty"`
	// Ranks that ran there, ascending; empty where unknown.
	Ranks []int `json:"ranks,omitempty"`
}
