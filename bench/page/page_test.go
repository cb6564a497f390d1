package page

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/stats"
)

func testFile() *result.File {
	f := &result.File{
		Schema: result.Schema, At: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), Complete: true,
		Machine: result.Machine{Cores: 2, MemoryBytes: 24 << 30, Kernel: "6.1", System: "Debian", Cgroup: "v1", Kubernetes: "v1.36.3"},
		Work:    result.Work{Program: "mpirun -n 4 pi", Workers: 2, Slots: 2, Rounds: 2},
		Start: []result.Contender{
			{Key: "ours", Title: "Ours", Runs: []result.Run{
				{Round: 0, Seconds: 2, Outcome: result.Succeeded, Marks: result.Marks{LauncherEnded: 1.5}},
				{Round: 1, Seconds: 4, Outcome: result.Succeeded, Marks: result.Marks{LauncherEnded: 3.5}}}},
			{Key: "operator", Title: "Theirs <b> & co", Runs: []result.Run{
				{Round: 0, Seconds: 6, Outcome: result.Succeeded, LauncherRestarts: 1},
				{Round: 1, Seconds: 120, Outcome: result.TimedOut}}},
			{Key: "trainer", Title: "Broken", Runs: []result.Run{{Outcome: result.Failed}, {Round: 1, Outcome: result.Failed}}},
		},
		Soak:  &result.Soak{Jobs: 100, Seconds: stats.Summarize([]float64{3})},
		Kill:  []result.Kill{{Title: "Theirs", Rounds: 3, Bound: 20, State: "Running: a|b\nc", LauncherRestarts: 4}},
		Agent: &result.Agent{Bytes: 4_500_000},
		CLI:   &result.CLI{Command: "odh training list", Seconds: stats.Summarize([]float64{0.05})},
	}
	f.Summarize()
	return f
}

func TestRenderShowsTheFigures(t *testing.T) {
	got := string(Render(testFile(), "benchmarks.svg"))
	for _, want := range []string{
		"| Ours | 2 | 2.00 | **2.00** | 4.00 | 4.00 | 3.00 ± 1.41 | 0 | 0 | – | – |",
		"| Theirs <b> & co | 1 | 6.00 | **6.00** | 6.00 | 6.00 | 6.00 ± 0.00 | 1 | 1 | 3.00 (3.00–3.00) | – |",
		"| Broken | 0 |",
		"| Ours | – | – | – | – | 1.50 | 2.00 |",
		"| Theirs | 3 | 0 | not within 20 s | Running: a\\|b c | 4 |",
		"100 jobs of ours in a row: **0 failures, 0 launcher restarts**",
		"**4.50 MB**", "**p50 50**", "2 cores (unknown), 24 GiB", "![Start times](benchmarks.svg)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "interrupted") {
		t.Error("a complete run is not called interrupted")
	}
}

func TestRenderSaysThatARunWasInterrupted(t *testing.T) {
	f := testFile()
	f.Complete, f.Soak, f.Kill, f.Agent, f.CLI = false, nil, nil, nil, nil
	got := string(Render(f, "x.svg"))
	if !strings.Contains(got, "interrupted") || strings.Contains(got, "## The rest") {
		t.Errorf("unexpected page:\n%s", got)
	}
}

func TestChartIsXMLAndNamesEveryContender(t *testing.T) {
	decoder := xml.NewDecoder(strings.NewReader(string(Chart(testFile()))))
	var text strings.Builder
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if data, ok := token.(xml.CharData); ok {
			text.Write(data)
		}
	}
	for _, want := range []string{"Ours", "Theirs <b> & co", "no run succeeded"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("missing %q", want)
		}
	}
}

func TestTick(t *testing.T) {
	for top, want := range map[float64]float64{1: 0.1, 4.2: 0.5, 6: 0.5, 7: 1, 20.3: 2, 118: 10} {
		if got := tick(top); got != want {
			t.Errorf("tick(%v) = %v, want %v", top, got, want)
		}
	}
}
