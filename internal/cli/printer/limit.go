package printer

import (
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// StopText is when a job that isn't finished will be stopped: "at 2026-01-03 12:00 UTC, in 24h". It is
// empty where nothing stops it.
func StopText(j *training.Job, now time.Time) string {
	switch {
	case j.Phase.Finished() || j.Phase == training.Terminating:
		return ""
	case j.StopsAt != nil:
		return fmt.Sprintf("at %s, in %s", j.StopsAt.UTC().Format("2006-01-02 15:04:05 UTC"), Left(j.StopsAt.Sub(now)))
	case j.TimeLimitSeconds > 0 && j.Phase == training.Suspended:
		return Age(time.Duration(j.TimeLimitSeconds*float64(time.Second))) + " after it is resumed"
	}
	return ""
}

// LimitText says of a time limit that nobody asked for where it comes from, and how to have another; empty for
// one that was asked for, and for a job that has ended. The dashboard says it in the same words.
func LimitText(j *training.Job) (origin, change string) {
	of := limitOrigin(j)
	if of == "" || j.Phase.Finished() {
		return "", ""
	}
	return limitLength(j) + ", " + of,
		fmt.Sprintf("another: --time-limit on creating; now, up to what the administrator allows the project: kubectl annotate mpijob %s -n %s %s=48h --overwrite", j.Name, j.Namespace, training.TimeLimitAnnotation)
}

func limitLength(j *training.Job) string {
	return Age(time.Duration(j.TimeLimitSeconds * float64(time.Second)))
}

// limitOrigin is where a time limit comes from that nobody asked for; empty for one that was asked for.
func limitOrigin(j *training.Job) string {
	switch {
	case j.TimeLimitIsNamespaces:
		return fmt.Sprintf("which the administrator of %s gives jobs that ask for none", j.Namespace)
	case j.TimeLimitIsDefault:
		return "which is the default of jobs made from flags or a form"
	}
	return ""
}

// LimitLine says in one line when a job that was just created will be stopped, and why then where nobody asked
// for it; empty where nothing stops it.
func LimitLine(j *training.Job, now time.Time) string {
	line := ""
	of := limitOrigin(j)
	if !stopsAtLimit(j) {
		of = ""
	}
	switch stops := StopText(j, now); {
	case stops != "":
		line = "stops " + stops
	case of != "" && j.Created.IsZero(): // which no cluster has seen
		return fmt.Sprintf("time limit %s, or what the administrator of %s gives jobs that ask for none (another: --time-limit)", limitLength(j), j.Namespace)
	case of != "": // of a dry run
		line = "time limit " + limitLength(j)
	}
	if of != "" {
		line += ", " + of + " (another: --time-limit)"
	}
	return line
}

// stopsAtLimit says whether it is its time limit that will stop a job, and not a deadline in its manifest before that.
func stopsAtLimit(j *training.Job) bool {
	started := j.Created
	if j.Started != nil {
		started = *j.Started
	}
	return j.StopsAt == nil || !j.StopsAt.Before(started.Add(time.Duration(j.TimeLimitSeconds*float64(time.Second))))
}
