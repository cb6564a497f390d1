package training

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"
)

// telling is a job whose program told something some seconds after it began to tell.
func telling(namespace, name string, seconds int, percent int, metrics ...TrainingMetric) *Job {
	began, started := noon.Add(time.Minute), noon
	return &Job{
		Namespace: namespace, Name: name, Type: TypeMPIJob, UID: name + "-uid", Created: noon, Started: &started,
		Progress: &Progress{At: began.Add(time.Duration(seconds) * time.Second), Began: began, Percent: &percent, Metrics: metrics},
	}
}

// tell has a history hear of each state of a job after the other.
func tell(h *ProgressHistory, states ...*Job) {
	var before *Job
	for _, now := range states {
		h.Changed(before, now, noon.Add(time.Hour))
		before = now
	}
}

func values(points []ProgressPoint) (out []float64) {
	for _, p := range points {
		out = append(out, p.Value)
	}
	return out
}

func TestProgressHistory(t *testing.T) {
	h := NewProgressHistory(ProgressHistoryOptions{}, noon)
	last := telling("team", "pi", 20, 40, TrainingMetric{"loss", 0.2}, TrainingMetric{"accuracy", 0.9})
	over := telling("team", "pi", 20, 0, last.Progress.Metrics...)
	over.Phase, over.Progress.Percent = Succeeded, nil
	tell(h,
		&Job{Namespace: "team", Name: "pi", Type: TypeMPIJob, UID: "pi-uid", Created: noon},
		telling("team", "pi", 0, 10, TrainingMetric{"loss", 0.3}),
		telling("team", "pi", 10, 20, TrainingMetric{"loss", 0.7}),
		telling("team", "pi", 10, 99, TrainingMetric{"loss", 99}), // of the same time
		telling("team", "pi", 5, 99, TrainingMetric{"loss", 99}),  // of an earlier one
		last, last, over)
	c := h.Curve(over)
	if c.Percent == nil || !slices.Equal(values(c.Percent.Points), []float64{10, 20, 40}) || c.Percent.Name != "percent" {
		t.Errorf("percent %+v", c.Percent)
	}
	if len(c.Training) != 2 || c.Training[0].Name != "loss" || c.Training[1].Name != "accuracy" {
		t.Fatalf("training %+v", c.Training)
	}
	loss := c.Training[0]
	if !slices.Equal(values(loss.Points), []float64{0.3, 0.7, 0.2}) || loss.Reports != 3 || loss.Min != 0.2 || loss.Max != 0.7 {
		t.Errorf("loss %+v", loss)
	}
	if at := loss.Points[2].At; !at.Equal(last.Progress.At) {
		t.Errorf("told at %s", at)
	}
	if c.Partial || !c.Since.Equal(noon) {
		t.Errorf("a run that was watched from its beginning: %+v", c)
	}
	h.Changed(over, nil, noon)
	if c := h.Curve(over); len(c.Training) != 0 || c.Percent != nil || h.all != 0 || len(h.jobs) != 0 || len(h.lines) != 0 {
		t.Errorf("of a deleted job: %+v, %+v", c, h)
	}
}

// A run that begins anew has nothing of the one before, whether the time between was seen or not.
func TestProgressHistoryOfAnotherRun(t *testing.T) {
	again := func(change func(*Job)) *Job {
		j := telling("team", "pi", 100, 5, TrainingMetric{"loss", 9})
		j.Progress.Began = j.Progress.At
		change(j)
		return j
	}
	resumed := noon.Add(time.Hour)
	for name, next := range map[string][]*Job{
		"tried again":              {again(func(*Job) {})},
		"resumed":                  {again(func(j *Job) { j.Started = &resumed })},
		"another job":              {again(func(j *Job) { j.UID = "other" })},
		"seen before it tells":     {{Namespace: "team", Name: "pi", Type: TypeMPIJob, UID: "pi-uid", Created: noon}, again(func(*Job) {})},
		"a TrainJob, another run":  {again(func(j *Job) { j.Started, j.Progress.Began = &resumed, time.Time{} })},
		"its first report is late": {again(func(j *Job) { j.Progress.At = j.Progress.At.Add(-5 * time.Second) })},
	} {
		h := NewProgressHistory(ProgressHistoryOptions{}, noon)
		tell(h, append([]*Job{telling("team", "pi", 0, 10), telling("team", "pi", 90, 80, TrainingMetric{"loss", 1}, TrainingMetric{"old", 1})}, next...)...)
		c := h.Curve(next[len(next)-1])
		if c.Percent == nil || len(c.Percent.Points) != 1 || len(c.Training) != 1 || c.Training[0].Reports != 1 || c.Partial {
			t.Errorf("%s: %+v", name, c)
		}
	}
	h := NewProgressHistory(ProgressHistoryOptions{}, noon)
	first := telling("team", "pi", 0, 10)
	tell(h, first)
	if c := h.Curve(&Job{Namespace: "team", Name: "pi", Type: TypeMPIJob, UID: "younger", Created: noon}); c.Percent != nil {
		t.Errorf("a younger job of the name has %+v", c)
	}
}

// Where the program had reported before anybody watched, that is said.
func TestProgressHistorySaysSinceWhen(t *testing.T) {
	later := noon.Add(2 * time.Hour)
	trainJob := func(j *Job) *Job { j.Type, j.Progress.Began = TypeTrainJob, time.Time{}; return j }
	silent := &Job{Namespace: "team", Name: "pi", Type: TypeTrainJob, UID: "pi-uid", Created: noon}
	for name, c := range map[string]struct {
		watched time.Time
		states  []*Job
		partial bool
		since   time.Time
	}{
		"told before":                          {later, []*Job{telling("team", "pi", 30, 1)}, true, noon.Add(time.Hour)},
		"the first is still the newest":        {later, []*Job{telling("team", "pi", 0, 1)}, false, noon},
		"a TrainJob that ran before":           {later, []*Job{trainJob(telling("team", "pi", 0, 1))}, true, noon.Add(time.Hour)},
		"a TrainJob that had told nothing yet": {later, []*Job{silent, trainJob(telling("team", "pi", 0, 1))}, false, noon},
		"a TrainJob made later":                {noon.Add(-time.Second), []*Job{trainJob(telling("team", "pi", 0, 1))}, false, noon},
	} {
		h := NewProgressHistory(ProgressHistoryOptions{}, c.watched)
		tell(h, c.states...)
		if got := h.Curve(c.states[len(c.states)-1]); got.Partial != c.partial || !got.Since.Equal(c.since) || got.Percent == nil {
			t.Errorf("%s: since %s, partial %v", name, got.Since, got.Partial)
		}
	}
}

// A line keeps its first, its newest and evenly spaced points in between, however long the run, and the extremes of all.
func TestProgressHistoryThins(t *testing.T) {
	h := NewProgressHistory(ProgressHistoryOptions{Points: 8}, noon)
	for i := range 1001 {
		value := float64(i)
		if i == 501 {
			value = 1e6 // between two that are kept
		}
		tell(h, telling("team", "pi", i*10, 1, TrainingMetric{"step", value}))
		got := h.Curve(telling("team", "pi", 0, 1)).Training[0]
		n := len(got.Points)
		if n > 8 || i >= 8 && n < 4 || got.Points[0].Value != 0 || got.Points[n-1].Value != value {
			t.Fatalf("after %d: %v", i, values(got.Points))
		}
		for k := 2; k < n-1; k++ {
			if a, b := got.Points[k-1].At.Sub(got.Points[k-2].At), got.Points[k].At.Sub(got.Points[k-1].At); a != b {
				t.Fatalf("after %d, unevenly: %v", i, values(got.Points))
			}
		}
	}
	if got := h.Curve(telling("team", "pi", 0, 1)).Training[0]; got.Reports != 1001 || got.Max != 1e6 || got.Min != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestProgressHistoryIsBounded(t *testing.T) {
	h := NewProgressHistory(ProgressHistoryOptions{Names: 3, Lines: 20}, noon)
	many := func(namespace, name string, seconds int) *Job {
		var metrics []TrainingMetric
		for i := range 5 {
			metrics = append(metrics, TrainingMetric{fmt.Sprint("m", i), 1})
		}
		return telling(namespace, name, seconds, 1, metrics...)
	}
	for i := range 10 {
		tell(h, many("big", fmt.Sprint("job-", i), i))
	}
	kept := func(j *Job) int { return len(h.Curve(j).Training) }
	if h.all != 20 || len(h.lines) != 1 {
		t.Errorf("%d lines of %v", h.all, h.lines)
	}
	if c := h.Curve(many("big", "job-0", 0)); len(c.Training) != 3 || c.Left != 2 {
		t.Errorf("of one job: %+v", c)
	}
	if c := h.Curve(many("big", "job-9", 0)); len(c.Training) != 0 || c.Left != 5 {
		t.Errorf("of one for which there is no room: %+v", c)
	}
	// Another namespace has its place, at the expense of the one that has most.
	tell(h, many("small", "job-0", 1))
	if kept(many("small", "job-0", 0)) != 3 || kept(many("big", "job-0", 0)) != 0 || kept(many("big", "job-4", 0)) != 3 || h.all != 20 {
		t.Errorf("small: %d lines, big's quietest: %d, %v", kept(many("small", "job-0", 0)), kept(many("big", "job-0", 0)), h.lines)
	}
	// One that has been quiet makes room, but for its own kind only.
	tell(h, many("big", "job-4", 3600), many("big", "job-10", 3600))
	if kept(many("big", "job-10", 0)) != 3 || kept(many("big", "job-1", 0)) != 0 || kept(many("small", "job-0", 0)) != 3 {
		t.Errorf("%v", h.lines)
	}
	for key := range h.jobs {
		h.Changed(&Job{Type: key.t, Namespace: key.job.Namespace, Name: key.job.Name}, nil, noon)
	}
	if h.all != 0 || len(h.lines) != 0 {
		t.Errorf("when all are gone: %d, %v", h.all, h.lines)
	}
}

// However long a thousand jobs report, their curves take no more.
func BenchmarkProgressHistory(b *testing.B) {
	h := NewProgressHistory(ProgressHistoryOptions{}, noon)
	const jobs = 1000
	metrics := make([]TrainingMetric, 9)
	for i := range metrics {
		metrics[i] = TrainingMetric{fmt.Sprint("metric-", i), float64(i)}
	}
	now := make([]*Job, jobs)
	for i := range now {
		now[i] = telling(fmt.Sprint("team-", i%50), fmt.Sprint("job-", i), 0, 1, metrics...)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for b.Loop() {
		j := now[n%jobs]
		j.Progress.At = j.Progress.At.Add(10 * time.Second)
		h.Changed(j, j, noon)
		n++
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
	b.ReportMetric(float64(h.all), "lines")
	runtime.KeepAlive(h)
}
