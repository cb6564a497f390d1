package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/scale"
	"github.com/opendatahub-io/mpijob/bench/stats"
)

// What we hold ourselves to.
const (
	toTrainer  = 1.1 // at most: ours divided by bare Trainer
	toOperator = 3.0 // at least: the MPI operator at its defaults divided by ours
	toMemory   = 0.5 // at most: ours divided by the MPI operator
)

// RenderScale is the page of the measurements of scale.
func RenderScale(f *result.Scale) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("<!-- Rendered from a run's JSON by `cd bench && go run . -scale -render ../docs/benchmarks-scale.json`. Do not edit. -->")
	line("# Benchmarks of scale\n")
	line("How fast jobs become running pods where there are many of them, and what memory the controllers need, beside the")
	line("MPI operator, Kubeflow Trainer alone and pods made by hand, in one run on one machine. The control plane and all")
	line("controllers are real. **The %d nodes are fake**: kwok plays their kubelets, and nothing runs in their pods, so that", f.Nodes)
	line("no time goes into starting containers. Start times of jobs that really run are in [benchmarks](benchmarks.md).")
	line("`make bench-scale` repeats it; every measurement is in its JSON.\n")
	line("%s, all of it on that one machine.", measured(f.At, f.Machine))
	if s := loads(f); s.N > 0 {
		line("Load average of the machine when the runs began: p50 %.1f (%.1f–%.1f).", s.P50, s.Min, s.Max)
	}
	if f.Note != "" {
		line("\n%s", f.Note)
	}
	if !f.Complete {
		line("\n**The run was interrupted; this is what it had measured.**")
	}
	if len(f.Skipped) > 0 {
		line("\nNot measured, for want of time: %s.", strings.Join(f.Skipped, ", "))
	}
	line("")
	targets(line, f)
	for i := range f.Blocks {
		scaleBlock(line, &f.Blocks[i])
	}
	settings(line, f)
	memory(line, f.Memory)
	scaleMethod(line, f)
	return []byte(b.String())
}

// measured is when something was measured, and on what.
func measured(at time.Time, m result.Machine) string {
	return fmt.Sprintf("Measured %s: %d cores (%s), %.0f GiB, %s, Linux %s, Kubernetes %s",
		at.UTC().Format("2006-01-02 15:04 UTC"), m.Cores, cmp.Or(m.CPU, "unknown"), float64(m.MemoryBytes)/(1<<30), m.System, m.Kernel, m.Kubernetes)
}

func loads(f *result.Scale) stats.Summary {
	var values []float64
	for _, b := range f.Blocks {
		for _, c := range b.Contenders {
			for _, r := range c.Runs {
				values = append(values, r.Load)
			}
		}
	}
	return stats.Summarize(values)
}

// targets says of every target what was measured, also where it is missed.
func targets(line func(string, ...any), f *result.Scale) {
	line("## Targets\n")
	line("| | target | measured, p50 (min–max) of the ratios within a round | |\n|---|---|---|---|")
	row := func(what, target, measured string, met bool) {
		verdict := "missed"
		if met {
			verdict = "met"
		}
		line("| %s | %s | %s | **%s** |", what, target, measured, verdict)
	}
	for i := range f.Blocks {
		b := &f.Blocks[i]
		where := b.Shape.Title + "; " + b.Settings.Title
		if s := b.Ratio(result.ScaleOurs, result.ScaleTrainer); s != nil {
			row(where, fmt.Sprintf("≤ %.1f × bare Trainer", toTrainer), ratio(s), s.P50 <= toTrainer)
		}
		if s := b.Ratio(result.ScaleOperator, result.ScaleOurs); s != nil {
			row(where, fmt.Sprintf("≥ %.0f × faster than the MPI operator at its defaults", toOperator), ratio(s), s.P50 >= toOperator)
		}
	}
	if m := f.Memory; m != nil {
		of := held(m)
		for _, at := range moments {
			ours, peer := largest(at.of(of[result.ScaleOurs])), largest(at.of(of[result.ScaleOperator]))
			if ours > 0 && peer > 0 {
				share := float64(ours) / float64(peer)
				row(fmt.Sprintf("memory at %d finished and %d running jobs, %s", m.Finished, m.Running, at.name),
					fmt.Sprintf("≤ %.1f × the MPI operator's", toMemory), fmt.Sprintf("%.2f", share), share <= toMemory)
			}
		}
	}
	line("")
}

func scaleBlock(line func(string, ...any), b *result.Block) {
	rounds := 0
	for _, c := range b.Contenders {
		rounds = max(rounds, len(c.Runs))
	}
	line("## %s; %s\n", upper(b.Shape.Title), b.Settings.Title)
	line("Seconds from the first create call until a watch showed the last of %d pods running; rounds: %d.\n", b.Shape.Pods(), rounds)
	line("| | n | min | p50 | max | all submitted | pods created | pods scheduled | not in time | ÷ ours, p50 (min–max) |")
	line("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, c := range b.Contenders {
		failed := 0
		var submitted, created, scheduled []float64
		for _, r := range c.Runs {
			if r.Outcome != result.Succeeded {
				failed++
				continue
			}
			submitted, created, scheduled = append(submitted, r.Submitted), append(created, r.Created), append(scheduled, r.Scheduled)
		}
		s := c.Seconds
		if len(c.Runs) == 0 {
			continue // its turn didn't come
		}
		if s.N == 0 {
			line("| %s | 0 | – | – | – | – | – | – | %d | – |", c.Title, failed)
			continue
		}
		line("| %s | %d | %.2f | **%.2f** | %.2f | %.2f | %.2f | %.2f | %d | %s |", c.Title, s.N, s.Min, s.P50, s.Max,
			stats.Summarize(submitted).P50, stats.Summarize(created).P50, stats.Summarize(scheduled).P50, failed, ratio(c.ToOurs))
	}
	line("")
}

// settings compares the same shape under the settings of the control plane.
func settings(line func(string, ...any), f *result.Scale) {
	find := func(settings, shape string) *result.Block {
		for i, b := range f.Blocks {
			if b.Settings.Key == settings && b.Shape.Key == shape {
				return &f.Blocks[i]
			}
		}
		return nil
	}
	line("## What the control plane's settings do\n")
	for _, s := range []result.Settings{scale.Raised, scale.Defaults} {
		line("- **%s**: %s.", s.Title, s.About)
	}
	var rows []string
	for _, shape := range []result.Shape{scale.One, scale.Many} {
		slow, fast := find(scale.Defaults.Key, shape.Key), find(scale.Raised.Key, shape.Key)
		if slow == nil || fast == nil {
			continue
		}
		for i, c := range slow.Contenders {
			if a, z := c.Seconds, fast.Contenders[i].Seconds; a.N > 0 && z.N > 0 {
				rows = append(rows, fmt.Sprintf("| %s: %s | %.2f | %.2f | %.1f |", shape.Title, c.Title, a.P50, z.P50, a.P50/z.P50))
			}
		}
	}
	if len(rows) == 0 {
		line("\nThis run has not measured both.")
	} else {
		line("\np50, seconds:\n")
		line("| | %s | %s | ratio of the two |\n|---|--:|--:|--:|", scale.Defaults.Title, scale.Raised.Title)
		line("%s", strings.Join(rows, "\n"))
	}
	line("\n**Recommendation** for a cluster that starts large jobs: raise kube-controller-manager's `--kube-api-qps` and")
	line("`--kube-api-burst` (20 and 30 by default). Kubernetes' Job controller makes the Workers' pods, for ours as for")
	line("Trainer alone, and at its default it makes 20 of them a second, whatever the controllers above it do. On OpenShift")
	line("the cluster's operator starts kube-controller-manager, with figures of its own: look there first. Our controller")
	line("needs no setting, and Trainer's `clientConnection` (50 requests a second by default) is worth raising where dozens of")
	line("jobs start at once; here it is 500. The MPI operator makes its Workers itself: its own `--kube-api-qps` (5 by")
	line("default) is what slows it down, and the control plane's matter little to it.\n")
}

// moments at which memory is read.
var moments = []struct {
	name string
	of   func(result.Processes) []int64
}{
	{"as they came in", func(p result.Processes) []int64 { return p.Loaded }},
	{"after a restart", func(p result.Processes) []int64 { return p.Fresh }},
}

func held(m *result.Memory) map[string]result.Processes {
	of := map[string]result.Processes{}
	for _, p := range m.Processes {
		of[p.Key] = p
	}
	return of
}

func memory(line func(string, ...any), m *result.Memory) {
	if m == nil {
		return
	}
	line("## Memory\n")
	line("Resident memory of the controllers' processes in MB: idle before any job; with %d finished and %d running jobs of", m.Finished, m.Running)
	line("%d Workers of each controller's own, as they came in; and after the process was started anew with all of them there.", m.Workers)
	line("Where a controller has several replicas the largest counts, and the sum is beside it.\n")
	line("| | idle | as they came in | after a restart | per job, after a restart |\n|---|--:|--:|--:|--:|")
	for _, p := range m.Processes {
		each := "–"
		if jobs := int64(m.Finished + m.Running); jobs > 0 && largest(p.Fresh) > largest(p.Idle) && p.Key != result.ScaleTrainer && p.Key != "jobset" {
			each = fmt.Sprintf("%d kB", (largest(p.Fresh)-largest(p.Idle))/jobs/1000)
		}
		line("| %s | %s | %s | %s | %s |", p.Title, megabytes(p.Idle), megabytes(p.Loaded), megabytes(p.Fresh), each)
	}
	line("\nOurs stands on Trainer and JobSet, which hold the same jobs once more: the honest total is the sum of the three.")
	line("The finished jobs are real to the controllers: each was created with one Worker, got its pods on a fake node, its")
	line("Launcher's pod was made to succeed by kwok, and the controller did the rest. Trainer and JobSet were not started anew.\n")
}

func megabytes(sizes []int64) string {
	if len(sizes) == 0 {
		return "–"
	}
	text := fmt.Sprintf("**%.0f**", float64(largest(sizes))/1e6)
	if len(sizes) > 1 {
		sum := int64(0)
		for _, s := range sizes {
			sum += s
		}
		text += fmt.Sprintf(" (%.0f in %d processes)", float64(sum)/1e6, len(sizes))
	}
	return text
}

func largest(sizes []int64) int64 {
	if len(sizes) == 0 {
		return 0
	}
	return slices.Max(sizes)
}

func scaleMethod(line func(string, ...any), f *result.Scale) {
	line("## How it is measured\n")
	for _, c := range scale.All() {
		line("- **%s**: %s.", c.Title, c.About)
	}
	line("\nIn a round every contender has one turn, one after the other, in an order that moves on by one each round; ratios are")
	line("taken within a round, so that what disturbs the whole machine cancels out. Everything of a turn is created with %d calls", f.Parallel)
	line("at once, the same for all; it is deleted and awaited gone before the next turn. A controller that was started anew does")
	line("a small job before it is measured. Percentiles are nearest-rank. Runs not done in time have no time; they are counted.")
	line("Ours makes of each MPIJob a Secret, a ConfigMap, a Service, a TrainingRuntime and a TrainJob; the bare TrainJob needs")
	line("none of these, and its runtime was there before. On two cores the API server's, etcd's and the controllers' work share")
	line("what there is, so that a contender that asks for more objects takes longer by just that.")
}

func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
