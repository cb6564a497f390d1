// Package page renders a run of the benchmarks as a Markdown page and a chart, from its JSON alone.
package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/opendatahub-io/mpijob/bench/contender"
	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/stats"
)

// Render is the page; chart is the file name of its chart, beside it.
func Render(f *result.File, chart string) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }

	line("<!-- Rendered from a run's JSON by `cd bench && go run . -render ../docs/benchmarks.json`. Do not edit. -->")
	line("# Benchmarks\n")
	line("How long a small MPI job takes from the create call until a watch shows it finished, beside the other ways")
	line("of running it, in one run on one machine. `make bench` repeats it; every measurement is in its JSON.\n")
	line("%s", facts(f))
	line("%s", load(f))
	if f.Note != "" {
		line("\n%s", f.Note)
	}
	if !f.Complete {
		line("\n**The run was interrupted; this is what it had measured.**")
	}
	line("\n![Start times](%s)\n", chart)
	starts(line, f)
	marks(line, f)
	others(line, f)
	method(line, f)
	return []byte(b.String())
}

func facts(f *result.File) string {
	m := f.Machine
	return fmt.Sprintf("Measured %s: %d cores (%s), %.0f GiB, %s, Linux %s, cgroup %s, Kubernetes %s on that one machine. "+
		"Work: `%s`, %d Workers × %d slots, images present, %d rounds.",
		f.At.UTC().Format("2006-01-02 15:04 UTC"), m.Cores, cmp.Or(m.CPU, "unknown"), float64(m.MemoryBytes)/(1<<30), m.System, m.Kernel, m.Cgroup, m.Kubernetes,
		f.Work.Program, f.Work.Workers, f.Work.Slots, f.Work.Rounds)
}

// load tells a quiet machine from a busy one: on a busy one every figure is too high.
func load(f *result.File) string {
	var loads []float64
	for _, c := range f.Start {
		for _, r := range c.Runs {
			loads = append(loads, r.Load)
		}
	}
	s := stats.Summarize(loads)
	return fmt.Sprintf("Load average of the machine when the jobs began: p50 %.1f (%.1f–%.1f).", s.P50, s.Min, s.Max)
}

func starts(line func(string, ...any), f *result.File) {
	line("## Create → finished, seconds\n")
	line("| | n | min | p50 | p95 | max | mean ± sd | failed | launcher restarts | ÷ ours, p50 (min–max) | ÷ ours with sshd |")
	line("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, c := range f.Start {
		failed, restarts := 0, 0
		for _, r := range c.Runs {
			restarts += r.LauncherRestarts
			if r.Outcome != result.Succeeded {
				failed++
			}
		}
		s := c.Seconds
		line("| %s | %d | %.2f | **%.2f** | %.2f | %.2f | %.2f ± %.2f | %d | %d | %s | %s |",
			c.Title, s.N, s.Min, s.P50, s.P95, s.Max, s.Mean, s.StdDev, failed, restarts, ratio(c.ToOurs), ratio(c.ToOursSSHD))
	}
	line("")
}

func ratio(s *stats.Summary) string {
	if s == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", s.P50, s.Min, s.Max)
}

// steps are the moments on the way, in the order they are passed.
var steps = []struct {
	name string
	of   func(result.Marks) float64
}{
	{"pods created", func(m result.Marks) float64 { return m.PodsCreated }},
	{"scheduled", func(m result.Marks) float64 { return m.PodsScheduled }},
	{"Workers run", func(m result.Marks) float64 { return m.WorkersStarted }},
	{"Launcher runs", func(m result.Marks) float64 { return m.LauncherStarted }},
	{"Launcher ended", func(m result.Marks) float64 { return m.LauncherEnded }},
}

func marks(line func(string, ...any), f *result.File) {
	line("Where the time goes: p50 of the seconds until a watch on the pods showed\n")
	header, rule := "| |", "|---|"
	for _, step := range steps {
		header += " " + step.name + " |"
		rule += "--:|"
	}
	line("%s finished |\n%s--:|", header, rule)
	for _, c := range f.Start {
		row := "| " + c.Title + " |"
		for _, step := range steps {
			var values []float64
			for _, r := range c.Runs {
				if v := step.of(r.Marks); v > 0 && r.Outcome == result.Succeeded {
					values = append(values, v)
				}
			}
			if len(values) == 0 {
				row += " – |"
				continue
			}
			row += fmt.Sprintf(" %.2f |", stats.Summarize(values).P50)
		}
		line("%s %.2f |", row, c.Seconds.P50)
	}
	line("")
}

func others(line func(string, ...any), f *result.File) {
	if len(f.Kill) > 0 {
		line("## A Worker's container killed in mid-run\n")
		line("| | rounds | cause named | after, p50 (max) | what the status said at the end | launcher restarts |")
		line("|---|--:|--:|--:|---|--:|")
		for _, k := range f.Kill {
			after := fmt.Sprintf("not within %.0f s", k.Bound)
			if k.Named > 0 {
				after = fmt.Sprintf("%.2f s (%.2f)", k.Seconds.P50, k.Seconds.Max)
			}
			line("| %s | %d | %d | %s | %s | %d |", k.Title, k.Rounds, k.Named, after, cell(k.State), k.LauncherRestarts)
		}
		line("")
	}
	if f.Soak == nil && f.CLI == nil && f.Agent == nil {
		return
	}
	line("## The rest\n")
	if s := f.Soak; s != nil {
		line("- %d jobs of ours in a row: **%d failures, %d launcher restarts**; p50 %.2f s, p95 %.2f s, max %.2f s.",
			s.Jobs, s.Failures, s.LauncherRestarts, s.Seconds.P50, s.Seconds.P95, s.Seconds.Max)
		for _, message := range slices.Compact(slices.Sorted(slices.Values(s.Messages))) {
			line("  - %s", cell(message))
		}
	}
	if a := f.Agent; a != nil {
		line("- mpi-agent, the binary put into every pod: **%.2f MB**.", float64(a.Bytes)/1e6)
	}
	if c := f.CLI; c != nil {
		line("- `%s`, the whole process, %d times: min %.0f, **p50 %.0f**, p95 %.0f ms.", c.Command, c.Seconds.N, c.Seconds.Min*1000, c.Seconds.P50*1000, c.Seconds.P95*1000)
	}
	line("")
}

func method(line func(string, ...any), f *result.File) {
	line("## How it is measured\n")
	about := map[string]string{}
	for _, c := range contender.All() {
		about[c.Key] = c.About
	}
	for _, c := range f.Start {
		line("- **%s**: %s.", c.Title, about[c.Key])
	}
	line("")
	line("Every contender runs once a round, one after the other, in an order that moves on by one each round; ratios are")
	line("taken within a round. Time runs from just before the create call until the watch event that shows the end.")
	line("Each job is deleted and awaited gone before the next; neither that nor the first job of each contender counts.")
	line("Percentiles are nearest-rank: values that were measured, never interpolated. Failed runs have no time; they are")
	line("counted. Our admission webhook sees the MPI operator's jobs too, as both share one definition of MPIJob.")
}

// cell makes text safe inside a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(text)
}
