package printer

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// almostFull is the part of a quota, in percent, from which it is marked.
const almostFull = 90

// BoardText writes what jobs take of namespaces, one namespace after the other.
func BoardText(w io.Writer, b *training.UsageBoard, s iostreams.Style, now time.Time, width int) error {
	for i, u := range b.Items {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s: %s\n", s.Bold(u.Namespace), boardTotal(u))
		for _, rows := range [][][]string{quotaRows(u.Quotas, s), creatorRows(u.Creators), waitingRows(u, now)} {
			if len(rows) == 1 {
				continue
			}
			fmt.Fprintln(w)
			if err := writeRows(w, rows, s, width); err != nil {
				return err
			}
		}
		if more := u.WaitingJobs - len(u.Waiting); more > 0 {
			fmt.Fprintf(w, "and %d more that wait\n", more)
		}
	}
	return nil
}

func boardTotal(u training.NamespaceUsage) string {
	jobs := func(n int, one, many string) string {
		switch n {
		case 0:
			return "no jobs " + many
		case 1:
			return "1 job " + one
		}
		return fmt.Sprintf("%d jobs %s", n, many)
	}
	text := jobs(u.Jobs, "runs", "run")
	switch {
	case u.Workers == 1:
		text += "; 1 Worker is there"
	case u.Workers > 1:
		text += fmt.Sprintf("; %d Workers are there", u.Workers)
	}
	if r := amounts(u.Resources); r != "" {
		text += ", with " + r
	}
	if u.WaitingJobs > 0 {
		text += "; " + jobs(u.WaitingJobs, "waits", "wait")
	}
	return text
}

// amounts are what is asked for, in words: "12.1 CPU, 48 GiB memory, 4 GPUs"; empty where that is nothing.
func amounts(r training.Resources) string {
	var out []string
	if !r.CPU.IsZero() {
		out = append(out, coresText(r.CPU)+" CPU")
	}
	if !r.Memory.IsZero() {
		out = append(out, memoryText(r.Memory)+" memory")
	}
	if r.GPUs > 0 {
		out = append(out, count(int(r.GPUs), "GPU"))
	}
	return strings.Join(out, ", ")
}

func quotaRows(quotas []training.QuotaUsage, s iostreams.Style) [][]string {
	rows := [][]string{{"QUOTA", "RESOURCE", "USED", "LIMIT", "PART"}}
	for _, q := range quotas {
		part := fmt.Sprintf("%.0f%%", q.Percent)
		switch {
		case q.Percent >= 100:
			part = s.Red(part + " full")
		case q.Percent >= almostFull:
			part = s.Yellow(part)
		}
		rows = append(rows, []string{q.Quota, q.Resource, q.Used, q.Limit, part})
	}
	return rows
}

func creatorRows(creators []training.CreatorUsage) [][]string {
	rows := [][]string{{"CREATOR", "JOBS", "WAITING", "WORKERS", "GPUS", "CPU", "MEMORY"}}
	for _, c := range creators {
		rows = append(rows, []string{dash(Clean(shortUser(c.Creator))), strconv.Itoa(c.Jobs), strconv.Itoa(c.Waiting), strconv.Itoa(int(c.Workers)),
			strconv.FormatInt(c.Resources.GPUs, 10), coresText(c.Resources.CPU), memoryText(c.Resources.Memory)})
	}
	return rows
}

func waitingRows(u training.NamespaceUsage, now time.Time) [][]string {
	rows := [][]string{{"WAITS", "PHASE", "AGE", "CREATOR", "QUEUE", "ASKS FOR", "WHY"}}
	for _, j := range u.Waiting {
		rows = append(rows, []string{j.Name, string(j.Phase), Age(now.Sub(j.Created)), dash(Clean(shortUser(j.Creator))), dash(j.Queue), dash(amounts(j.Resources)),
			dash(Clean(strings.ReplaceAll(j.Message, "\n", " ")))})
	}
	return rows
}
