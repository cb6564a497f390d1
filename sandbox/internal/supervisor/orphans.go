package supervisor

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Process is one that carries a supervisor's marker.
type Process struct {
	PID  int
	Name string
	// Shim says that it keeps containers, and so outlives containerd.
	Shim bool
}

// Marked lists the processes on this machine that carry the marker in their environment.
func Marked(marker string) ([]Process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var out []Process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		argv, env := started(filepath.Join("/proc", e.Name()))
		if !slices.ContainsFunc(bytes.Split(env, []byte{0}), func(v []byte) bool { return string(v) == marker }) {
			continue
		}
		if len(argv) == 0 {
			continue // ended meanwhile
		}
		name := filepath.Base(string(bytes.SplitN(argv, []byte{0}, 2)[0]))
		out = append(out, Process{PID: pid, Name: name, Shim: strings.HasPrefix(name, "containerd-shim")})
	}
	return out, nil
}

// started reads the arguments and the environment of the process whose folder under /proc is given.
// While a process takes another program (at its start, and when a shell executes) there is a moment in
// which it shows one or the other of them empty: then they are read again, or it would be taken for a
// stranger. Kernel threads and zombies show neither for ever; they have no program. One with arguments
// and no environment at two looks was started so.
func started(proc string) (argv, env []byte) {
	bare := false
	for range 100 {
		var err error
		if env, err = os.ReadFile(filepath.Join(proc, "environ")); err != nil {
			return nil, nil
		}
		if argv, err = os.ReadFile(filepath.Join(proc, "cmdline")); err != nil {
			return nil, nil
		}
		if len(argv) > 0 && (len(env) > 0 || bare) {
			return argv, env
		}
		bare = len(argv) > 0
		if _, err := os.Readlink(filepath.Join(proc, "exe")); err != nil {
			return nil, nil
		}
		time.Sleep(time.Millisecond)
	}
	return argv, env
}

// KillOrphans ends what an earlier supervisor left running, but for the shims: pods survive the
// supervisor, as they survive containerd and the kubelet.
func KillOrphans(marker string) error {
	return KillMarked(marker, func(p Process) bool { return !p.Shim })
}

// KillMarked ends the processes with the marker that which selects: SIGTERM, and after a moment
// SIGKILL.
func KillMarked(marker string, which func(Process) bool) error {
	for attempt := range 100 {
		all, err := Marked(marker)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(p Process) bool { return !which(p) })
		if len(all) == 0 {
			return nil
		}
		if attempt == 0 || attempt >= 50 {
			sig := syscall.SIGTERM
			if attempt > 0 {
				sig = syscall.SIGKILL
			}
			for _, p := range all {
				_ = syscall.Kill(p.PID, sig)
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("processes of an earlier sandbox can't be ended: they hang in the kernel; reboot the machine")
}
