package machine

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Program is a process of this machine, in a container or not.
type Program struct {
	PID  int
	proc string // /proc; another folder in tests
}

// Programs are the processes whose command line is as wanted: argv, the program's own name first. The
// processes of containers are seen from outside, so it doesn't matter whether a controller is a pod.
func Programs(wanted func(argv []string) bool) []Program { return programs("/proc", wanted) }

func programs(proc string, wanted func([]string) bool) []Program {
	lines, _ := filepath.Glob(filepath.Join(proc, "[0-9]*", "cmdline"))
	var found []Program
	for _, line := range lines {
		body, err := os.ReadFile(line)
		argv := strings.Split(string(bytes.TrimRight(body, "\x00")), "\x00")
		pid, failed := strconv.Atoi(filepath.Base(filepath.Dir(line)))
		if err != nil || failed != nil || argv[0] == "" || !wanted(argv) {
			continue // ended meanwhile, a kernel thread, or another
		}
		found = append(found, Program{PID: pid, proc: proc})
	}
	slices.SortFunc(found, func(a, b Program) int { return a.PID - b.PID })
	return found
}

// Resident is the memory the process holds now, in bytes; 0 once it has ended.
func (p Program) Resident() int64 {
	body, _ := os.ReadFile(filepath.Join(p.proc, strconv.Itoa(p.PID), "status"))
	return kilobytes(field(body, "VmRSS", ":")) << 10
}

// Runs matches a program by the name of its file.
func Runs(name string) func([]string) bool {
	return func(argv []string) bool { return filepath.Base(argv[0]) == name }
}

// HasFlag matches a program by a flag no other has: its file's name may be anyone's.
func HasFlag(flag string) func([]string) bool {
	return func(argv []string) bool {
		return slices.ContainsFunc(argv[1:], func(a string) bool { return a == flag || strings.HasPrefix(a, flag+"=") })
	}
}
