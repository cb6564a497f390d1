package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Container is a container on this machine, by the id its pod's status gives.
type Container struct {
	id   string
	proc string // /proc; another folder in tests
}

// NewContainer takes an id as in a pod's status, "containerd://…".
func NewContainer(containerID string) (Container, error) {
	_, id, found := strings.Cut(containerID, "://")
	if !found || len(id) < 16 {
		return Container{}, fmt.Errorf("%q is no container id: the container has not started", containerID)
	}
	return Container{id: id, proc: "/proc"}, nil
}

// process is one process of a container.
type process struct {
	pid     int
	inside  int // its number inside the container
	command string
}

// Count is the number of the container's processes that run this command.
func (c Container) Count(command string) int {
	n := 0
	for _, p := range c.processes() {
		if p.command == command {
			n++
		}
	}
	return n
}

// Kill sends SIGKILL to the container's first process, and with it to all of them, as the kernel does
// when it runs out of memory.
func (c Container) Kill() error {
	pid, err := c.first()
	if err != nil {
		return err
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// ProgramSize is the size in bytes of the program that the container's first process runs.
func (c Container) ProgramSize() (int64, error) {
	pid, err := c.first()
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(filepath.Join(c.proc, strconv.Itoa(pid), "exe"))
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// first is the number, on this machine, of the container's first process.
func (c Container) first() (int, error) {
	for _, p := range c.processes() {
		if p.inside == 1 {
			return p.pid, nil
		}
	}
	return 0, fmt.Errorf("container %.12s has no process here: run the benchmarks as root on the machine the pods run on", c.id)
}

func (c Container) processes() []process {
	groups, _ := filepath.Glob(filepath.Join(c.proc, "[0-9]*", "cgroup"))
	var found []process
	for _, group := range groups {
		body, err := os.ReadFile(group)
		if err != nil || !strings.Contains(string(body), c.id) {
			continue // ended meanwhile, or another's
		}
		dir := filepath.Dir(group)
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		status, _ := os.ReadFile(filepath.Join(dir, "status"))
		numbers := strings.Fields(field(status, "NSpid", ":"))
		if len(numbers) == 0 {
			continue
		}
		inside, _ := strconv.Atoi(numbers[len(numbers)-1])
		found = append(found, process{pid: pid, inside: inside, command: field(status, "Name", ":")})
	}
	return found
}
