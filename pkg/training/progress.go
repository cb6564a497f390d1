package training

import (
	"strconv"
	"time"

	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Progress is what a job's program told of how far it is. It is the program's own word: nothing here is
// measured.
type Progress struct {
	// At is when it was told.
	At time.Time `json:"at"`
	// Began is when the run's first progress was written: it tells the reports of one run from those of another. Zero
	// where that isn't known, as of a TrainJob.
	Began time.Time `json:"-"`
	// Percent done, from 0 to 100; absent where not told, and once the job succeeded. Of one that failed it is how far
	// it came.
	Percent *int `json:"percent,omitempty"`
	// ExpectedEnd is when the program thought to be done; absent where not told, and once the job is finished.
	ExpectedEnd *time.Time `json:"expectedEnd,omitempty"`
	// Metrics are the program's numbers, such as loss, in its order; at most 16.
	Metrics []TrainingMetric `json:"metrics,omitempty"`
}

// TrainingMetric is a number that a program calls by a name.
type TrainingMetric struct {
	Name  string  `json:"name"` // at most 63 letters, digits and _./:@%+-
	Value float64 `json:"value"`
}

// Left is how long the program thinks it still needs; ok is false where it didn't say, or the job is over.
func (p *Progress) Left(now time.Time) (left time.Duration, ok bool) {
	if p == nil || p.ExpectedEnd == nil {
		return 0, false
	}
	return max(0, p.ExpectedEnd.Sub(now)), true
}

// progressOf is a job's progress as its faces show it.
func progressOf(told *wire.Progress, phase Phase) *Progress {
	if told == nil {
		return nil
	}
	p := &Progress{At: told.At.UTC(), Percent: told.Percent}
	if phase == Succeeded {
		p.Percent = nil
	}
	if s := told.RemainingSeconds; s != nil && !phase.Finished() && phase != Suspended {
		end := p.At.Add(time.Duration(*s) * time.Second)
		p.ExpectedEnd = &end
	}
	for _, m := range told.Metrics {
		p.Metrics = append(p.Metrics, TrainingMetric(m))
	}
	return p
}

// trainerProgress is what a TrainJob's program told Kubeflow Trainer, where that takes it; within the
// same bounds.
func trainerProgress(s *trainer.TrainerStatus) *wire.Progress {
	if s == nil {
		return nil
	}
	p := &wire.Progress{At: s.LastUpdatedTime.Time}
	whole := func(n *int32) *int {
		if n == nil {
			return nil
		}
		w := int(*n)
		return &w
	}
	p.Percent, p.RemainingSeconds = whole(s.ProgressPercentage), whole(s.EstimatedRemainingSeconds)
	for _, m := range s.Metrics {
		if n, err := strconv.ParseFloat(m.Value, 64); err == nil && len(p.Metrics) < wire.MaxMetrics {
			p.Metrics = append(p.Metrics, wire.Metric{Name: m.Name, Value: n})
			if p.Check() != nil {
				p.Metrics = p.Metrics[:len(p.Metrics)-1]
			}
		}
	}
	if p.Check() != nil {
		return nil
	}
	return p
}

// mpijobProgress is what an MPIJob's program told.
func mpijobProgress(m *MPIJob, phase Phase) *Progress {
	p := progressOf(mpijob.ProgressOf(&m.Status), phase)
	if p != nil {
		p.Began = mpijob.ProgressBegan(&m.Status).UTC()
	}
	return p
}
