package result

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func runs(seconds ...float64) []Run {
	var out []Run
	for round, s := range seconds {
		outcome := Succeeded
		if s == 0 {
			outcome = Failed
		}
		out = append(out, Run{Round: round, Seconds: s, Outcome: outcome})
	}
	return out
}

func TestSummarizeComparesWithinRoundsAndSkipsFailures(t *testing.T) {
	f := &File{Start: []Contender{
		{Key: "ours", Runs: runs(2, 4, 5)},
		{Key: "ours-sshd", Runs: runs(4, 4, 4)},
		{Key: "peer", Runs: runs(6, 8, 0)},
	}}
	f.Summarize()
	peer := f.Start[2]
	if peer.Seconds.N != 2 || peer.Seconds.Min != 6 || peer.Seconds.Max != 8 {
		t.Errorf("the failed run must not count: %+v", peer.Seconds)
	}
	if peer.ToOurs.Min != 2 || peer.ToOurs.Max != 3 {
		t.Errorf("ratios to ours are 6/2 and 8/4: %+v", *peer.ToOurs)
	}
	if peer.ToOursSSHD.Min != 1.5 || peer.ToOursSSHD.Max != 2 {
		t.Errorf("ratios to ours with sshd are 6/4 and 8/4: %+v", *peer.ToOursSSHD)
	}
	if f.Start[0].ToOurs != nil {
		t.Error("ours is not compared with itself")
	}
}

func TestWriteThenRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results", "one.json")
	want := &File{Schema: Schema, At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Start: []Contender{{Key: "ours", Runs: runs(1)}}}
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestReadRefusesAnotherSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.json")
	if err := os.WriteFile(path, []byte(`{"schema":"mpijob-bench/v0"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "mpijob-bench/v0") {
		t.Errorf("error must name the schema found, got %v", err)
	}
}
