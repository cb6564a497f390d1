package launch

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/opendatahub-io/mpijob/internal/agent/environ"
	"github.com/opendatahub-io/mpijob/internal/agent/implementation"
	"github.com/opendatahub-io/mpijob/internal/agent/limits"
	"github.com/opendatahub-io/mpijob/internal/agent/supervise"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// adapt looks which MPI implementation the image brings. Where that isn't the one the job names, it
// adds what the image's reads, hostfile and remote shell, so that ranks still start on the Workers; what
// the manifest sets itself stays.
func (l *Launcher) adapt(env []string) ([]string, *supervise.Mismatch) {
	path, found := implementation.Find(l.Command, env)
	if found == "" || found == l.job.Implementation {
		return env, nil
	}
	m := &supervise.Mismatch{Spec: l.job.Implementation, Found: found, Version: l.version(path, env)}
	hostfile, err := l.writeHostfile(found, env)
	if err != nil {
		l.out.say(fmt.Sprintf("a hostfile for %s can't be written: %v", implementation.Name(found), err))
		return env, m
	}
	m.Adapted = true
	for _, v := range l.job.MPIVariables(found, hostfile) {
		if _, set := environ.Lookup(env, v.Name); !set {
			env = append(env, v.Name+"="+v.Value)
		}
	}
	return env, m
}

func (l *Launcher) writeHostfile(found string, env []string) (string, error) {
	dir, ok := environ.Lookup(env, "TMPDIR")
	if !ok || dir == "" {
		dir = "/tmp"
	}
	dir, err := os.MkdirTemp(dir, "mpi-agent-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "hostfile")
	return file, os.WriteFile(file, []byte(wire.MPIHostfile(found, l.job.Hosts(), l.job.Slots)), 0o444)
}

// version asks the image's mpirun for its version; only a job that names another pays for that.
func (l *Launcher) version(path string, env []string) string {
	ctx, cancel := context.WithTimeout(context.Background(), limits.Version)
	defer cancel()
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env = env
	cmd.Stdout = &limited{w: &said, left: 4 << 10}
	cmd.Stderr = cmd.Stdout
	cmd.WaitDelay = time.Second
	if err := l.reaper.Start(cmd); err != nil {
		return ""
	}
	_ = l.reaper.Wait(cmd)
	return implementation.Version(said.String())
}
