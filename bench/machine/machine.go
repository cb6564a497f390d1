// Package machine reads the facts that figures depend on, and nothing that tells one machine of a kind
// from another: no host names, no paths.
package machine

import (
	"bufio"
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/opendatahub-io/mpijob/bench/result"
)

// Facts are those of this machine. What can't be read stays empty: a figure without it is still a figure.
func Facts() result.Machine {
	read := func(path string) []byte {
		body, _ := os.ReadFile(path)
		return body
	}
	cgroup := "v1"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		cgroup = "v2"
	}
	return result.Machine{
		Cores:       runtime.NumCPU(),
		MemoryBytes: kilobytes(field(read("/proc/meminfo"), "MemTotal", ":")) << 10,
		Kernel:      version(string(read("/proc/sys/kernel/osrelease"))),
		CPU:         field(read("/proc/cpuinfo"), "model name", ":"),
		System:      strings.Trim(field(read("/etc/os-release"), "PRETTY_NAME", "="), `"`),
		Cgroup:      cgroup,
	}
}

// Load is the one-minute load average, 0 where unknown.
func Load() float64 {
	body, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(body), " ")
	load, _ := strconv.ParseFloat(first, 64)
	return load
}

// field is the value of the first line `name<sep>value`, blanks trimmed.
func field(body []byte, name, sep string) string {
	lines := bufio.NewScanner(bytes.NewReader(body))
	for lines.Scan() {
		key, value, found := strings.Cut(lines.Text(), sep)
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func kilobytes(value string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 64)
	return n
}

// version is a kernel's, without what its builder appends.
func version(release string) string {
	v, _, _ := strings.Cut(strings.TrimSpace(release), "-")
	return v
}
