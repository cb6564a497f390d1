package supervisor

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/component"
	"github.com/opendatahub-io/mpijob/sandbox/internal/pki"
)

// defaultGrace is how long a process may take to end after SIGTERM.
const defaultGrace = 5 * time.Second

// logLimit is the size at which a component's log is put aside at the next start.
const logLimit = 64 << 20

// process is one run of a component, in a process group of its own.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how; after done
}

func (d Dir) start(c component.Component) (*process, error) {
	for _, f := range c.Files {
		if err := pki.Write(f.Path, []byte(f.Content), f.Mode); err != nil {
			return nil, err
		}
	}
	log, err := d.openLog(c.Name)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(c.Argv[0], c.Argv[1:]...)
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), d.Marker}, c.Env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

func (d Dir) openLog(name string) (*os.File, error) {
	path := d.logFile(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
}

// stop ends the process: SIGTERM, then SIGKILL to what is left of its group after grace.
func (p *process) stop(grace time.Duration) {
	if grace == 0 {
		grace = defaultGrace
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(grace):
	}
	// Set-up steps may have started commands; daemons of their own (containerd's shims) have left
	// the group.
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// how says in words how the process ended.
func (p *process) how() string {
	if p.err == nil {
		return "exited with 0"
	}
	if state := p.cmd.ProcessState; state != nil {
		if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			return fmt.Sprintf("killed by signal %d (%s)", ws.Signal(), ws.Signal())
		}
		return fmt.Sprintf("exited with %d", state.ExitCode())
	}
	return p.err.Error()
}
