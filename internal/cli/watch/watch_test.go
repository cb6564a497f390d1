package watch

import (
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// In a pipe, a program that counts all the time is worth a line for each whole per cent.
func TestLinesOfProgress(t *testing.T) {
	var out strings.Builder
	show, _ := lines(iostreams.Test(nil, &out, nil, false, 80))
	tell := func(percent int, loss float64) {
		d := &training.Detail{}
		d.Name, d.Phase, d.LauncherPod.Where = "pi", training.Running, "Launcher"
		d.Progress = &training.Progress{Metrics: []training.TrainingMetric{{Name: "loss", Value: loss}}}
		if percent >= 0 {
			d.Progress.Percent = &percent
		}
		show(d)
	}
	for step := range 40 {
		tell(40+step/10, 1/float64(step+1))
	}
	if n := strings.Count(out.String(), "% done"); n != 4 || !strings.Contains(out.String(), "43% done, loss ") {
		t.Errorf("%d lines for four per cent:\n%s", n, out.String())
	}
	out.Reset()
	tell(-1, 3)
	tell(-1, 2)
	if n := strings.Count(out.String(), "loss "); n != 1 {
		t.Errorf("%d lines without a per cent:\n%s", n, out.String())
	}
}
