package page

import (
	"fmt"
	"strings"

	"github.com/opendatahub-io/mpijob/bench/result"
)

// What we hold the service to.
const (
	toAdded = 0.250 // seconds a submission's p95 may take beyond the API server's
	toReads = 1000  // reads a second
	toSeen  = 0.100 // seconds until 99 of 100 have a change
	toIdle  = 32    // KiB of an idle subscriber
	toList  = 0.300 // seconds of the command
)

// RenderService is the page of the measurements of the training service.
func RenderService(f *result.Service) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("<!-- Rendered from a run's JSON by `cd bench && go run . -service -render ../docs/benchmarks-service.json`. Do not edit. -->")
	line("# Benchmarks of the training service\n")
	line("What the service takes and gives, as its users meet it: the pod of the sandbox, with its limits, over TLS, by %d clients", f.Clients)
	line("at once, at which users with tokens of their own take turns. Beside it the same is done without it: at the API server itself, by asking anew every three seconds")
	line("as dashboards do, and by a loop of kubectl. `make bench-service` repeats it; every figure is in its JSON.\n")
	line("%s. Service, API server, etcd and all clients share", measured(f.At, f.Machine))
	line("that one machine. The jobs are real objects that no controller runs (`managedBy`).")
	if f.Note != "" {
		line("\n%s", f.Note)
	}
	if !f.Complete {
		line("\n**The run was interrupted; this is what it had measured.**")
	}
	serviceTargets(line, f)
	line("## Requests, %d clients at once\n", f.Clients)
	line("| | turn | n | a second | p50 | p95 | max, ms | CPU ms each: service | API server | KiB each |")
	line("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
	sides(line, "a job is submitted", f.Submit)
	sides(line, fmt.Sprintf("one of %d jobs is read", f.Jobs), f.Read)
	sides(line, "the newest 50 jobs; at the API server all", f.Page)
	line("")
	changes(line, f)
	lists(line, f)
	line("## How it is measured\n")
	line("Turns alternate; who is first alternates too. The first requests of a turn, which open the connection and have the")
	line("tokens looked at, do not count. A change is a job's status written to the API server; its time runs from just before")
	line("that until the reader has its bytes, decoded from TLS. What subscribers hold is the service's memory with them less")
	line("without them, each read after Go's runtime has collected twice; what is resident is compared with before the first of")
	line("them, as memory is given back late. Percentiles are nearest-rank.")
	return []byte(b.String())
}

func serviceTargets(line func(string, ...any), f *result.Service) {
	line("\n## Targets\n")
	line("| | target | measured | |\n|---|---|---|---|")
	row := func(what, target, measured string, met bool) {
		line("| %s | %s | %s | **%s** |", what, target, measured, map[bool]string{true: "met", false: "missed"}[met])
	}
	if s := f.Submit; s != nil && s.Added.N > 0 {
		row(fmt.Sprintf("submission by %d clients at once, p95", f.Clients), "< 250 ms above the API server's",
			fmt.Sprintf("%+.0f ms (%+.0f to %+.0f)", s.Added.P50*1000, s.Added.Min*1000, s.Added.Max*1000), s.Added.P50 < toAdded)
	}
	if s := f.Read; s != nil && len(s.Service) > 0 {
		low, high := s.Service[0].PerSecond, 0.0
		for _, t := range s.Service {
			low, high = min(low, t.PerSecond), max(high, t.PerSecond)
		}
		row("reads of a job", "> 1,000/s", fmt.Sprintf("%.0f to %.0f/s; %.2f (%.2f–%.2f) × the API server's", low, high, s.Ratio.P50, s.Ratio.Min, s.Ratio.Max), low > toReads)
	}
	for _, c := range f.Changes {
		if c.Key == "stream" {
			row(fmt.Sprintf("change → bytes at %d subscribers, %d jobs, p99", c.Subscribers, f.Jobs), "≤ 100 ms", fmt.Sprintf("%.0f ms", c.P99*1000), c.P99 <= toSeen && c.Missed == 0)
		}
	}
	for _, i := range f.Idle {
		row(fmt.Sprintf("each of %d idle subscribers, %s", i.Subscribers, i.Over), "≤ 32 KiB",
			fmt.Sprintf("%.1f KiB in use by Go, %.1f KiB resident", i.HeapAndRest/1024, i.Resident/1024), i.Resident <= toIdle*1024)
	}
	if len(f.Lists) > 0 {
		s := f.Lists[0].Seconds
		row(fmt.Sprintf("`%s` of %d jobs, p95", f.Lists[0].Command, f.Jobs), "≤ 300 ms", fmt.Sprintf("%.0f ms", s.P95*1000), s.P95 <= toList)
	}
	line("")
}

func sides(line func(string, ...any), what string, s *result.Sides) {
	if s == nil {
		return
	}
	for _, side := range []struct {
		name  string
		turns []result.Turn
	}{{"service", s.Service}, {"API server", s.Direct}} {
		for i, t := range side.turns {
			n := float64(max(t.Seconds.N, 1))
			line("| %s, %s | %d | %d | **%.0f** | %.1f | %.1f | %.1f | %.2f | %.2f | %.1f |", what, side.name, i+1, t.Seconds.N, t.PerSecond,
				t.Seconds.P50*1000, t.Seconds.P95*1000, t.Seconds.Max*1000, t.CPU.Service/n*1000, t.CPU.APIServer/n*1000, float64(t.Bytes)/n/1024)
		}
	}
}

func changes(line func(string, ...any), f *result.Service) {
	if len(f.Changes) == 0 {
		return
	}
	line("## Changes among %d jobs, until those who look know\n", f.Jobs)
	line("| | subscribers | changes | p50 | p99 | max, ms | missed | KiB/s each | CPU of a core: service | API server |")
	line("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, c := range f.Changes {
		rate := "–"
		if c.Bytes > 0 {
			rate = fmt.Sprintf("%.2f", float64(c.Bytes)/1024/c.Over/float64(c.Subscribers))
		}
		line("| %s | %d | %d in %.0f s | **%.0f** | %.0f | %.0f | %d | %s | %.0f %% | %.0f %% |", c.Title, c.Subscribers, c.Changes, c.Over,
			c.Seconds.P50*1000, c.P99*1000, c.Seconds.Max*1000, c.Missed, rate, c.CPU.Service/c.Over*100, c.CPU.APIServer/c.Over*100)
	}
	line("")
}

func lists(line func(string, ...any), f *result.Service) {
	if len(f.Lists) == 0 {
		return
	}
	line("## The list in a terminal, %d jobs\n", f.Jobs)
	line("| the whole process | n | min | p50 | p95 | max, ms |\n|---|--:|--:|--:|--:|--:|")
	for _, c := range f.Lists {
		s := c.Seconds
		line("| `%s` | %d | %.0f | **%.0f** | %.0f | %.0f |", c.Command, s.N, s.Min*1000, s.P50*1000, s.P95*1000, s.Max*1000)
	}
	line("")
}
