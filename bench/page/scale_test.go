package page

import (
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/scale"
)

func testScale() *result.Scale {
	runs := func(seconds ...float64) []result.ScaleRun {
		var out []result.ScaleRun
		for i, s := range seconds {
			out = append(out, result.ScaleRun{Round: i, Seconds: s, Outcome: result.Succeeded, Submitted: 0.1, Created: s / 2, Load: 3})
		}
		return out
	}
	f := &result.Scale{Complete: true, Nodes: 20, Parallel: 16, Memory: &result.Memory{Finished: 1000, Running: 50, Workers: 10,
		Processes: []result.Processes{
			{Key: "ours", Title: "our controller", Idle: []int64{20e6}, Loaded: []int64{30e6, 20e6}, Fresh: []int64{28e6, 20e6}},
			{Key: "operator", Title: "MPI operator", Idle: []int64{25e6}, Loaded: []int64{90e6}, Fresh: []int64{50e6}},
		}}}
	block := func(settings result.Settings, ours, operator, trainer float64) {
		f.Put(result.Block{Settings: settings, Shape: scale.One, Contenders: []result.ScaleContender{
			{Key: "ours", Title: "Ours", Runs: runs(ours, ours)},
			{Key: "operator", Title: "Theirs", Runs: append(runs(operator), result.ScaleRun{Round: 1, Outcome: result.TimedOut})},
			{Key: "trainer", Title: "Bare", Runs: runs(trainer, trainer)},
		}})
	}
	block(scale.Raised, 2, 20, 1.5)
	block(scale.Defaults, 5, 20, 4.9)
	f.Summarize()
	return f
}

func TestRenderScaleSaysWhichTargetsAreMissed(t *testing.T) {
	got := string(RenderScale(testScale()))
	for _, want := range []string{
		"| ≤ 1.1 × bare Trainer | 1.33 (1.33–1.33) | **missed** |",
		"| ≤ 1.1 × bare Trainer | 1.02 (1.02–1.02) | **met** |",
		"| 10.00 (10.00–10.00) | **met** |",
		"as they came in | ≤ 0.5 × the MPI operator's | 0.33 | **met** |",
		"after a restart | ≤ 0.5 × the MPI operator's | 0.56 | **missed** |",
		"| one job of 100 Workers: Ours | 5.00 | 2.00 | 2.5 |",
		"**30** (50 in 2 processes)",
		"The 20 nodes are fake",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing %q in\n%s", want, got)
		}
	}
}

func TestRenderScaleOfWhatWasInterrupted(t *testing.T) {
	got := string(RenderScale(&result.Scale{}))
	if !strings.Contains(got, "interrupted") || strings.Contains(got, "## Memory") {
		t.Errorf("unexpected page:\n%s", got)
	}
}
