package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestField(t *testing.T) {
	body := []byte("MemTotal:       24567 kB\nNAME=\"Debian\"\nmodel name\t: Fast CPU: 3 GHz\n")
	for _, test := range []struct{ name, sep, want string }{
		{"MemTotal", ":", "24567 kB"},
		{"NAME", "=", `"Debian"`},
		{"model name", ":", "Fast CPU: 3 GHz"},
		{"missing", ":", ""},
	} {
		if got := field(body, test.name, test.sep); got != test.want {
			t.Errorf("field(%q) = %q, want %q", test.name, got, test.want)
		}
	}
	if got := kilobytes("24567 kB"); got != 24567 {
		t.Errorf("kilobytes = %d", got)
	}
}

func TestContainerFindsItsProcesses(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef"
	proc := t.TempDir()
	write := func(pid int, group, status string) {
		dir := filepath.Join(proc, fmt.Sprint(pid))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, body := range map[string]string{"cgroup": group, "status": status} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(100, "0::/kubepods/pod1/"+id, "Name:\tmpi-agent\nNSpid:\t100\t1\n")
	write(101, "0::/kubepods/pod1/"+id, "Name:\tsleep\nNSpid:\t101\t7\n")
	write(102, "0::/kubepods/pod2/ffff", "Name:\tsleep\nNSpid:\t102\t7\n")
	write(103, "0::/kubepods/pod1/"+id, "Name:\tended\n")

	container, err := NewContainer("containerd://" + id)
	if err != nil {
		t.Fatal(err)
	}
	container.proc = proc
	if n := container.Count("sleep"); n != 1 {
		t.Errorf("one sleep is in this container, found %d", n)
	}
	if n := len(container.processes()); n != 2 {
		t.Errorf("two processes with a number inside, found %d", n)
	}
	if err := os.WriteFile(filepath.Join(proc, "100", "exe"), make([]byte, 42), 0o600); err != nil {
		t.Fatal(err)
	}
	if size, err := container.ProgramSize(); err != nil || size != 42 {
		t.Errorf("the first process' program has 42 bytes: %d, %v", size, err)
	}
	container.proc = t.TempDir()
	if err := container.Kill(); err == nil {
		t.Error("killing a container without processes must say so")
	}
}

func TestNewContainerRefusesWhatIsNoID(t *testing.T) {
	for _, id := range []string{"", "containerd://", "abc"} {
		if _, err := NewContainer(id); err == nil {
			t.Errorf("%q accepted: an empty id would match every process of the machine", id)
		}
	}
}
