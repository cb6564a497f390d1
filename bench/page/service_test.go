package page

import (
	"strings"
	"testing"
	"time"

	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/stats"
)

func serviceFile() *result.Service {
	turn := func(ms, perSecond float64) result.Turn {
		return result.Turn{Seconds: stats.Summarize([]float64{ms / 1000}), PerSecond: perSecond, Bytes: 2048, CPU: result.CPU{Service: 0.001}}
	}
	f := &result.Service{
		Schema: result.ServiceSchema, At: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), Complete: true, Clients: 50, Jobs: 1000,
		Submit: &result.Sides{Service: []result.Turn{turn(120, 400), turn(140, 380)}, Direct: []result.Turn{turn(100, 500), turn(100, 500)}},
		Read:   &result.Sides{Service: []result.Turn{turn(5, 900), turn(5, 2000)}, Direct: []result.Turn{turn(5, 1000), turn(5, 1000)}},
		Changes: []result.Changes{
			{Key: "stream", Title: "streams", Subscribers: 500, Changes: 100, Over: 10, Seconds: stats.Summarize([]float64{0.02}), P99: 0.09, Bytes: 500 * 1024},
			{Key: "polling", Title: "asking | again", Subscribers: 20, Changes: 30, Over: 10, Seconds: stats.Summarize([]float64{1.5}), P99: 3, Missed: 2},
		},
		Idle: []result.Idle{
			{Over: "many a connection", Subscribers: 2000, Resident: 22 << 10, HeapAndRest: 21 << 10}, {Over: "one a connection", Subscribers: 2000, Resident: 40 << 10, HeapAndRest: 30 << 10},
		},
		Lists: []result.CLI{{Command: "odh training list", Seconds: stats.Summarize([]float64{0.2})}},
	}
	f.Summarize()
	return f
}

func TestRenderServiceShowsFiguresAndTargets(t *testing.T) {
	got := string(RenderService(serviceFile()))
	for _, want := range []string{
		"| submission by 50 clients at once, p95 | < 250 ms above the API server's | +20 ms (+20 to +40) | **met** |",
		"| reads of a job | > 1,000/s | 900 to 2000/s; 0.90 (0.90–2.00) × the API server's | **missed** |",
		"| change → bytes at 500 subscribers, 1000 jobs, p99 | ≤ 100 ms | 90 ms | **met** |",
		"| each of 2000 idle subscribers, many a connection | ≤ 32 KiB | 21.0 KiB in use by Go, 22.0 KiB resident | **met** |",
		"| each of 2000 idle subscribers, one a connection | ≤ 32 KiB | 30.0 KiB in use by Go, 40.0 KiB resident | **missed** |",
		"| `odh training list` of 1000 jobs, p95 | ≤ 300 ms | 200 ms | **met** |",
		"| a job is submitted, service | 2 | 1 | **380** | 140.0 | 140.0 | 140.0 | 1.00 | 0.00 | 2.0 |",
		"| streams | 500 | 100 in 10 s | **20** | 90 | 20 | 0 | 0.10 | 0 % | 0 % |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing %q in\n%s", want, got)
		}
	}
}

func TestRenderServiceOfARunThatWasInterrupted(t *testing.T) {
	got := string(RenderService(&result.Service{Schema: result.ServiceSchema}))
	if !strings.Contains(got, "interrupted") || strings.Contains(got, "**met**") {
		t.Errorf("an empty run:\n%s", got)
	}
}

// A change that never comes is no fast one.
func TestRenderServiceMissedChangesMissTheTarget(t *testing.T) {
	f := serviceFile()
	f.Changes[0].Missed = 1
	if got := string(RenderService(f)); !strings.Contains(got, "90 ms | **missed**") {
		t.Errorf("a missed change:\n%s", got)
	}
}
