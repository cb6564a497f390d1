package training

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// ProgressHistoryOptions say how much a ProgressHistory keeps. Zero values mean the defaults.
type ProgressHistoryOptions struct {
	// Points is how many of a line's points are kept, an even number, 240. Of a longer run every second report is
	// kept, then every fourth, and so on, and always the newest.
	Points int
	// Names is how many metrics are kept of a job, 24: programs report some at one time and others at another.
	Names int
	// Lines is how many lines are kept of all jobs together, 10,000. One takes at most 4 KiB.
	Lines int
}

// ProgressHistory keeps, in memory, what the programs of jobs told of their progress since it was made: for who hears
// of every change of a job, as an informer does. It is safe for concurrent use.
type ProgressHistory struct {
	o     ProgressHistoryOptions
	began time.Time

	mu    sync.Mutex
	jobs  map[historyKey]*history
	lines map[string]int // by namespace
	all   int
}

type historyKey struct {
	t   Type
	job types.NamespacedName
}

// history is what was told of one run of a job.
type history struct {
	run     progressRun
	since   time.Time // reports before are not known
	partial bool      // there were some
	newest  time.Time
	percent progressLine
	metrics []*progressLine // in the order in which they were first told
	left    int             // metrics told beyond what is kept, at the last report
}

// progressRun is what tells one run of a job from another: a Launcher that is tried again begins a run, and so does a
// resumption, or a new job of the same name.
type progressRun struct {
	uid            string
	started, began time.Time
}

// lines is how many lines a history has.
func (of *history) lines() int {
	if of.percent.reports > 0 {
		return len(of.metrics) + 1
	}
	return len(of.metrics)
}

func runOf(j *Job) progressRun {
	r := progressRun{uid: j.UID, began: j.Progress.Began}
	if j.Started != nil {
		r.started = j.Started.UTC()
	}
	return r
}

// NewProgressHistory returns a history that begins now.
func NewProgressHistory(o ProgressHistoryOptions, now time.Time) *ProgressHistory {
	o.Points = max(2, cmp.Or(o.Points, 240)&^1)
	o.Names, o.Lines = cmp.Or(o.Names, 24), cmp.Or(o.Lines, 10_000)
	return &ProgressHistory{o: o, began: now.UTC(), jobs: map[historyKey]*history{}, lines: map[string]int{}}
}

func keyOf(j *Job) historyKey {
	return historyKey{j.Type, types.NamespacedName{Namespace: j.Namespace, Name: j.Name}}
}

// Changed takes in that a job has changed, and what it was before: nil where that is not known, or there was none.
// now is nil for a job that is gone.
func (h *ProgressHistory) Changed(before, now *Job, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now == nil {
		if before != nil {
			h.drop(keyOf(before))
		}
		return
	}
	key := keyOf(now)
	if now.Progress == nil {
		h.drop(key)
		return
	}
	of := h.jobs[key]
	if of != nil && of.run != runOf(now) {
		h.drop(key)
		of = nil
	}
	if of == nil {
		of = h.begin(before, now, at)
		h.jobs[key] = of
	}
	h.add(key, of, now.Progress)
}

// begin begins the history of a run, with a report that is its first or isn't.
func (h *ProgressHistory) begin(before, now *Job, at time.Time) *history {
	of := &history{run: runOf(now), since: latest(now.Created, runOf(now).started)}
	switch {
	case !now.Progress.Began.IsZero():
		of.partial = now.Progress.At.After(now.Progress.Began)
	case before != nil && before.UID == now.UID:
		of.partial = before.Progress != nil && runOf(before) == of.run
	default:
		of.partial = of.since.Before(h.began)
	}
	if of.partial {
		of.since = at.UTC()
	}
	return of
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b.UTC()
	}
	return a.UTC()
}

// add takes in a report, unless it is one that was taken in already.
func (h *ProgressHistory) add(key historyKey, of *history, p *Progress) {
	if !p.At.After(of.newest) {
		return
	}
	of.newest, of.left = p.At, 0
	if p.Percent != nil && (of.percent.reports > 0 || h.room(key, p.At)) {
		of.percent.add(p.At, float64(*p.Percent), h.o.Points)
	}
	for _, m := range p.Metrics {
		i := slices.IndexFunc(of.metrics, func(l *progressLine) bool { return l.name == m.Name })
		if i < 0 {
			if len(of.metrics) == h.o.Names || !h.room(key, p.At) {
				of.left++
				continue
			}
			i = len(of.metrics)
			of.metrics = append(of.metrics, &progressLine{name: m.Name})
		}
		of.metrics[i].add(p.At, m.Value, h.o.Points)
	}
}

// quietFor is how long a job has told nothing before it makes room for others of its namespace.
const quietFor = 5 * time.Minute

// room makes room for one more line of a job, and says whether there is. Where there is none, the namespace that has
// most loses the job that was quiet for longest: nobody's many jobs cost others theirs.
func (h *ProgressHistory) room(of historyKey, at time.Time) bool {
	for h.all >= h.o.Lines {
		most := of.job.Namespace
		for namespace, n := range h.lines {
			if n > h.lines[most] {
				most = namespace
			}
		}
		var quiet *historyKey
		for key, other := range h.jobs {
			if key.job.Namespace == most && key != of && other.lines() > 0 && (quiet == nil || other.newest.Before(h.jobs[*quiet].newest)) {
				quiet = &key
			}
		}
		if quiet == nil || most == of.job.Namespace && at.Sub(h.jobs[*quiet].newest) < quietFor {
			return false
		}
		h.drop(*quiet)
	}
	h.all++
	h.lines[of.job.Namespace]++
	return true
}

func (h *ProgressHistory) drop(key historyKey) {
	of := h.jobs[key]
	if of == nil {
		return
	}
	n := of.lines()
	h.all -= n
	if h.lines[key.job.Namespace] -= n; h.lines[key.job.Namespace] == 0 {
		delete(h.lines, key.job.Namespace)
	}
	delete(h.jobs, key)
}

// ProgressCurve is what a job's program told of its progress over time. It is the program's own word.
type ProgressCurve struct {
	Namespace string `json:"namespace"`
	Job       string `json:"job"`
	// Since is from when on reports were kept: from the run's beginning, or from when the service began to watch the
	// job, and then Partial says that the program had reported before.
	Since   time.Time `json:"since"`
	Partial bool      `json:"partial,omitempty"`
	// Percent is how far the program was; absent where it didn't tell.
	Percent *ProgressLine `json:"percent,omitempty"`
	// Training are the program's numbers, such as loss, in the order in which they were first told; at most 24.
	Training []ProgressLine `json:"training"`
	// Left is how many more the newest report had, of which nothing is kept.
	Left int `json:"left,omitempty"`
}

// ProgressLine is one number over time.
type ProgressLine struct {
	Name string `json:"name"` // "percent", or the program's name for it
	// Reports is how often it was told, Min and Max are the smallest and the largest of them: points may be fewer.
	Reports int     `json:"reports"`
	Min     float64 `json:"min"`
	Max     float64 `json:"max"`
	// Points are at most 240, the oldest first. Of a longer run they are every second report, every fourth, and so on,
	// and always the newest.
	Points []ProgressPoint `json:"points"`
}

// ProgressPoint is one report.
type ProgressPoint struct {
	At    time.Time `json:"time"`
	Value float64   `json:"value"`
}

// Curve is what was kept of a job. That the caller may see the job is for whoever asks to check.
func (h *ProgressHistory) Curve(j *Job) *ProgressCurve {
	out := &ProgressCurve{Namespace: j.Namespace, Job: j.Name, Since: latest(h.began, j.Created), Training: []ProgressLine{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	of := h.jobs[keyOf(j)]
	if of == nil || of.run.uid != j.UID {
		return out
	}
	out.Since, out.Partial, out.Left = of.since, of.partial, of.left
	if of.percent.reports > 0 {
		percent := of.percent.told()
		percent.Name = "percent"
		out.Percent = &percent
	}
	for _, l := range of.metrics {
		out.Training = append(out.Training, l.told())
	}
	return out
}

// progressLine is one number over time: every so many reports, and the newest.
type progressLine struct {
	name     string
	points   []progressAt
	every    int  // of so many reports one is kept
	passing  bool // the newest point isn't one of those
	reports  int
	min, max float64
}

// progressAt is half as large as one with a time.Time; reports have whole seconds.
type progressAt struct {
	at    int64
	value float64
}

func (l *progressLine) add(at time.Time, value float64, most int) {
	if l.reports == 0 {
		l.every, l.min, l.max = 1, value, value
	}
	l.min, l.max = min(l.min, value), max(l.max, value)
	if l.passing {
		l.points = l.points[:len(l.points)-1]
	}
	if len(l.points) == most {
		for i := range most / 2 {
			l.points[i] = l.points[2*i]
		}
		l.points = l.points[:most/2]
		l.every *= 2
	}
	l.points = append(l.points, progressAt{at.Unix(), value})
	l.passing = l.reports%l.every != 0
	l.reports++
}

func (l *progressLine) told() ProgressLine {
	out := ProgressLine{Name: l.name, Reports: l.reports, Min: l.min, Max: l.max, Points: make([]ProgressPoint, len(l.points))}
	for i, p := range l.points {
		out.Points[i] = ProgressPoint{At: time.Unix(p.at, 0).UTC(), Value: p.value}
	}
	return out
}
