package procs

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

func ptr[T any](v T) *T { return &v }

func TestParseStat(t *testing.T) {
	// line is a stat line with the given name, state and exit status, as proc(5) numbers its 52 fields.
	line := func(name, state, status string) string {
		fields := strings.Fields(strings.Repeat("0 ", 52))
		fields[0], fields[1], fields[2], fields[3], fields[5], fields[21], fields[23], fields[49], fields[51] = "7", "("+name+")", state, "8", "10", "777", "2", "99", status
		return strings.Join(fields, " ")
	}
	for _, tc := range []struct {
		name, line string
		want       Proc
		ok         bool
	}{
		{"running", line("a b", "S", "0"), Proc{PID: 7, PPID: 8, SID: 10, Start: 777, Memory: 2 * int64(os.Getpagesize()), Env: 99}, true},
		{"zombie, parentheses in its name", line("x) Z 1", "Z", "768"), Proc{PID: 7, PPID: 8, SID: 10, Start: 777, Memory: 2 * int64(os.Getpagesize()), Env: 99, Zombie: true, Status: 768}, true},
		{"cut", "7 (a) S 1 2", Proc{}, false},
		{"nothing", "", Proc{}, false},
	} {
		got, ok := parseStat(7, []byte(tc.line))
		if diff := cmp.Diff(tc.want, got); diff != "" || ok != tc.ok {
			t.Errorf("%s: %v\n%s", tc.name, ok, diff)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("7 (a) S 1 2 3"))
	f.Add([]byte("7 )("))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, ok := parseStat(7, data); ok && p.PID != 7 {
			t.Error(p)
		}
	})
}

func TestTrees(t *testing.T) {
	all := []Proc{{PID: 1}, {PID: 2, PPID: 1, SID: 2}, {PID: 3, PPID: 2, SID: 2}, {PID: 4, PPID: 3, SID: 4}, {PID: 5, PPID: 1, SID: 5}, {PID: 6, PPID: 1, SID: 2}}
	pids := func(procs []Proc) (out []int) {
		for _, p := range procs {
			out = append(out, p.PID)
		}
		return out
	}
	if diff := cmp.Diff([]int{3, 4}, pids(Below(all, 2))); diff != "" {
		t.Error(diff)
	}
	// 6 lost its parent; 4 made a session of its own but still hangs below.
	if diff := cmp.Diff([]int{2, 3, 4, 6}, pids(OfSession(all, 2))); diff != "" {
		t.Error(diff)
	}
}

// The trees are shaped as containers see them: v1 with only their own part mounted, and with the
// whole hierarchy; v2 with a namespace, and without.
func TestMemory(t *testing.T) {
	for _, tc := range []struct {
		name, own string
		files     map[string]string
		want      wire.MemoryState
		ok        bool
	}{
		{"v2", "0::/\n", map[string]string{"memory.events": "low 0\noom 3\noom_kill 2\n", "memory.max": "536870912\n", "memory.peak": "500\n"},
			wire.MemoryState{Kills: 2, Limit: 536870912, Peak: 500}, true},
		// Of a container the kernel ended as a whole; after the kernel's documentation of cgroup v2, since
		// none of the machines these tests were written on has it.
		{"v2, group kill", "0::/\n", map[string]string{
			"memory.events": "low 0\nhigh 0\nmax 41\noom 1\noom_kill 3\noom_group_kill 1\n", "memory.max": "536870912\n", "memory.peak": "536870912\n"},
			wire.MemoryState{Kills: 3, Limit: 536870912, Peak: 536870912}, true},
		{"v2 without limit", "0::/\n", map[string]string{"memory.events": "oom_kill 0\n", "memory.max": "max\n"}, wire.MemoryState{}, true},
		{"v2 of the whole machine", "0::/pods/a\n", map[string]string{"memory.events": "oom_kill 9\n", "pods/a/memory.events": "oom_kill 1\n"}, wire.MemoryState{Kills: 1}, true},
		{"v1", "5:cpu,cpuacct:/pods/a\n4:memory:/pods/a\n", map[string]string{"memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
			"memory/memory.limit_in_bytes": "1024\n", "memory/memory.max_usage_in_bytes": "1000\n"}, wire.MemoryState{Kills: 1, Limit: 1024, Peak: 1000}, true},
		{"v1 of the whole machine, no limit", "4:memory:/pods/a\n", map[string]string{"memory/pods/a/memory.oom_control": "oom_kill 4\n",
			"memory/pods/a/memory.limit_in_bytes": "9223372036854771712\n"}, wire.MemoryState{Kills: 4}, true},
		{"none", "", nil, wire.MemoryState{}, false},
		{"nonsense", "x\n:::::\n", map[string]string{"memory.events": "oom_kill many\n"}, wire.MemoryState{}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range tc.files {
				path := filepath.Join(root, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, ok := memory(root, []byte(tc.own))
			if diff := cmp.Diff(tc.want, got); diff != "" || ok != tc.ok {
				t.Errorf("%v\n%s", ok, diff)
			}
		})
	}
}

// While orphans are collected, nobody's own child may be taken away.
func TestSharedMemory(t *testing.T) {
	if m, ok := SharedMemory(); ok && (m.Limit <= 0 || m.Peak < 0 || m.Peak > m.Limit) {
		t.Errorf("%+v", m)
	}
	if m, ok := sharedMemory(t.TempDir() + "/none"); ok {
		t.Errorf("there is none, but %+v", m)
	}
}

func TestReaperLeavesOwnChildren(t *testing.T) {
	r := NewReaper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		r.Run(ctx)
		close(done)
	}()
	defer func() {
		cancel()
		<-done
	}()
	errs := make(chan error, 50)
	for range cap(errs) {
		go func() {
			cmd := exec.Command("/bin/sh", "-c", "(exit 0 &); exit 3")
			if err := r.Start(cmd); err != nil {
				errs <- err
				return
			}
			_ = r.Wait(cmd)
			if got := StatusOf(cmd); got != (ExitStatus{Code: 3}) {
				t.Errorf("status %+v", got)
			}
			errs <- nil
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestKillSession(t *testing.T) {
	r := NewReaper()
	cmd := exec.Command("/bin/sh", "-c", "trap '' TERM; sleep 60 & echo; while :; do sleep 0.1; done")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(cmd); err != nil {
		t.Fatal(err)
	}
	_, _ = out.Read(make([]byte, 1))
	KillSession(cmd.Process.Pid, 50*time.Millisecond)
	_ = out.Close()
	_ = r.Wait(cmd)
	if got := StatusOf(cmd); got.Shell() != 128+int(syscall.SIGKILL) {
		t.Errorf("status %+v", got)
	}
	if n := alive(OfSession(List(), cmd.Process.Pid)); n != 0 {
		t.Errorf("%d processes left", n)
	}
	r.sweep()
}

// SignalRanks reaches a rank and what it started, and nothing else.
func TestSignalRanks(t *testing.T) {
	rank := exec.Command("sh", "-c", "sleep 60 & wait")
	rank.Env = append(os.Environ(), "OMPI_COMM_WORLD_RANK=0")
	daemon := exec.Command("sleep", "60")
	for _, c := range []*exec.Cmd{rank, daemon} {
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
	}
	// The shell's child is there once there are two ranks' processes.
	for SignalRanks(0) < 2 {
		time.Sleep(10 * time.Millisecond)
	}
	if n := SignalRanks(syscall.SIGTERM); n != 2 {
		t.Errorf("%d processes signalled, want the shell and its child", n)
	}
	if err := rank.Wait(); err == nil {
		t.Error("the rank lives on")
	}
	if daemon.Process.Signal(syscall.Signal(0)) != nil {
		t.Error("what is no rank was signalled too")
	}
	_ = daemon.Process.Kill()
	_ = daemon.Wait()
}

// FuzzMemory: whatever the cgroup's files hold, nothing negative and no more than they say is read.
func FuzzMemory(f *testing.F) {
	f.Add("0::/\n", "oom_kill 2\n", "536870912\n")
	f.Add("4:memory:/../..\n", "oom_kill -1\noom_kill x\n", "max")
	f.Fuzz(func(t *testing.T, own, events, limit string) {
		root := t.TempDir()
		for name, text := range map[string]string{"memory.events": events, "memory.max": limit, "memory.peak": limit} {
			if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if m, ok := memory(root, []byte(own)); ok && (m.Limit < 0 || m.Peak < 0 || m.Kills < 0) {
			t.Errorf("%+v", m)
		}
	})
}
