// Package environ changes environments where the agent must: PATH, so that `ssh` means the remote shell,
// SHELL, so that Open MPI doesn't wonder about users without an account, and where progress is told.
package environ

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Lookup returns a variable; the last one counts, as for os/exec.
func Lookup(env []string, name string) (string, bool) {
	for i := len(env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(env[i], name+"="); ok {
			return v, true
		}
	}
	return "", false
}

func set(env []string, name, value string) []string {
	out := make([]string, 0, len(env)+1)
	for _, v := range env {
		if !strings.HasPrefix(v, name+"=") {
			out = append(out, v)
		}
	}
	return append(out, name+"="+value)
}

// defaultPath is used where the image sets none, as runtimes do.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// WithShim returns the environment with the remote shell's `ssh` first in PATH.
func WithShim(env []string) []string {
	path, ok := Lookup(env, "PATH")
	if !ok || path == "" {
		path = defaultPath
	}
	if strings.HasPrefix(path, wire.ShimDir+":") {
		return env
	}
	return set(env, "PATH", wire.ShimDir+":"+path)
}

// WithShell returns the environment with SHELL set where it isn't. Open MPI asks which shell a user
// has, and warns on each run about users that are not in the image's passwd file.
func WithShell(env []string) []string {
	if _, ok := Lookup(env, "SHELL"); ok {
		return env
	}
	// bash first: for sh, Open MPI wraps each remote command in a look for a .profile.
	for _, shell := range []string{"/bin/bash", "/bin/sh"} {
		if _, err := os.Stat(shell); err == nil {
			return set(env, "SHELL", shell)
		}
	}
	return env
}

// WithProgress returns the environment with the place where programs of the job tell their progress, as
// Kubeflow Trainer names it. One that is set already stays: the program reports elsewhere.
func WithProgress(env []string, job *wire.Job) []string {
	if _, ok := Lookup(env, wire.EnvProgressURL); ok || job.Feed == nil {
		return env
	}
	env = set(env, wire.EnvProgressURL, job.ProgressURL())
	env = set(env, wire.EnvProgressToken, wire.ProgressTokenFile)
	env = set(env, wire.EnvProgressCA, wire.ProgressCAFile)
	// Python asks a proxy even for loopback unless told not to.
	for _, proxy := range []string{"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"} {
		if v, _ := Lookup(env, proxy); v != "" {
			return withoutProxy(env, "127.0.0.1")
		}
	}
	return env
}

// withoutProxy has a host reached directly. Where both names are set, programs differ in which counts. A
// star, for all hosts, counts only alone.
func withoutProxy(env []string, host string) []string {
	found := false
	for _, name := range []string{"no_proxy", "NO_PROXY"} {
		if v, ok := Lookup(env, name); ok {
			found = true
			if strings.TrimSpace(v) == "*" || names(v, host) {
				continue
			}
			env = set(env, name, strings.TrimLeft(v+","+host, ","))
		}
	}
	if !found {
		env = set(env, "no_proxy", host)
	}
	return env
}

// names says whether a list of hosts has one.
func names(list, host string) bool {
	for h := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(h) == host {
			return true
		}
	}
	return false
}

// LookPath finds a program in the PATH of an environment, which need not be the agent's own. The error
// is os.ErrNotExist, or os.ErrPermission where something is there that can't be run.
func LookPath(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, Runnable(name)
	}
	path, _ := Lookup(env, "PATH")
	found := os.ErrNotExist
	for _, dir := range filepath.SplitList(path) {
		if dir == "" {
			dir = "."
		}
		file := filepath.Join(dir, name)
		switch err := Runnable(file); {
		case err == nil:
			return file, nil
		case errors.Is(err, os.ErrPermission):
			found = err
		}
	}
	return "", found
}

// Runnable says whether a file can be executed at all; os.ErrNotExist or os.ErrPermission if not.
func Runnable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return os.ErrNotExist
	case info.IsDir() || info.Mode()&0o111 == 0:
		return os.ErrPermission
	}
	return nil
}
