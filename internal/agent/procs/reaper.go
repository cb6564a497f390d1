package procs

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Reaper collects the orphans a container's first process inherits, and leaves alone the children
// somebody waits for: taking those would make os/exec's Wait fail. So everything the agent starts is
// started here.
type Reaper struct {
	mu  sync.Mutex
	own map[int]bool
}

// NewReaper returns a reaper that also inherits the orphans of its own tree where it isn't PID 1.
func NewReaper() *Reaper {
	// Fails only on kernels older than 3.4; then orphans go to PID 1, as they would without.
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	return &Reaper{own: map[int]bool{}}
}

// Start starts a command that the caller waits for with Wait.
func (r *Reaper) Start(cmd *exec.Cmd) error {
	// Under the lock, so that no sweep meets a child that isn't registered yet.
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	r.own[cmd.Process.Pid] = true
	return nil
}

// Wait waits for a command that Start started.
func (r *Reaper) Wait(cmd *exec.Cmd) error {
	err := cmd.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.own, cmd.Process.Pid)
	return err
}

// Run collects orphans until the context ends.
func (r *Reaper) Run(ctx context.Context) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	defer signal.Stop(ended)
	// A signal that comes while one is pending is merged with it, so look now and then anyway.
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		r.sweep()
		select {
		case <-ctx.Done():
			return
		case <-ended:
		case <-tick.C:
		}
	}
}

func (r *Reaper) sweep() {
	self := os.Getpid()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range List() {
		if p.Zombie && p.PPID == self && !r.own[p.PID] {
			_, _ = syscall.Wait4(p.PID, nil, syscall.WNOHANG, nil)
		}
	}
}

// ExitStatus is how a process ended: its exit code, or the signal that killed it.
type ExitStatus struct {
	Code   int
	Signal syscall.Signal // 0: it exited
}

// Shell is the status as a shell's $?: 128 + n for signal n.
func (s ExitStatus) Shell() int {
	if s.Signal != 0 {
		return 128 + int(s.Signal)
	}
	return s.Code
}

// StatusOf returns how a command ended that Wait returned for.
func StatusOf(cmd *exec.Cmd) ExitStatus {
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok {
		return statusOf(ws)
	}
	return ExitStatus{Code: cmd.ProcessState.ExitCode()}
}

func statusOf(ws syscall.WaitStatus) ExitStatus {
	if ws.Signaled() {
		return ExitStatus{Signal: ws.Signal()}
	}
	return ExitStatus{Code: ws.ExitStatus()}
}

// SignalName is a signal as a Failure spells it: "SIGKILL".
func SignalName(s syscall.Signal) string { return unix.SignalName(s) }
