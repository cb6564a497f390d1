package printer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// LivePage is what a screen of a width and a number of lines has room for of a job: how it stands,
// then the Launcher and each Worker. Where they don't fit, those in the same state are one line, what
// needs looking at before what is well.
func LivePage(d *training.Detail, s iostreams.Style, now time.Time, width, lines int) []string {
	var b strings.Builder
	title := s.Bold(d.Name) + "  " + Colour(s, d.Phase, Mark(d.Phase)+" "+string(d.Phase))
	if d.Started != nil {
		title += s.Dim("  " + Took(d.Duration()))
	}
	b.WriteString(title + "\n")
	most, small := 3, lines < 16 // lines of a value
	if small {
		most = 2
	}
	row := func(name, value string) {
		for i, l := range Wrap(value, max(20, width-14)) {
			if i == most {
				break
			}
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(&b, "  %s %s\n", s.Dim(Pad(name, 10)), l)
		}
	}
	if d.Phase != training.Failed && d.Phase != training.Running { // whose cause comes below, or is none
		row("message", Clean(tableMessage(&d.Job)))
	}
	row("progress", ProgressText(d.Progress, now))
	row("metrics", MetricsText(d.Progress))
	if !small {
		row("workers", Shape(&d.Job))
		row("stops", StopText(&d.Job, now))
	}
	if d.Phase == training.Failed {
		b.WriteString("\n")
		failureLines(&b, &d.Job, s, width)
	}
	b.WriteString("\n" + crew(d, s, width) + "\n")
	for _, n := range d.Notes {
		b.WriteString("  " + s.Yellow("note: ") + Clean(n) + "\n")
	}

	all := d.Members()
	room := lines - strings.Count(b.String(), "\n") - 1 // the table's head
	rows := memberRows(all, s, now)
	if len(rows)-1 > room {
		rows = groupRows(all, s, now)
	}
	hidden := 0
	if most := max(1, room-1); len(rows)-1 > most+1 {
		hidden = len(rows) - 1 - most
		rows = rows[:most+1]
	}
	var t strings.Builder
	_ = writeRows(&t, dropUseless(rows), s, max(0, width-2))
	indent(&b, t.String())
	if hidden > 0 {
		b.WriteString("  " + s.Dim(fmt.Sprintf("… %d more lines: odh training describe %s -n %s", hidden, d.Name, d.Namespace)) + "\n")
	}
	text := strings.Split(strings.TrimRight(withoutColour(b.String(), s), "\n"), "\n")
	return text[:min(len(text), max(1, lines))]
}

// states in the order in which they need looking at.
var states = []training.PodPhase{
	training.PodFailed, training.PodTerminating, training.PodPending, training.PodStarting, training.PodAbsent,
	training.PodRunning, training.PodSucceeded,
}

// crew are the Workers at a glance: a bar of their states, and how many are in each.
func crew(d *training.Detail, s iostreams.Style, width int) string {
	count := map[training.PodPhase]int{}
	for _, w := range d.WorkerPods {
		count[w.Phase]++
	}
	var counts []string
	for _, p := range slices.Backward(states) {
		if count[p] > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", count[p], p))
		}
	}
	text := strings.Join(counts, " · ")
	room := min(60, width-4-visible(text))
	if len(d.WorkerPods) == 0 || room < 10 {
		return "  " + text
	}
	var bar strings.Builder
	if len(d.WorkerPods) <= room {
		for _, w := range d.WorkerPods {
			bar.WriteString(Dot(s, w.Phase))
		}
	} else { // each state's part of the bar, none that is there without a place
		part, most, left := map[training.PodPhase]int{}, training.PodRunning, room
		for _, p := range states {
			if count[p] > 0 {
				part[p] = max(1, count[p]*room/len(d.WorkerPods))
				left -= part[p]
			}
			if part[p] > part[most] {
				most = p
			}
		}
		part[most] += left
		for _, p := range slices.Backward(states) {
			for range part[p] {
				bar.WriteString(Dot(s, p))
			}
		}
	}
	return "  " + bar.String() + "  " + text
}

// groupRows are a table's rows with a line for all Workers in the same state for the same reason.
func groupRows(all []training.Member, s iostreams.Style, now time.Time) [][]string {
	type group struct {
		first   training.Member
		workers []int
		nodes   map[string]bool
	}
	var groups []*group
	for _, m := range all {
		same := func(g *group) bool {
			return m.Index >= 0 && g.first.Index >= 0 && g.first.Phase == m.Phase && g.first.Reason == m.Reason && (g.first.Restarts > 0) == (m.Restarts > 0)
		}
		i := slices.IndexFunc(groups, same)
		if i < 0 {
			groups = append(groups, &group{first: m, nodes: map[string]bool{}})
			i = len(groups) - 1
		}
		g := groups[i]
		g.workers = append(g.workers, m.Index)
		g.nodes[m.Node] = true
		if g.first.Message != m.Message {
			g.first.Message = orElse(m.Reason, g.first.Message)
		}
	}
	slices.SortStableFunc(groups, func(a, b *group) int { return worry(a.first) - worry(b.first) })
	members := make([]training.Member, len(groups))
	for i, g := range groups {
		m := g.first
		if len(g.workers) > 1 {
			m.Where = Cut("Workers "+Ranks(g.workers), 28)
			m.Started, m.Ranks = nil, nil
			if len(g.nodes) > 1 {
				m.Node = fmt.Sprintf("%d nodes", len(g.nodes))
			}
		}
		members[i] = m
	}
	return memberRows(members, s, now)
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// worry orders members: what needs looking at, what is well; the Launcher before the Workers.
func worry(m training.Member) int {
	at := 2 * slices.Index(states, m.Phase)
	if m.Phase == training.PodRunning && m.Restarts > 0 {
		at--
	}
	if m.Index < 0 {
		at--
	}
	return at
}
