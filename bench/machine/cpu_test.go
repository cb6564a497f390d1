package machine

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCPUOfAProgramWithAnAwkwardName(t *testing.T) {
	proc := t.TempDir()
	if err := os.Mkdir(filepath.Join(proc, "7"), 0o755); err != nil {
		t.Fatal(err)
	}
	stat := "7 (a) b (c) S 1 7 7 0 -1 4194304 100 0 0 0 150 25 9 9 20 0 1 0 100 0 0\n"
	if err := os.WriteFile(filepath.Join(proc, "7", "stat"), []byte(stat), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := (Program{PID: 7, proc: proc}).CPU(); math.Abs(got-1.75) > 1e-9 {
		t.Errorf("%v s, want 1.75", got)
	}
	if got := (Program{PID: 8, proc: proc}).CPU(); got != 0 {
		t.Errorf("a process that has ended used %v s", got)
	}
}

func TestOwnCPUIsTheProcessesOwn(t *testing.T) {
	before, listed := OwnCPU(), Program{PID: os.Getpid(), proc: "/proc"}
	for end := time.Now().Add(60 * time.Millisecond); time.Now().Before(end); {
	}
	if OwnCPU() <= before {
		t.Error("no CPU used by a loop")
	}
	if got, want := listed.CPU(), OwnCPU(); math.Abs(got-want) > 0.1 {
		t.Errorf("/proc says %v s, the kernel's call %v s", got, want)
	}
}
