package procs

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// kernelKeepsExits says whether the kernel tells how a process ended after its parent has collected it.
func kernelKeepsExits(t *testing.T) bool {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	v := strings.SplitN(unix.ByteSliceToString(u.Release[:]), ".", 3)
	major, _ := strconv.Atoi(v[0])
	minor, _ := strconv.Atoi(v[1])
	return major > 6 || major == 6 && minor >= 15
}

// The end of a rank wakes the watcher, which then knows how it ended: of one that nobody has collected yet
// always, of one that its parent has where the kernel keeps it.
func TestRankEndsAreNoticed(t *testing.T) {
	for _, tc := range []struct {
		name, script string
		// collects says that the rank's parent does.
		collects bool
		end      string
		want     wire.ControlRank
	}{
		{"exits, a zombie", `exec sh -c 'echo; read x; exit 3'`, false, "\n", wire.ControlRank{Rank: 3, World: 4, ExitCode: ptr(3)}},
		{"exits, collected", `(sh -c 'echo; read x; exit 3'); read y`, true, "\n", wire.ControlRank{Rank: 3, World: 4, ExitCode: ptr(3)}},
		{"is killed, collected", `(sh -c 'echo; read x; kill -9 $$'); read y`, true, "\n", wire.ControlRank{Rank: 3, World: 4, Signal: "SIGKILL"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			script, env := tc.script, []string{"OMPI_COMM_WORLD_RANK=3", "OMPI_COMM_WORLD_SIZE=4"}
			if tc.collects {
				script, env = strings.Replace(script, "(sh", "(exec env "+strings.Join(env, " ")+" sh", 1), nil
			}
			cmd, in, out := start(t, script, env...)
			_, _ = bufio.NewReader(out).ReadByte() // it runs
			woken := make(chan bool, 1)
			w := NewRankWatcher(func() { woken <- true })
			if started, _ := w.Scan(); len(started) != 1 {
				t.Fatalf("started: %v", started)
			}
			if _, err := io.WriteString(in, tc.end); err != nil {
				t.Fatal(err)
			}
			select {
			case <-woken:
			case <-time.After(30 * time.Second):
				t.Fatal("nobody was woken")
			}
			for tc.collects && zombieBelow(cmd.Process.Pid) {
				time.Sleep(time.Millisecond)
			}
			_, ended := w.Scan()
			if len(ended) != 1 {
				t.Fatalf("ended: %v", ended)
			}
			got := ended[0]
			if got.Memory <= 0 {
				t.Error("nobody looked how much memory it had")
			}
			got.PID, got.Memory = 0, 0
			unknown := wire.ControlRank{Rank: 3, World: 4}
			if diff := cmp.Diff(tc.want, got); diff != "" && (!tc.collects || kernelKeepsExits(t) || !cmp.Equal(got, unknown)) {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// zombieBelow says whether a process below a parent waits to be collected. Other tests leave some behind.
func zombieBelow(parent int) bool {
	for _, p := range Below(List(), parent) {
		if p.Zombie {
			return true
		}
	}
	return false
}

// A process that is not the one that was listed isn't followed.
func TestFollowTheRightProcess(t *testing.T) {
	self, _ := read(os.Getpid())
	if e := follow(self, func() {}); e == nil {
		t.Error("this process can't be followed")
	} else {
		if s, known := e.status(); known {
			t.Errorf("this process has ended: %v", s)
		}
		e.close()
	}
	self.Start++
	if e := follow(self, func() {}); e != nil {
		t.Error("another process is followed")
	}
	if e := follow(Proc{PID: -1}, func() {}); e != nil {
		t.Error("no process is followed")
	}
}
