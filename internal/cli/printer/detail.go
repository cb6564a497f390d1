package printer

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Page writes everything about a job, for a person: the cause first where it failed.
func Page(w io.Writer, d *training.Detail, s iostreams.Style, now time.Time, width int) error {
	var b strings.Builder
	head(&b, d, s, now)
	if d.Phase == training.Failed {
		b.WriteString("\n")
		failureLines(&b, &d.Job, s, width)
		nextLines(&b, s, MendCommands(&d.Job)...)
	}
	b.WriteString("\n")
	if len(d.Members()) > 0 {
		members(&b, d, s, now, width)
	}
	family(&b, d, s)
	if len(d.Events) > 0 {
		b.WriteString("\n")
		events(&b, d.Events, s, now, width)
	}
	for _, n := range d.Notes {
		b.WriteString("\n" + s.Yellow("note: ") + Clean(n) + "\n")
	}
	_, err := io.WriteString(w, withoutColour(b.String(), s))
	return err
}

func head(b *strings.Builder, d *training.Detail, s iostreams.Style, now time.Time) {
	fmt.Fprintf(b, "%s  %s\n", s.Bold(d.Name), Colour(s, d.Phase, Mark(d.Phase)+" "+string(d.Phase)))
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "  %s %s\n", s.Dim(Pad(name, 10)), value)
		}
	}
	if d.Phase != training.Failed { // whose cause comes below
		row("message", Clean(tableMessage(&d.Job)))
	}
	row("namespace", d.Namespace)
	row("type", string(d.Type))
	row("workers", Shape(&d.Job))
	row("resources", asked(&d.Job))
	row("queue", Clean(d.Queue))
	row("image", Clean(d.Image))
	created := Age(now.Sub(d.Created)) + " ago"
	if d.Creator != "" {
		created += " by " + Clean(shortUser(d.Creator))
	}
	if d.ClonedFrom != "" {
		created += ", a copy of " + Clean(d.ClonedFrom)
	}
	row("created", created)
	if d.Attempt > 1 {
		row("attempt", fmt.Sprint(d.Attempt))
	}
	row("steps", steps(&d.Job))
	if d.Started != nil {
		took := Took(d.Duration())
		if d.Finished == nil {
			took += " so far"
		}
		row("duration", took)
	}
	row("progress", ProgressText(d.Progress, now))
	row("metrics", MetricsText(d.Progress))
	if d.Cost != nil {
		row("cost", Clean(d.Cost.Text))
	}
	row("stops", StopText(&d.Job, now))
	if origin, change := LimitText(&d.Job); origin != "" {
		row("time limit", origin)
		row("", s.Dim(change))
	}
}

// asked is what all of a job asks for: "12.1 CPU, 48 GiB memory, 4 GPUs in total"; where its Workers name nothing,
// that what there is is the Launcher's.
func asked(j *training.Job) string {
	text := amounts(j.TotalResources)
	if text == "" {
		return ""
	}
	if each := j.ResourcesPerWorker; j.Type == training.TypeMPIJob && each.CPU.IsZero() && each.Memory.IsZero() && each.GPUs == 0 {
		return text + " for the Launcher; the Workers name none"
	}
	return text + " in total"
}

// steps are a job's timeline, each step with the time since its creation: "Started +2.0s, Running +5.1s".
func steps(j *training.Job) string {
	var parts []string
	for _, s := range j.Timeline {
		if after := s.At.Sub(j.Created); s.Name != "Created" {
			parts = append(parts, s.Name+" +"+Took(after))
		}
	}
	return strings.Join(parts, ", ")
}

// family lists the copies and retries a job belongs to.
func family(b *strings.Builder, d *training.Detail, s iostreams.Style) {
	if len(d.Family) == 0 {
		return
	}
	b.WriteString("\n  " + s.Dim("copies and retries") + "\n")
	for _, r := range d.Family {
		from := ""
		if r.ClonedFrom != "" {
			from = "  from " + Clean(r.ClonedFrom)
		}
		mark := "  "
		if r.Name == d.Name {
			mark = "▸ "
		}
		fmt.Fprintf(b, "  %s%s  %s%s\n", mark, r.Name, Colour(s, r.Phase, Mark(r.Phase)+" "+string(r.Phase)), s.Dim(from))
	}
}

// Shape is a job's size: "3 Workers × 2 slots = 6 ranks".
func Shape(j *training.Job) string {
	return fmt.Sprintf("%s × %s = %s", count(int(j.Workers.Total), "Worker"), count(int(j.SlotsPerWorker), "slot"), count(j.Ranks(), "rank"))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// failureLines are the cause, the advice and the end of the log.
func failureLines(b *strings.Builder, j *training.Job, s iostreams.Style, width int) {
	width = max(40, min(width, 100)) - 12
	section := func(name string, paint func(string) string, lines []string) {
		for i, l := range lines {
			label := ""
			if i == 0 {
				label = name
			}
			fmt.Fprintf(b, "  %s %s\n", s.Dim(Pad(label, 10)), paint(l))
		}
	}
	plain := func(t string) string { return t }
	section("cause", func(t string) string { return s.Red(s.Bold(t)) }, Wrap(Clean(j.Cause()), width))
	if j.Failure == nil {
		return
	}
	section("what to do", plain, Wrap(j.Failure.Advice(), width))
	section("more", s.Dim, []string{j.Failure.Docs()})
	if len(j.Failure.LogTail) > 0 {
		var lines []string
		for _, l := range j.Failure.LogTail {
			if strings.Trim(l, "- ") != "" { // not the rules mpirun draws around what it says
				lines = append(lines, Clean(l))
			}
		}
		section("last lines", s.Dim, lines)
	}
}

// nextLines are commands to type next.
func nextLines(b *strings.Builder, s iostreams.Style, commands ...string) {
	for i, c := range commands {
		label := ""
		if i == 0 {
			label = "next"
		}
		fmt.Fprintf(b, "  %s %s\n", s.Dim(Pad(label, 10)), c)
	}
}

func members(b *strings.Builder, d *training.Detail, s iostreams.Style, now time.Time, width int) {
	rows := memberRows(d.Members(), s, now)
	var t strings.Builder
	_ = writeRows(&t, dropUseless(rows), s, width-2)
	indent(b, t.String())
}

func memberRows(list []training.Member, s iostreams.Style, now time.Time) [][]string {
	rows := [][]string{{"", "", "STATE", "RANKS", "NODE", "UP", "RESTARTS", "REASON"}}
	for _, m := range list {
		up := "-"
		if m.Started != nil && m.Phase == training.PodRunning {
			up = Age(now.Sub(*m.Started))
		}
		why := Clean(m.Message)
		if m.Message == "" && m.Phase != training.PodRunning {
			why = Clean(m.Reason)
		}
		rows = append(rows, []string{Dot(s, m.Phase), m.Where, string(m.Phase), dash(Ranks(m.Ranks)), dash(m.Node), up, fmt.Sprint(m.Restarts), why})
	}
	return rows
}

// dropUseless leaves out the columns that say the same nothing for all.
func dropUseless(rows [][]string) [][]string {
	out := make([][]string, len(rows))
	for c := range rows[0] {
		useful := c < 3 || c == len(rows[0])-1
		for _, r := range rows[1:] {
			useful = useful || r[c] != "-" && r[c] != "0"
		}
		if useful {
			for i := range rows {
				out[i] = append(out[i], rows[i][c])
			}
		}
	}
	return out
}

func events(b *strings.Builder, list []training.Event, s iostreams.Style, now time.Time, width int) {
	rows := [][]string{{"AGE", "ABOUT", "EVENT", "MESSAGE"}}
	hidden := 0
	for _, e := range list {
		if routine(e) {
			hidden++
			continue
		}
		reason, message := eventText(e, s)
		rows = append(rows, []string{Age(now.Sub(e.At)), e.About, reason, message})
	}
	var t strings.Builder
	if len(rows) > 1 {
		_ = writeRows(&t, rows, s, width-2)
	}
	if hidden > 0 {
		t.WriteString(s.Dim(fmt.Sprintf("and %s of its pods; -o json has them", count(hidden, "routine event"))) + "\n")
	}
	indent(b, t.String())
}

// routine says whether an event is what happens to every pod of every job: with many Workers these
// would hide the ones that matter.
func routine(e training.Event) bool {
	if e.Warning || e.About == "MPIJob" {
		return false
	}
	switch e.Reason {
	case "DeadlineExceeded", // by which a Launcher that can't succeed any more is stopped
		"Scheduled", "Pulling", "Pulled", "Created", "Started", "Killing", "SuccessfulAttachVolume":
		return true
	}
	return false
}

func indent(b *strings.Builder, text string) {
	for line := range strings.Lines(text) {
		b.WriteString("  " + line)
	}
}

// Card is what a person sees of a job that failed, when it did: what, why, what to do, what to type.
func Card(w io.Writer, j *training.Job, s iostreams.Style, width int) error {
	var body strings.Builder
	failureLines(&body, j, s, width-4)
	ns := " -n " + j.Namespace
	next := []string{"odh training logs " + j.Name + ns, "odh training describe " + j.Name + ns}
	nextLines(&body, s, append(MendCommands(j), next...)...)
	title := fmt.Sprintf("✗ %s failed", j.Name)
	if j.Started != nil {
		title += " after " + Took(j.Duration())
	}
	var b strings.Builder
	bar := s.Red("│")
	fmt.Fprintf(&b, "%s %s\n%s\n", s.Red("╭─"), s.Red(s.Bold(title)), bar)
	for line := range strings.Lines(body.String()) {
		b.WriteString(bar + line)
	}
	b.WriteString(s.Red("╰─") + "\n")
	_, err := io.WriteString(w, withoutColour(b.String(), s))
	return err
}
