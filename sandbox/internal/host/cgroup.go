package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

const cgroupMount = "/sys/fs/cgroup"

// hierarchies are the cgroup trees of this machine: one on cgroup v2, one for each controller on v1.
func hierarchies(v2 bool) ([]string, error) {
	if v2 {
		return []string{cgroupMount}, nil
	}
	entries, err := os.ReadDir(cgroupMount)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		path := filepath.Join(cgroupMount, e.Name())
		if _, err := os.Stat(filepath.Join(path, "cgroup.procs")); err == nil && e.IsDir() {
			out = append(out, path)
		}
	}
	return out, nil
}

// makeCgroups makes the cgroup below which the kubelet keeps all pods, so that one removal ends them.
func makeCgroups(c config.Config) error {
	trees, err := hierarchies(c.CgroupV2)
	if err != nil {
		return err
	}
	for _, tree := range trees {
		dir := tree + config.CgroupRoot
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making a cgroup for pods: %w", err)
		}
		// A cpuset of v1 begins empty and takes no process until it is told CPUs and memory nodes.
		for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
			all, err := os.ReadFile(filepath.Join(tree, name))
			if c.CgroupV2 || err != nil {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, name), all, 0o644); err != nil {
				return fmt.Errorf("making a cgroup for pods: %w", err)
			}
		}
		if c.CgroupV2 {
			if err := delegate(tree, dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// delegate hands all controllers of a v2 tree down to dir's children.
func delegate(tree, dir string) error {
	raw, err := os.ReadFile(filepath.Join(tree, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for _, d := range []string{tree, dir} {
		for _, name := range strings.Fields(string(raw)) {
			path := filepath.Join(d, "cgroup.subtree_control")
			if err := os.WriteFile(path, []byte("+"+name), 0o644); err != nil && name != "rdma" && name != "misc" {
				return fmt.Errorf("handing cgroup controller %s down in %s: %w", name, d, err)
			}
		}
	}
	return nil
}

// removeCgroups kills every process below the pods' cgroup and removes it.
func removeCgroups() error {
	var dirs []string
	for _, pattern := range []string{cgroupMount + config.CgroupRoot, cgroupMount + "/*" + config.CgroupRoot} {
		roots, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, root := range roots {
			err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
				if err == nil && d.IsDir() {
					dirs = append(dirs, path)
				}
				if errors.Is(err, fs.ErrNotExist) {
					return nil
				}
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	slices.Reverse(dirs) // children first
	var last error
	for range 100 {
		left := dirs[:0:0]
		for _, dir := range dirs {
			for _, pid := range members(dir) {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			if err := syscall.Rmdir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
				left, last = append(left, dir), fmt.Errorf("removing cgroup %s: %w", dir, err)
			}
		}
		if len(left) == 0 {
			return nil
		}
		dirs = left
		time.Sleep(50 * time.Millisecond)
	}
	return last
}

func members(dir string) []int {
	raw, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil {
		return nil
	}
	var out []int
	for _, f := range strings.Fields(string(raw)) {
		if pid, err := strconv.Atoi(f); err == nil && pid > 0 {
			out = append(out, pid)
		}
	}
	return out
}
