package main

import (
	"bytes"
	"fmt"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// troubleshooting renders the catalogue of failures: a symptom a user may have in front of them, the
// sentence it comes with, and what to change.
func troubleshooting() []byte {
	var b bytes.Buffer
	b.WriteString(`<!-- Generated from internal/failure by docs/gen. -->
# Troubleshooting

` + "`odh training describe JOB`" + ` shows why a job failed: where, the reason below, the last lines of the log and
what to change. The reason is also in the job's ` + "`Failed`" + ` condition and in its events. What is left of a failed
job is in [what survives](what-survives.md).

| Reason | What happened | And then |
|---|---|---|
`)
	for _, e := range failure.Catalogue() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", e.Reason, e.Reason.Anchor(), e.Title, andThen(e))
	}
	for _, e := range failure.Catalogue() {
		fmt.Fprintf(&b, "\n<a id=\"%s\"></a>\n## %s\n\n**Reason** `%s`\n", e.Reason.Anchor(), e.Title, e.Reason)
		for _, part := range []struct{ head, text string }{{"What you see", e.Symptom}, {"Why", e.Cause}, {"What to do", e.Advice}} {
			if part.text != "" {
				fmt.Fprintf(&b, "\n**%s.** %s\n", part.head, part.text)
			}
		}
	}
	return b.Bytes()
}

// andThen is what becomes of a job, in the words of docs/what-survives.md.
func andThen(e failure.Entry) string {
	switch r := e.Reason; {
	case r == failure.NodeLost || r == failure.WorkerEvicted || r == failure.WorkerLost || r == failure.PreemptedByHigherPriority:
		return "final; with `retry-lost-workers` a new attempt"
	case r == failure.Unschedulable || r == failure.QuotaExceeded || r == failure.ResourceConflict:
		return "the job waits; no try is spent"
	case r == failure.GangIncomplete:
		return "the job waits; final after `scheduleTimeoutSeconds`, where set"
	case e.Final:
		return "final: trying again unchanged can't help"
	default:
		return "tried again within backoffLimit"
	}
}
