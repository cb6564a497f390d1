package printer

import (
	"fmt"
	"io"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// fieldLabels are the names of fields as a person reads them.
var fieldLabels = map[string]string{
	"slotsPerWorker": "slots per Worker", "cpuPerWorker": "CPU per Worker", "workers": "Workers",
	"memoryPerWorker": "memory per Worker", "gpusPerWorker": "GPUs per Worker", "timeLimit": "time limit",
}

// Differences writes what is not the same in two jobs, a line each: "memory per Worker  512Mi → 1Gi".
func Differences(w io.Writer, list []training.Difference, s iostreams.Style) error {
	label := func(d training.Difference) string {
		if l := fieldLabels[d.Field]; l != "" {
			return l
		}
		return d.Field
	}
	value := func(v string, paint func(string) string) string {
		if v == "" {
			return s.Dim("not set")
		}
		return paint(Clean(v))
	}
	width := 0
	for _, d := range list {
		width = max(width, visible(label(d)))
	}
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "    %s  %s → %s\n", s.Dim(Pad(Clean(label(d)), width)), value(d.From, s.Red), value(d.To, s.Green))
	}
	_, err := io.WriteString(w, withoutColour(b.String(), s))
	return err
}

// MendCommands are what to type to make a better copy of a job that failed: whole where the remedy is known, with
// a gap to fill in where only its user knows what belongs there; none where a copy with another flag mends nothing.
func MendCommands(j *training.Job) []string {
	if j.Remedy != nil {
		return []string{CloneCommand(j, j.Remedy)}
	}
	flag := map[string]string{
		"image": "--image IMAGE", "command": "-- PROGRAM ARGS", "gpusPerWorker": "--gpus-per-worker NUMBER",
		"slotsPerWorker": "--slots-per-worker NUMBER", "memoryPerWorker": "--memory-per-worker SIZE",
		"cpuPerWorker": "--cpu-per-worker NUMBER", "timeLimit": "--time-limit LONG",
	}[j.Mend]
	if flag == "" {
		return nil
	}
	return []string{"odh training clone " + j.Name + " -n " + j.Namespace + " " + flag}
}

// CloneCommand is what to type to clone a job with changes.
func CloneCommand(j *training.Job, c *training.Changes) string {
	line := "odh training clone " + j.Name
	if c.MemoryPerWorker != nil {
		line += " --memory-per-worker " + c.MemoryPerWorker.String()
	}
	return line + " -n " + j.Namespace
}
