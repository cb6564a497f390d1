package machine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPrograms(t *testing.T) {
	proc := t.TempDir()
	for pid, files := range map[string][2]string{
		"7":   {"/cache/bin/controller-1/controller\x00--kubeconfig=x\x00--agent-image=a\x00", "VmRSS:\t   1000 kB\n"},
		"12":  {"/usr/bin/mpijob-controller\x00--agent-image\x00a\x00", "VmRSS:\t   2000 kB\n"},
		"13":  {"/bin/mpi-operator\x00", "VmRSS:\t 3 kB\n"},
		"14":  {"", ""}, // a kernel thread
		"abc": {"/bin/mpi-operator\x00", ""},
	} {
		dir := filepath.Join(proc, pid)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string]string{"cmdline": files[0], "status": files[1]} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	ours := programs(proc, HasFlag("--agent-image"))
	if len(ours) != 2 || ours[0].PID != 7 || ours[1].Resident() != 2000<<10 {
		t.Errorf("%+v", ours)
	}
	if peer := programs(proc, Runs("mpi-operator")); len(peer) != 1 || peer[0].PID != 13 {
		t.Errorf("%+v", peer)
	}
}
