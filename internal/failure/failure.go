// Package failure says why a job failed, as data: where, why, on what evidence, and what to change.
// It is a leaf that every part may import; status messages, events, the CLI, and the troubleshooting
// page are all rendered from it, so that they use the same words.
package failure

import (
	"fmt"
	"strings"
	"time"
)

// Failure is one cause of a failed job. The zero values of its optional fields mean "not known".
type Failure struct {
	Reason Reason `json:"reason"`
	// Where it happened: "Launcher", "Worker 3", or empty for the job as a whole.
	Where string `json:"where,omitempty"`
	// Rank is the MPI rank, nil where unknown.
	Rank *int `json:"rank,omitempty"`
	// ExitCode of the process or container, nil where it was killed or is unknown.
	ExitCode *int `json:"exitCode,omitempty"`
	// Signal that killed it, as "SIGKILL"; empty where it exited.
	Signal string `json:"signal,omitempty"`
	// Detail is the one fact that completes the sentence: an image name, a host, a kubelet message.
	Detail string `json:"detail,omitempty"`
	// Limit and Peak are memory in bytes, 0 where unknown.
	Limit int64 `json:"limit,omitempty"`
	Peak  int64 `json:"peak,omitempty"`
	// At is when it happened, by the clock of whoever saw it.
	At time.Time `json:"at,omitzero"`
	// LogTail is the last lines of the log that matters, oldest first; bounded by its writer.
	LogTail []string `json:"logTail,omitempty"`
	// Evidence is what the verdict rests on: "control session closed", "container status".
	Evidence string `json:"evidence,omitempty"`
	// Confidence is how sure it is.
	Confidence Confidence `json:"confidence,omitempty"`
}

// Confidence is how sure a diagnosis is.
type Confidence string

const (
	Certain Confidence = "certain"
	Likely  Confidence = "likely"
)

// Sentence is the failure in one line, as status, events, the CLI and the dashboard show it:
// "Worker 1, rank 3: exited with code 3".
func (f *Failure) Sentence() string {
	var b strings.Builder
	b.WriteString(f.Where)
	if f.Rank != nil {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "rank %d", *f.Rank)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(f.Reason.entry().sentence(f))
	return b.String()
}

// page is where the catalogue is published.
const page = "https://github.com/opendatahub-io/mpijob/blob/main/docs/troubleshooting.md#"

// Docs is where the reason is explained.
func (f *Failure) Docs() string { return page + f.Reason.Anchor() }

// Advice is what to change, from the catalogue, with the command line's flags.
func (f *Failure) Advice() string {
	e := f.Reason.entry()
	if e.advice != nil {
		if a := e.advice(f); a != "" {
			return a
		}
	}
	return e.Advice
}

// AdviceInAForm is Advice for where nothing is typed as a command: what names flags, or kubectl, is left out, and what is
// behind -- on a command line stands alone.
func (f *Failure) AdviceInAForm() string {
	return strings.ReplaceAll(withoutCommands(f.Advice()), "`-- ", "`")
}

// withoutCommands leaves out what stands in brackets about flags, commands and manifests. It has no regular expression: the
// agent, which is small, has this package too.
func withoutCommands(text string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, " (")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		inner, after, closed := strings.Cut(rest, ")")
		if closed && !strings.Contains(inner, "(") && (strings.Contains(inner, "--") || strings.Contains(inner, "kubectl") || strings.Contains(inner, "manifest")) {
			text = after
			continue
		}
		out.WriteString(" (")
		text = rest
	}
}
