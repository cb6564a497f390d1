package printer

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// ProgressText is how far a job's program is, by its own word: "40%, 12m left". It is empty where it
// doesn't say.
func ProgressText(p *training.Progress, now time.Time) string {
	var parts []string
	if p != nil && p.Percent != nil {
		parts = append(parts, fmt.Sprintf("%d%%", *p.Percent))
	}
	if left, ok := p.Left(now); ok {
		parts = append(parts, Left(left)+" left")
	}
	return strings.Join(parts, ", ")
}

// MetricsText are a program's numbers, to four digits: "loss 0.31, accuracy 0.9".
func MetricsText(p *training.Progress) string {
	if p == nil {
		return ""
	}
	var parts []string
	for _, m := range p.Metrics {
		parts = append(parts, Clean(m.Name)+" "+strconv.FormatFloat(m.Value, 'g', 4, 64))
	}
	return strings.Join(parts, ", ")
}
