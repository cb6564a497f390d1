package rsh

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// foreign hands over to the image's own ssh, which replaces this process.
func (s *Shell) foreign(name string, args []string, inv Invocation, cause error) int {
	path, err := ownSSH()
	if err != nil {
		what := fmt.Sprintf("%q is no Worker of this job", inv.Host)
		switch {
		case cause != nil:
			what = cause.Error()
		case inv.Foreign != "":
			what = fmt.Sprintf("Workers don't offer what option %s asks for", inv.Foreign)
		}
		return s.failed(name, fmt.Errorf("%s, and %w", what, err))
	}
	err = syscall.Exec(path, append([]string{"ssh"}, args...), os.Environ())
	return s.failed(name, fmt.Errorf("starting %s: %w", path, err))
}

// ownSSH finds an ssh in PATH that isn't this program.
func ownSSH() (string, error) {
	self, err := os.Stat("/proc/self/exe")
	if err != nil {
		return "", fmt.Errorf("finding the image's ssh: %w", err)
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path, err := exec.LookPath(filepath.Join(dir, "ssh"))
		if dir == "" || err != nil {
			continue
		}
		if info, err := os.Stat(path); err == nil && !os.SameFile(info, self) {
			return path, nil
		}
	}
	return "", errors.New("the image has no ssh of its own for other hosts")
}

// here runs a command in the Launcher itself, in place of this process.
func (s *Shell) here(name, command string) int {
	const shell = "/bin/sh"
	argv := []string{shell}
	if command != "" {
		argv = append(argv, "-c", command)
	}
	err := syscall.Exec(shell, argv, os.Environ())
	return s.failed(name, fmt.Errorf("running a command in the Launcher: %s: %w", shell, err))
}

// backgroundEnv marks the process that -f leaves in the background, and names the pipe on which it
// tells the one in front that the command runs.
const backgroundEnv = "MPI_AGENT_RSH_BACKGROUND"

const backgroundPipe = 3

// background runs the same again in a process of its own and returns when its command has started, or
// with its exit status when it ends before that.
func (s *Shell) background(name string, args []string) int {
	r, w, err := os.Pipe()
	if err != nil {
		return s.failed(name, err)
	}
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: append([]string{filepath.Base(wire.RemoteShellPath)}, args...),
		Env:    append(os.Environ(), backgroundEnv+"=1"),
		Stdout: s.Stdout, Stderr: s.Stderr, ExtraFiles: []*os.File{w},
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := cmd.Start(); err != nil {
		return s.failed(name, err)
	}
	w.Close()
	if n, _ := r.Read(make([]byte, 1)); n == 1 {
		return 0
	}
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode()
}

// begun tells the process in front, if there is one, that the command runs.
func begun() {
	if os.Getenv(backgroundEnv) == "" {
		return
	}
	pipe := os.NewFile(backgroundPipe, "front")
	_, _ = pipe.Write([]byte{1})
	pipe.Close()
}
