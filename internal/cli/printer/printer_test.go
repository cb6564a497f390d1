package printer

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

var update = flag.Bool("update", false, "write the golden files")

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func at(d time.Duration) *time.Time { t := noon.Add(d); return &t }

func n[T any](v T) *T { return &v }

func jobs() []*training.Job {
	return []*training.Job{
		{Name: "waiting", Namespace: "team-a", Type: "MPIJob", Phase: training.Pending, Message: "Waiting for 4 of 8 nvidia.com/gpu: 0/12 nodes are available, and this goes on for long", Workers: training.Workers{Total: 8}, SlotsPerWorker: 4, Created: noon.Add(-40 * time.Second), Creator: "ann", TimeLimitSeconds: 86400, TimeLimitIsDefault: true, StopsAt: at(24*time.Hour - 40*time.Second), Launcher: training.PodPending, Image: "reg/train:1"},
		{Name: "hello", Namespace: "team-a", Type: "MPIJob", Phase: training.Running, Message: "MPIJob team-a/hello is running.", Workers: training.Workers{Ready: 3, Total: 3}, SlotsPerWorker: 1, Created: noon.Add(-3 * time.Hour), Started: at(-3 * time.Hour), DurationSeconds: 10800, TimeLimitSeconds: 86400, TimeLimitIsDefault: true, StopsAt: at(21 * time.Hour), Creator: "system:serviceaccount:ci:pipeline", Launcher: training.PodRunning, Image: "reg/hello:1",
			Progress: &training.Progress{At: noon.Add(-time.Minute), Percent: n(40), ExpectedEnd: at(12 * time.Minute), Metrics: []training.TrainingMetric{{Name: "loss", Value: 0.3123456}}}},
		{Name: "broken", Namespace: "team-b", Type: "MPIJob", Phase: training.Failed, Reason: "RankExited", Message: "Worker 1, rank 3: exited\x1b[2J with code 3", Workers: training.Workers{Total: 2, Failed: 1}, SlotsPerWorker: 2, Created: noon.Add(-72 * time.Hour), Started: at(-72 * time.Hour), Finished: at(-72*time.Hour + 9*time.Second), DurationSeconds: 9.4, Launcher: training.PodFailed, Image: "reg/broken:1"},
		{Name: "done", Namespace: "team-b", Type: "MPIJob", Phase: training.Succeeded, Workers: training.Workers{Ready: 2, Total: 2}, SlotsPerWorker: 1, Created: noon.Add(-5 * time.Minute), Started: at(-5 * time.Minute), Finished: at(-4 * time.Minute), DurationSeconds: 60, Launcher: training.PodSucceeded, Image: "reg/done:1", ClonedFrom: "broken"},
	}
}

func failed() *training.Detail {
	j := *jobs()[2]
	j.Failure = &training.Failure{Reason: "RankExited", Where: "Worker 1", Rank: n(3), ExitCode: n(3), LogTail: []string{"step 41", "--------", "\x1b]0;title\aTraceback: \x1b[31mboom\x1b[0m"}}
	return &training.Detail{
		Job:         j,
		LauncherPod: training.Member{Where: "Launcher", Index: -1, Phase: training.PodFailed, Node: "n1", ExitCode: n[int32](3), Message: "exited with code 3"},
		WorkerPods: []training.Member{
			{Where: "Worker 0", Phase: training.PodRunning, Node: "n1", Started: at(-time.Minute), Ranks: []int{0, 1}},
			{Where: "Worker 1", Index: 1, Phase: training.PodAbsent, Message: "its pod is gone", Node: "n2", Ranks: []int{2, 3}},
		},
		Events: []training.Event{
			{At: noon.Add(-time.Hour), About: "MPIJob", Reason: "MPIJobCreated", Message: "MPIJob team-b/broken is created.", Count: 1},
			{At: noon.Add(-50 * time.Minute), About: "Launcher", Reason: "Scheduled", Message: "Successfully assigned", Count: 1},
			{At: noon.Add(-49 * time.Minute), About: "Worker 0", Reason: "Started", Message: "Container started", Count: 1},
			{At: noon.Add(-time.Minute), About: "Worker 1", Reason: "BackOff", Message: "Back-off\nrestarting", Count: 4, Warning: true},
		},
		Notes: []string{`denied: ann may not list events in namespace "team-b"`},
	}
}

// Each view, as a terminal shows it and as a pipe gets it.
func TestGolden(t *testing.T) {
	views := map[string]func(w io.Writer, tty bool, s iostreams.Style) error{
		"table": func(w io.Writer, tty bool, s iostreams.Style) error {
			return Table(w, jobs(), TableOptions{Now: noon, Style: s, Marks: tty, Width: map[bool]int{true: 90}[tty]})
		},
		"wide": func(w io.Writer, tty bool, s iostreams.Style) error {
			return Table(w, jobs(), TableOptions{Now: noon, Style: s, Marks: tty, Wide: true, AllNamespaces: true})
		},
		"types": func(w io.Writer, tty bool, s iostreams.Style) error {
			return Table(w, append(jobs()[1:2], tuned()), TableOptions{Now: noon, Style: s, Marks: tty, Wide: true})
		},
		"compare": func(w io.Writer, tty bool, s iostreams.Style) error {
			return SideBySide(w, compared(), s, map[bool]int{true: 90}[tty])
		},
		"retried": func(w io.Writer, _ bool, s iostreams.Style) error { return Page(w, retried(), s, noon, 100) },
		"events":  func(w io.Writer, _ bool, s iostreams.Style) error { return EventTable(w, failed().Events, s, noon, 0) },
		"failed":  func(w io.Writer, _ bool, s iostreams.Style) error { return Page(w, failed(), s, noon, 100) },
		"waiting": func(w io.Writer, _ bool, s iostreams.Style) error { return Page(w, waiting(), s, noon, 100) },
		"usage": func(w io.Writer, tty bool, s iostreams.Style) error {
			return Usage(w, usage(), UsageOptions{Style: s, Bars: tty, Width: 110})
		},
		"usage-short": func(w io.Writer, tty bool, s iostreams.Style) error {
			return Usage(w, usage(), UsageOptions{Style: s, Bars: tty, Width: 60, Lines: 9})
		},
		"board": func(w io.Writer, tty bool, s iostreams.Style) error {
			return BoardText(w, board(), s, noon, map[bool]int{true: 90}[tty])
		},
		"live":         func(w io.Writer, _ bool, s iostreams.Style) error { return screen(w, waiting(), s, 100, 24) },
		"live-many":    func(w io.Writer, _ bool, s iostreams.Style) error { return screen(w, many(), s, 100, 18) },
		"live-narrow":  func(w io.Writer, _ bool, s iostreams.Style) error { return screen(w, many(), s, 44, 12) },
		"reports":      func(w io.Writer, _ bool, s iostreams.Style) error { return Page(w, reports(), s, noon, 100) },
		"live-reports": func(w io.Writer, _ bool, s iostreams.Style) error { return screen(w, reports(), s, 60, 14) },
		"card":         func(w io.Writer, _ bool, s iostreams.Style) error { return Card(w, &failed().Job, s, 80) },
		"remedy":       func(w io.Writer, _ bool, s iostreams.Style) error { return Card(w, mendable(), s, 80) },
		"verdict":      func(w io.Writer, _ bool, s iostreams.Style) error { return Verdict(w, held(), s, 90) },
		"json": func(w io.Writer, _ bool, _ iostreams.Style) error {
			return Data(w, JSON, Jobs(&training.Page{Items: jobs()[2:], Total: 1}))
		},
		"yaml": func(w io.Writer, _ bool, _ iostreams.Style) error { return Data(w, YAML, Detail(failed())) },
	}
	for name, view := range views {
		for _, tty := range []bool{true, false} {
			var b bytes.Buffer
			if err := view(&b, tty, iostreams.Test(nil, nil, nil, tty, 100).Style()); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+map[bool]string{true: ".tty", false: ".pipe"}[tty])
			if *update {
				if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), b.String()); d != "" {
				t.Errorf("%s (-want +got), -update accepts it:\n%s", file, d)
			}
			if !tty && strings.ContainsRune(b.String(), 0x1b) && name != "json" && name != "yaml" {
				t.Errorf("%s: escape sequences in a pipe", file)
			}
		}
	}
}

// reports is a job whose program tells how far it is.
func reports() *training.Detail {
	j := *jobs()[1]
	j.Progress = &training.Progress{At: noon, Percent: n(40), ExpectedEnd: at(90 * time.Second), Metrics: []training.TrainingMetric{
		{Name: "loss", Value: 0.3123456}, {Name: "train/learning_rate", Value: 1e-5}, {Name: "step", Value: 4000}}}
	return &training.Detail{Job: j, LauncherPod: training.Member{Where: "Launcher", Index: -1, Phase: training.PodRunning, Node: "n1"}}
}

// mendable is a failure that has a remedy.
func mendable() *training.Job {
	j := failed().Job
	j.Failure.LogTail = nil
	j.Remedy = &training.Changes{MemoryPerWorker: n(resource.MustParse("1Gi"))}
	return &j
}

// tuned is a job of another type.
func tuned() *training.Job {
	return &training.Job{Name: "tune", Namespace: "team-a", Type: training.TypeTrainJob, Phase: training.Queued, Queue: "gold", Message: "Waiting in queue \"gold\" for room",
		SlotsPerWorker: 2, Created: noon.Add(-time.Minute), Launcher: training.PodAbsent,
		TotalResources: training.Resources{CPU: resource.MustParse("500m"), Memory: resource.MustParse("4Gi"), GPUs: 8}}
}

// retried is a job with relatives, which has been tried more than once.
func retried() *training.Detail {
	d := &training.Detail{Job: *jobs()[1], LauncherPod: training.Member{Where: "Launcher", Index: -1, Phase: training.PodRunning}}
	d.ResourcesPerWorker = training.Resources{CPU: resource.MustParse("4")}
	d.TotalResources = training.Resources{CPU: resource.MustParse("12"), GPUs: 1}
	d.Attempt, d.ClonedFrom = 2, "hi"
	d.Timeline = []training.Step{{Name: "Created", At: d.Created}, {Name: "Started", At: d.Created.Add(2 * time.Second)}, {Name: "Running", At: d.Created.Add(7 * time.Second)}}
	d.Family = []training.Relative{{Name: "hi", Phase: training.Failed}, {Name: "hello", Phase: training.Running, ClonedFrom: "hi"}}
	return d
}

func compared() *training.Comparison {
	return &training.Comparison{Jobs: jobs()[2:], Same: 12, Fields: []training.ComparedField{
		{Group: training.GroupSpec, Field: "workers", Values: []string{"2", "4"}, Differs: true},
		{Group: training.GroupSpec, Field: "spec.mpiReplicaSpecs.Worker.template.spec.nodeSelector.gpu", Values: []string{"", "a100"}, Differs: true},
		{Group: training.GroupResources, Field: "memoryPerWorker", Values: []string{"2Gi", "4Gi"}, Differs: true},
		{Group: training.GroupOutcome, Field: "cause", Values: []string{"Worker 1, rank 3: exited with code 3, and this goes on for long", ""}, Differs: true},
	}}
}

func screen(w io.Writer, d *training.Detail, s iostreams.Style, width, lines int) error {
	text := LivePage(d, s, noon, width, lines)
	if len(text) > lines {
		return fmt.Errorf("%d lines on a screen of %d", len(text), lines)
	}
	_, err := io.WriteString(w, strings.Join(text, "\n")+"\n")
	return err
}

// many is a job of 100 Workers, some of which don't run.
func many() *training.Detail {
	d := &training.Detail{Job: *jobs()[0], LauncherPod: training.Member{Where: "Launcher", Index: -1, Phase: training.PodRunning, Node: "n0"}}
	d.Workers.Total = 100
	d.Message = "Waiting for Worker 7: no node has room: 0/20 nodes are available: 20 Insufficient nvidia.com/gpu"
	for i := range 100 {
		m := training.Member{Where: fmt.Sprint("Worker ", i), Index: i, Phase: training.PodRunning, Node: fmt.Sprint("n", i%20)}
		switch {
		case i == 7 || i >= 90:
			m.Phase, m.Reason, m.Node = training.PodPending, "Unschedulable", ""
			m.Message = "no node has room: 20 Insufficient nvidia.com/gpu"
		case i == 42:
			m.Phase, m.Reason, m.Message = training.PodFailed, "OOMKilled", "killed for lack of memory"
		case i == 50:
			m.Restarts = 2
		}
		d.WorkerPods = append(d.WorkerPods, m)
	}
	return d
}

// board is what jobs take of three namespaces: a full one, one that nobody uses, and one whose job waits for most of its Workers.
func board() *training.UsageBoard {
	four := training.Resources{CPU: resource.MustParse("32"), Memory: resource.MustParse("256Gi"), GPUs: 15}
	return &training.UsageBoard{Items: []training.NamespaceUsage{{
		Namespace: "team-a", Jobs: 2, Workers: 8, Resources: four, WaitingJobs: 3,
		Quotas: []training.QuotaUsage{
			{Quota: "jobs", Resource: "count/mpijobs.kubeflow.org", Used: "4", Limit: "4", Percent: 100},
			{Quota: "gpus", Resource: "requests.nvidia.com/gpu", Used: "15", Limit: "16", Percent: 93.75}, {Quota: "gpus", Resource: "requests.cpu", Used: "32", Limit: "128", Percent: 25}},
		Creators: []training.CreatorUsage{{Creator: "ann", Jobs: 2, Workers: 8, Resources: four}, {Creator: "system:serviceaccount:team-a:pipeline", Waiting: 3}},
		Waiting: []training.WaitingJob{{Name: "tune", Type: training.TypeMPIJob, Phase: training.Pending, Creator: "system:serviceaccount:team-a:pipeline", Created: noon.Add(-3 * time.Minute), Resources: four,
			Message: "4/4 jobs running: \x1b[31mit waits\nfor one of them to end"}},
	}, {Namespace: "team-b"}, {
		Namespace: "team-c", Workers: 1, Resources: training.Resources{CPU: resource.MustParse("4")}, WaitingJobs: 1,
		Creators: []training.CreatorUsage{{Creator: "ann", Waiting: 1, Workers: 1, Resources: training.Resources{CPU: resource.MustParse("4")}}},
		Waiting: []training.WaitingJob{{Name: "huge", Type: training.TypeMPIJob, Phase: training.Initializing, Creator: "ann", Created: noon.Add(-time.Minute),
			Resources: training.Resources{CPU: resource.MustParse("800100m")}, Message: "Waiting for 796 of 800.1 CPU: no room for 199 of 200 Workers; 1 of 200 Workers holds what it has meanwhile"}},
	}}}
}

func usage() *training.Usage {
	u := &training.Usage{Namespace: "team", Job: "hello", Phase: training.Running, Notes: []string{"GPU metrics can't be read"}}
	u.Members = append(u.Members, training.MemberUsage{Where: "Launcher", Index: -1, Phase: training.PodRunning, Node: "n0", At: &noon, CPU: 0.004, Memory: 12 << 20})
	for i := range 5 {
		u.Members = append(u.Members, training.MemberUsage{
			Where: fmt.Sprint("Worker ", i), Index: i, Phase: training.PodRunning, Node: "n1", At: &noon,
			CPU: 0.3 * float64(i+1), CPULimit: 2, Memory: int64(i)*(980<<20) + 100<<20, MemoryLimit: 4 << 30,
			GPUs: []training.GPUUsage{{GPU: "0", Percent: 97, Memory: 30 << 30, MemoryTotal: 40 << 30}},
		})
	}
	u.Members[2].At, u.Members[2].Phase = nil, training.PodStarting
	return u
}

func waiting() *training.Detail {
	return &training.Detail{
		Job:         *jobs()[0],
		LauncherPod: training.Member{Where: "Launcher", Index: -1, Phase: training.PodStarting, Node: "n1", Message: "starting its container on n1"},
		WorkerPods:  []training.Member{{Where: "Worker 0", Phase: training.PodPending, Message: "no node has room: Insufficient nvidia.com/gpu"}},
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                        "plain",
		"\x1b[31mred\x1b[0m":           "\x1b[31mred\x1b[0m",
		"\x1b[2J\x1b[Hgone":            "gone",
		"\x1b]0;title\aafter":          "after",
		"10%\r20%\r30%":                "30%",
		"done\r":                       "done",
		"a\tb":                         "a    b",
		"\xff":                         "\ufffd",
		"safe\u202etxt.exe":            "safetxt.exe",
		"\x1b[38;5;12mblue\x1b[999999": "\x1b[38;5;12mblue[999999",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

// Where a limit comes from that nobody asked for, and what is whose of the resources.
func TestWhatAJobsPageExplains(t *testing.T) {
	j := training.Job{Name: "a", Namespace: "ns", Type: training.TypeMPIJob, Phase: training.Running, TimeLimitSeconds: 86400, TimeLimitIsDefault: true}
	if origin, change := LimitText(&j); !strings.Contains(origin, "24h, which is the default of jobs made from flags or a form") || !strings.Contains(change, "up to what the administrator allows the project: kubectl annotate mpijob a -n ns training.opendatahub.io/timeout=48h") {
		t.Errorf("the default limit: %q, %q", origin, change)
	}
	k := j
	k.TimeLimitSeconds, k.TimeLimitIsDefault, k.TimeLimitIsNamespaces = 4*3600, false, true
	if origin, change := LimitText(&k); origin != "4h, which the administrator of ns gives jobs that ask for none" || change == "" {
		t.Errorf("the namespace's limit: %q, %q", origin, change)
	}
	for name, other := range map[string]func(*training.Job){
		"another limit": func(j *training.Job) { j.TimeLimitSeconds, j.TimeLimitIsDefault = 3600, false },
		"ended":         func(j *training.Job) { j.Phase = training.Failed },
	} {
		k := j
		other(&k)
		if origin, change := LimitText(&k); origin != "" || change != "" {
			t.Errorf("%s: %q, %q", name, origin, change)
		}
	}
	j.TotalResources.CPU = resource.MustParse("100m")
	if got, want := asked(&j), "0.1 CPU for the Launcher; the Workers name none"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	j.ResourcesPerWorker.CPU, j.TotalResources.CPU = resource.MustParse("2"), resource.MustParse("800100m")
	j.TotalResources.Memory = resource.MustParse("4194432Mi")
	if got, want := asked(&j), "800.1 CPU, 4.0 TiB memory in total"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestShortTexts(t *testing.T) {
	for d, want := range map[time.Duration]string{-time.Second: "0s", 300 * time.Millisecond: "0.3s", 90 * time.Second: "90s", 5*time.Minute + 3*time.Second: "5m03s", 2 * time.Hour: "120m", 30 * time.Hour: "30h", 72 * time.Hour: "3d"} {
		if got := Age(d); got != want {
			t.Errorf("Age(%s) = %q, want %q", d, got, want)
		}
	}
	for want, r := range map[string][]int{"": nil, "3": {3}, "0-3,8": {0, 1, 2, 3, 8}, "1,3,5-6": {1, 3, 5, 6}} {
		if got := Ranks(r); got != want {
			t.Errorf("Ranks(%v) = %q, want %q", r, got, want)
		}
	}
}

func TestLogLine(t *testing.T) {
	color, plain := iostreams.Test(nil, nil, nil, true, 80).Style(), iostreams.Style{}
	for _, c := range []struct {
		line         training.LogLine
		s            iostreams.Style
		several, tty bool
		want         string
	}{
		{training.LogLine{Where: "Launcher", Index: -1, Text: "a\x1b[2Jb"}, plain, false, false, "a\x1b[2Jb"},
		{training.LogLine{Where: "Launcher", Index: -1, Text: "a\x1b[2Jb"}, plain, false, true, "ab"},
		{training.LogLine{Where: "Worker 1", Index: 1, Text: "x"}, plain, true, false, "Worker 1  │ x"},
		{training.LogLine{Where: "Launcher", Index: -1, Text: "x", Truncated: 5}, plain, false, false, "x … 5 more bytes of this line are left out"},
		{training.LogLine{Where: "Launcher", Index: -1, Rank: n(3), Text: "x"}, plain, false, false, "rank 3   │ x"},
		{training.LogLine{Where: "Worker 1", Index: 1, Text: "x"}, color, true, true, "\x1b[33mWorker 1  │\x1b[0m x"},
	} {
		if got := LogLine(c.line, c.s, c.several, c.tty); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// A copy that would be better is named by its command: what only its user knows is left open.
func TestMendCommands(t *testing.T) {
	for _, c := range []struct {
		mend   string
		remedy *training.Changes
		want   string
	}{
		{"image", nil, "odh training clone a -n ns --image IMAGE"},
		{"command", nil, "odh training clone a -n ns -- PROGRAM ARGS"},
		{"gpusPerWorker", nil, "odh training clone a -n ns --gpus-per-worker NUMBER"},
		{"slotsPerWorker", nil, "odh training clone a -n ns --slots-per-worker NUMBER"},
		{"memoryPerWorker", nil, "odh training clone a -n ns --memory-per-worker SIZE"},
		{"memoryPerWorker", &training.Changes{MemoryPerWorker: n(resource.MustParse("1Gi"))}, "odh training clone a --memory-per-worker 1Gi -n ns"},
		{"cpuPerWorker", nil, "odh training clone a -n ns --cpu-per-worker NUMBER"},
		{"timeLimit", nil, "odh training clone a -n ns --time-limit LONG"},
		{"", nil, ""},
	} {
		j := &training.Job{Name: "a", Namespace: "ns", Type: training.TypeMPIJob, Mend: c.mend, Remedy: c.remedy}
		if got := strings.Join(MendCommands(j), "\n"); got != c.want {
			t.Errorf("%q: %q, want %q", c.mend, got, c.want)
		}
	}
}

// One line says when a new job stops, and whose limit that is.
func TestLimitLine(t *testing.T) {
	stops, late := at(4*time.Hour), at(time.Minute)
	for want, j := range map[string]training.Job{
		"stops at 2026-01-02 16:00:00 UTC, in 4h, which the administrator of ns gives jobs that ask for none (another: --time-limit)": {Created: noon, StopsAt: stops, TimeLimitSeconds: 4 * 3600, TimeLimitIsNamespaces: true},
		"stops at 2026-01-02 16:00:00 UTC, in 4h, which is the default of jobs made from flags or a form (another: --time-limit)":     {Created: noon.Add(-time.Hour), Started: &noon, StopsAt: stops, TimeLimitSeconds: 4 * 3600, TimeLimitIsDefault: true},
		// A deadline of its own comes before its limit, and isn't the default of anything.
		"stops at 2026-01-02 12:01:00 UTC, in 60s":                                                             {Created: noon, StopsAt: late, TimeLimitSeconds: 86400, TimeLimitIsDefault: true},
		"time limit 24h, which is the default of jobs made from flags or a form (another: --time-limit)":       {Created: noon, TimeLimitSeconds: 86400, TimeLimitIsDefault: true},
		"time limit 24h, or what the administrator of ns gives jobs that ask for none (another: --time-limit)": {TimeLimitSeconds: 86400, TimeLimitIsDefault: true},
		"stops at 2026-01-02 16:00:00 UTC, in 4h":                                                              {StopsAt: stops, TimeLimitSeconds: 4 * 3600},
		"": {},
	} {
		j.Namespace, j.Phase = "ns", training.Pending
		if got := LimitLine(&j, noon); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
