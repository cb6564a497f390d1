package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

func long(lines, length int) *failure.Failure {
	f := &failure.Failure{Reason: failure.WorkerLost, Where: "Worker 1", Detail: strings.Repeat("é", length), At: time.Now()}
	for range lines {
		f.LogTail = append(f.LogTail, strings.Repeat("<x>", length/3))
	}
	return f
}

func workers(n int) (all []wire.WorkerReport) {
	for i := range n {
		all = append(all, wire.WorkerReport{Index: i, State: wire.WorkerReachable, Ranks: []int{8 * i, 8*i + 1, 8*i + 2, 8*i + 3}})
	}
	return all
}

func TestLastWord(t *testing.T) {
	for _, tc := range []struct {
		name    string
		word    wire.LastWord
		workers bool // kept
		lines   bool // some kept
	}{
		{"short", wire.LastWord{Version: 1, Failure: long(2, 60), Workers: workers(2)}, true, true},
		{"many Workers", wire.LastWord{Version: 1, Failure: long(2, 60), Workers: workers(1000)}, false, true},
		{"long log", wire.LastWord{Version: 1, Failure: long(200, 900), Workers: workers(2)}, false, true},
		{"long detail", wire.LastWord{Version: 1, Failure: long(0, 90000)}, false, false},
		{"success", wire.LastWord{Version: 1, Workers: workers(1000)}, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before, _ := json.Marshal(tc.word)
			data := LastWord(tc.word, wire.MaxLastWord)
			if len(data) > wire.MaxLastWord || !utf8.Valid(data) {
				t.Errorf("%d bytes, valid %v", len(data), utf8.Valid(data))
			}
			var got wire.LastWord
			if err := json.Unmarshal(data, &got); err != nil {
				t.Fatal(err)
			}
			if (len(got.Workers) > 0) != tc.workers || (got.Failure != nil && len(got.Failure.LogTail) > 0) != tc.lines {
				t.Errorf("kept %d Workers, %+v", len(got.Workers), got.Failure)
			}
			if got.Failure != nil && (got.Failure.Reason != failure.WorkerLost || got.Failure.Where != "Worker 1") {
				t.Errorf("%+v", got.Failure)
			}
			if after, _ := json.Marshal(tc.word); string(after) != string(before) {
				t.Error("the caller's value was changed")
			}
		})
	}
}

func TestLine(t *testing.T) {
	r := wire.Report{Version: 1, Stage: wire.StageRunning, Workers: workers(2000), Failure: long(200, 900)}
	line := Line(r, wire.MaxFeedMessage)
	if len(line) > wire.MaxFeedMessage || line[len(line)-1] != '\n' || strings.Count(string(line), "\n") != 1 {
		t.Fatalf("%d bytes", len(line))
	}
	var got wire.Report
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	small := wire.Report{Version: 1, Stage: wire.StageWaiting, Workers: workers(3)}
	var same wire.Report
	if err := json.Unmarshal(Line(small, wire.MaxFeedMessage), &same); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(small, same); diff != "" {
		t.Error(diff)
	}
}

func TestLeave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := Leave(path, []byte("{}")); !os.IsNotExist(err) {
		t.Errorf("without the file: %v", err)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("old", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Leave(path, LastWord(wire.LastWord{Version: 1, ExitCode: 3}, wire.MaxLastWord)); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	var w wire.LastWord
	if err := json.Unmarshal(data, &w); err != nil || w.ExitCode != 3 {
		t.Errorf("%q, %v", data, err)
	}
}

func TestBlock(t *testing.T) {
	text := Block(&failure.Failure{Reason: failure.WorkerLost, Where: "Worker 1", Detail: "gone", Confidence: failure.Likely, Evidence: "a guess"})
	for _, want := range []string{"the job failed: Worker 1: lost: gone\n", "likely", "what to do: "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q has no %q", text, want)
		}
	}
}

// Of a failure, its reason is worth more than the numbers, which the feed carries too.
func TestLastWordAndProgress(t *testing.T) {
	p := &wire.Progress{Percent: new(int)}
	for i := range wire.MaxMetrics {
		p.Metrics = append(p.Metrics, wire.Metric{Name: strings.Repeat("x", wire.MaxMetricName-2) + fmt.Sprintf("%02d", i), Value: 1.0 / 3})
	}
	var got wire.LastWord
	w := wire.LastWord{Version: 1, Workers: workers(500), Progress: p, Failure: &failure.Failure{Reason: failure.RankExited}}
	if err := json.Unmarshal(LastWord(w, wire.MaxLastWord), &got); err != nil || got.Workers != nil || got.Progress == nil || len(got.Progress.Metrics) != wire.MaxMetrics {
		t.Errorf("%v, %+v", err, got)
	}
	// Which ranks ran where is worth more than the numbers, where there is room for one of them.
	got = wire.LastWord{}
	w.Workers = workers(30)
	data := LastWord(w, len(encode(w))-1)
	if err := json.Unmarshal(data, &got); err != nil || len(got.Workers) != 30 || got.Progress != nil {
		t.Errorf("%d bytes, %v, %+v", len(data), err, got)
	}
	got = wire.LastWord{}
	w.Workers = workers(500)
	w.Failure.LogTail = slices.Repeat([]string{strings.Repeat("a line of the log ", 10)}, 20)
	data = LastWord(w, wire.MaxLastWord)
	if err := json.Unmarshal(data, &got); err != nil || len(data) > wire.MaxLastWord || got.Progress != nil || len(got.Failure.LogTail) == 0 {
		t.Errorf("%d bytes, %v, %+v", len(data), err, got)
	}
}

func FuzzLastWord(f *testing.F) {
	f.Add("Worker 1", "detail", "line\nline", 3, 4096)
	f.Fuzz(func(t *testing.T, where, detail, log string, n, limit int) {
		w := wire.LastWord{Version: 1, Workers: workers(min(max(n, 0), 500)), Failure: &failure.Failure{
			Reason: failure.Reason(where), Where: where, Detail: detail, Evidence: detail, LogTail: strings.Split(log, "\n"),
		}}
		data := LastWord(w, wire.MaxLastWord)
		var got wire.LastWord
		if len(data) > wire.MaxLastWord || json.Unmarshal(data, &got) != nil || got.Failure == nil {
			t.Errorf("%d bytes: %q", len(data), data)
		}
	})
}
