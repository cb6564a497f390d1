package procs

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Memory reads the container's memory limit, peak, and how many processes the kernel killed in it for
// lack of memory, from cgroup v2 or v1, whichever is there. ok is false where neither can be read.
func Memory() (m wire.MemoryState, ok bool) {
	own, _ := os.ReadFile("/proc/self/cgroup")
	return memory("/sys/fs/cgroup", own)
}

func memory(root string, own []byte) (wire.MemoryState, bool) {
	for _, dir := range memoryDirs(root, own) {
		// v2
		if kills, ok := counter(filepath.Join(dir, "memory.events"), "oom_kill"); ok {
			return wire.MemoryState{
				Kills: int(kills),
				Limit: value(filepath.Join(dir, "memory.max")),
				Peak:  value(filepath.Join(dir, "memory.peak")),
			}, true
		}
		// v1
		if kills, ok := counter(filepath.Join(dir, "memory.oom_control"), "oom_kill"); ok {
			return wire.MemoryState{
				Kills: int(kills),
				Limit: value(filepath.Join(dir, "memory.limit_in_bytes")),
				Peak:  value(filepath.Join(dir, "memory.max_usage_in_bytes")),
			}, true
		}
	}
	return wire.MemoryState{}, false
}

// memoryDirs lists where the container's own memory cgroup may be: below the path the process is in,
// where the whole hierarchy is mounted; at the root of the mount, where only the container's part is.
func memoryDirs(root string, own []byte) []string {
	var dirs []string
	s := bufio.NewScanner(bytes.NewReader(own))
	for s.Scan() {
		f := strings.SplitN(s.Text(), ":", 3)
		switch {
		case len(f) != 3:
		case f[0] == "0" && f[1] == "":
			dirs = append(dirs, filepath.Join(root, f[2]))
		case strings.Contains(","+f[1]+",", ",memory,"):
			dirs = append(dirs, filepath.Join(root, "memory", f[2]))
		}
	}
	return append(dirs, root, filepath.Join(root, "memory"))
}

func counter(path, key string) (int64, bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		if f := strings.Fields(line); len(f) == 2 && f[0] == key {
			n, err := strconv.ParseInt(f[1], 10, 64)
			return n, err == nil && n >= 0
		}
	}
	return 0, false
}

// value reads a number of bytes; 0 for "max", for v1's way to say no limit, and where unknown.
func value(path string) int64 {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	const unlimited = 1 << 60
	if err != nil || n < 0 || n >= unlimited {
		return 0
	}
	return n
}
