package procs

import (
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// start runs a script that is spoken to, with nothing of the test's environment but the path, until the test ends.
func start(t *testing.T, script string, env ...string) (*exec.Cmd, io.WriteCloser, io.Reader) {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return cmd, in, out
}

func TestRankWatcher(t *testing.T) {
	env := map[int]string{
		10: "PATH=/bin\x00OMPI_MCA_ess=env", // orted
		11: "OMPI_COMM_WORLD_RANK=3\x00OMPI_COMM_WORLD_SIZE=8\x00PMIX_RANK=3",
		12: "OMPI_COMM_WORLD_RANK=3", // what rank 3 starts
		13: "X=PMI_RANK=9\x00PMI_RANK=0\x00PMI_SIZE=2",
	}
	environ := func(pid int) []byte { return []byte(env[pid]) }
	w := NewRankWatcher(nil)
	steps := []struct {
		name           string
		below          []Proc
		started, ended []wire.ControlRank
	}{
		{"the daemon alone", []Proc{{PID: 10}}, nil, nil},
		{"between fork and exec", []Proc{{PID: 10}, {PID: 14, PPID: 10, Start: 1}}, nil, nil},
		{
			"ranks, and what they start", []Proc{{PID: 10}, {PID: 14, PPID: 10, Start: 1}, {PID: 11, PPID: 10}, {PID: 12, PPID: 11}, {PID: 13, PPID: 10}},
			[]wire.ControlRank{{Rank: 1, PID: 14}, {Rank: 3, PID: 11, World: 8}, {Rank: 0, PID: 13, World: 2}}, nil,
		},
		{"no change", []Proc{{PID: 10}, {PID: 14, PPID: 10, Start: 1}, {PID: 11, PPID: 10}, {PID: 12, PPID: 11}, {PID: 13, PPID: 10}}, nil, nil},
		{
			"one killed, as its zombie tells", []Proc{{PID: 10}, {PID: 14, PPID: 10, Start: 1}, {PID: 11, PPID: 10, Zombie: true, Status: 9}, {PID: 13, PPID: 10}},
			nil, []wire.ControlRank{{Rank: 3, PID: 11, World: 8, Signal: "SIGKILL"}},
		},
		{
			"one exits with 3", []Proc{{PID: 10}, {PID: 14, PPID: 10, Start: 1}, {PID: 13, PPID: 10, Zombie: true, Status: 3 << 8}},
			nil, []wire.ControlRank{{Rank: 0, PID: 13, World: 2, ExitCode: ptr(3)}},
		},
		{"one vanishes, another process has its number", []Proc{{PID: 10}, {PID: 14, PPID: 10, Start: 2}},
			[]wire.ControlRank{{Rank: 1, PID: 14}}, []wire.ControlRank{{Rank: 1, PID: 14}}},
	}
	for i, s := range steps {
		if i == 2 {
			env[14] = "OMPI_COMM_WORLD_RANK=1"
		}
		started, ended := w.scan(s.below, environ, func(identity) bool { return true })
		if diff := cmp.Diff(s.started, started); diff != "" {
			t.Errorf("%s: started\n%s", s.name, diff)
		}
		if diff := cmp.Diff(s.ended, ended); diff != "" {
			t.Errorf("%s: ended\n%s", s.name, diff)
		}
	}
}

// A rank that one look misses goes on: neither its end is told nor a second start, nor that of what it started.
func TestOneLookMissesARank(t *testing.T) {
	environ := func(int) []byte { return []byte("PMI_RANK=1") }
	there := []Proc{{PID: 10}, {PID: 11, PPID: 10}}
	alive := true
	gone := func(identity) bool { return !alive }
	w := NewRankWatcher(nil)
	if started, _ := w.scan(there, environ, gone); len(started) != 1 {
		t.Fatalf("started %v", started)
	}
	for _, below := range [][]Proc{nil, there, there[1:]} {
		if started, ended := w.scan(below, environ, gone); len(started)+len(ended) > 0 {
			t.Errorf("started %v, ended %v", started, ended)
		}
	}
	alive = false
	if _, ended := w.scan(nil, environ, gone); len(ended) != 1 {
		t.Errorf("ended %v", ended)
	}
}

// A process that gets little CPU may stay between fork and exec for many looks: what it then executes is looked at.
func TestLateExecIsSeen(t *testing.T) {
	_, in, out := start(t, "read x; exec env OMPI_COMM_WORLD_RANK=3 sh -c 'echo; read x'")
	w := NewRankWatcher(nil)
	for range 2 * environLooks {
		if started, _ := w.Scan(); len(started) != 0 {
			t.Fatalf("started %v", started)
		}
	}
	if _, err := io.WriteString(in, "\n"); err != nil {
		t.Fatal(err)
	}
	_, _ = out.Read(make([]byte, 1)) // the other program runs
	if started, _ := w.Scan(); len(started) != 1 || started[0].Rank != 3 {
		t.Errorf("started %v", started)
	}
}
