package printer

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// TableOptions say how a table of jobs looks.
type TableOptions struct {
	Wide          bool
	AllNamespaces bool
	Now           time.Time
	Style         iostreams.Style
	// Marks puts a symbol before each phase, for terminals.
	Marks bool
	// Width cuts the last column; 0 doesn't.
	Width int
}

// Table writes jobs, one a line.
func Table(w io.Writer, jobs []*training.Job, o TableOptions) error {
	header := []string{"NAME", "PHASE", "WORKERS", "DURATION", "AGE", "CREATOR"}
	// What kind of job each is matters where there are several kinds.
	types := slices.ContainsFunc(jobs, func(j *training.Job) bool { return j.Type != jobs[0].Type })
	if types {
		header = slices.Insert(header, 1, "TYPE")
	}
	// Most programs don't tell how far they are.
	progress := slices.ContainsFunc(jobs, func(j *training.Job) bool { return ProgressText(j.Progress, o.Now) != "" })
	if progress {
		header = slices.Insert(header, slices.Index(header, "AGE"), "PROGRESS")
	}
	if o.AllNamespaces {
		header = append([]string{"NAMESPACE"}, header...)
	}
	if o.Wide {
		header = append(header, "STOPS", "LAUNCHER", "SLOTS", "CPU", "MEMORY", "GPUS", "QUEUE", "IMAGE")
	}
	header = append(header, "MESSAGE")
	rows := [][]string{header}
	age := slices.Index(header, "AGE")
	for _, j := range jobs {
		phase := string(j.Phase)
		if o.Marks {
			phase = Mark(j.Phase) + " " + phase
		}
		duration := "-"
		if j.Started != nil {
			duration = Took(j.Duration())
		}
		workers := dash(j.Workers.Text(j.Phase)) // a TrainJob may leave them to its runtime
		row := []string{j.Name, Colour(o.Style, j.Phase, phase), workers, duration, Age(o.Now.Sub(j.Created)), dash(shortUser(j.Creator))}
		if types {
			row = slices.Insert(row, 1, string(j.Type))
		}
		if o.AllNamespaces {
			row = append([]string{j.Namespace}, row...)
		}
		if progress {
			row = slices.Insert(row, age-1, dash(tableProgress(j.Progress, o)))
		}
		if o.Wide {
			r := j.TotalResources
			row = append(row, stopsIn(j, o.Now), string(j.Launcher), fmt.Sprint(j.SlotsPerWorker),
				zero(coresText(r.CPU)), zero(r.Memory.String()), zero(fmt.Sprint(r.GPUs)), dash(j.Queue), dash(j.Image))
		}
		message := tableMessage(j)
		if message == "" && j.ClonedFrom != "" {
			message = "a copy of " + j.ClonedFrom
		}
		rows = append(rows, append(row, Clean(message)))
	}
	return writeRows(w, rows, o.Style, o.Width)
}

// tableProgress leaves the time that is left to wide tables: the message needs the room.
func tableProgress(p *training.Progress, o TableOptions) string {
	if p != nil && p.Percent != nil && !o.Wide {
		return fmt.Sprintf("%d%%", *p.Percent)
	}
	return ProgressText(p, o.Now)
}

// tableMessage is what a list says about a job: why it failed or what it waits for. That a running
// job runs needs no words.
func tableMessage(j *training.Job) string {
	if j.Phase == training.Running || j.Phase == training.Succeeded {
		return ""
	}
	return strings.ReplaceAll(j.Message, "\n", " ")
}

// stopsIn is how long a job may still go on.
func stopsIn(j *training.Job, now time.Time) string {
	if j.StopsAt == nil || StopText(j, now) == "" {
		return "-"
	}
	return "in " + Left(j.StopsAt.Sub(now))
}

// shortUser leaves out of a service account's name what every one has.
func shortUser(s string) string {
	return strings.TrimPrefix(s, "system:serviceaccount:")
}

// zero is a dash for an amount of nothing.
func zero(s string) string {
	if s == "0" {
		return "-"
	}
	return s
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// writeRows aligns columns two spaces apart; the last is cut to the width and never padded.
func writeRows(w io.Writer, rows [][]string, style iostreams.Style, width int) error {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, c := range r {
			widths[i] = max(widths[i], visible(c))
		}
	}
	var b strings.Builder
	for n, r := range rows {
		var line strings.Builder
		used := 0
		for i, c := range r {
			if i == len(r)-1 {
				if width > 0 && used+visible(c) > width {
					c = Cut(c, max(12, width-used))
				}
				line.WriteString(c)
				break
			}
			line.WriteString(Pad(c, widths[i]) + "  ")
			used += widths[i] + 2
		}
		text := strings.TrimRight(line.String(), " ")
		if n == 0 {
			text = style.Dim(text)
		}
		b.WriteString(text + "\n")
	}
	_, err := io.WriteString(w, withoutColour(b.String(), style))
	return err
}
