package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/opendatahub-io/mpijob/sandbox/internal/component"
	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
	"github.com/opendatahub-io/mpijob/sandbox/internal/supervisor"
)

// Remove takes back all that the sandbox changed, whatever state it is in, and goes on past what it
// can't: the error tells of all that is left. Every component must have been stopped.
//
// The state folder goes last, and only when all else is gone: it knows what to put back, so that
// another try can. Nothing interrupts it half-way.
func Remove(ctx context.Context, c config.Config, marker string) error {
	if err := CheckState(c.State); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	shims := shimSockets(c)
	steps := []struct {
		what string
		do   func() error
	}{
		{"processes", func() error { return supervisor.KillMarked(marker, func(p supervisor.Process) bool { return true }) }},
		{"containers", removeCgroups},
		{"mounts", func() error { return unmount(c.State) }},
		{"links", func() error { return removeLinks(ctx) }},
		{"firewall rules", func() error { return removeRules(ctx) }},
		{"kernel settings", func() error { return restoreTunables(c) }},
		{"shims' sockets", func() error { return removeAll(shims) }},
		{"files outside the state folder", func() error { return removeStrays(c) }},
	}
	var all error
	for _, s := range steps {
		if err := s.do(); err != nil {
			all = errors.Join(all, fmt.Errorf("removing %s: %w", s.what, err))
		}
	}
	if all != nil {
		return all
	}
	if err := removeState(c.State); err != nil {
		return fmt.Errorf("removing state folder: %w", err)
	}
	return nil
}

// Reboot clears what a reboot has made stale: sockets, leases and the record of containers that are
// gone. It does nothing while the machine is still the one that wrote it.
func Reboot(c config.Config) error {
	now, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return err
	}
	path := c.Path("host", "boot-id")
	before, err := os.ReadFile(path)
	if err == nil && string(before) == string(now) {
		return nil
	}
	if err == nil {
		stale := []string{c.Path("run", "containerd"), c.Path("run", "runc"), c.Path("cni", "ipam"), c.ContainerdSocket()}
		if err := removeAll(stale); err != nil {
			return err
		}
		if err := removeStrays(c); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, now, 0o644)
}

// unmount undoes every mount below dir, the innermost first.
func unmount(dir string) error {
	raw, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	var points []string
	for line := range strings.Lines(string(raw)) {
		fields := strings.Fields(line)
		if len(fields) > 4 && strings.HasPrefix(fields[4], dir+"/") {
			points = append(points, unescape(fields[4]))
		}
	}
	slices.Reverse(points)
	var all error
	for _, p := range points {
		if err := syscall.Unmount(p, 0); err != nil {
			if err := syscall.Unmount(p, 2 /* MNT_DETACH */); err != nil {
				all = errors.Join(all, fmt.Errorf("%s: %w", p, err))
			}
		}
	}
	return all
}

// unescape undoes the octal escapes of mountinfo.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// removeLinks removes the bridge and what still hangs on it.
func removeLinks(ctx context.Context) error {
	ports, err := os.ReadDir("/sys/class/net/" + config.Bridge + "/brif")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, p := range ports {
		// Already gone with its network namespace, as a rule.
		_ = run(ctx, "", "ip", "link", "del", p.Name())
	}
	return run(ctx, "", "ip", "link", "del", config.Bridge)
}

func removeRules(ctx context.Context) error {
	var all error
	for _, j := range jumps {
		iptables := func(args ...string) error {
			return run(ctx, "", "iptables", append([]string{"-w", "5", "-t", j.table}, args...)...)
		}
		if err := iptables("-n", "-L", j.to); absent(err) {
			continue // and so is every rule that would lead to it
		} else if err != nil {
			all = errors.Join(all, err)
			continue
		}
		err := iptables("-D", j.from, "-j", j.to)
		for err == nil {
			err = iptables("-D", j.from, "-j", j.to)
		}
		if !absent(err) {
			all = errors.Join(all, err)
		}
		all = errors.Join(all, iptables("-F", j.to), iptables("-X", j.to))
	}
	return all
}

// absent says that iptables ran and found no such rule or chain.
func absent(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.ExitCode() == 1
}

func restoreTunables(c config.Config) error {
	raw, err := os.ReadFile(tunablesFile(c))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	values := map[string]string{}
	if err := json.Unmarshal(raw, &values); err != nil {
		return err
	}
	var all error
	for name, value := range values {
		path := filepath.Join("/proc/sys", name)
		if now, err := os.ReadFile(path); err == nil && strings.TrimSpace(string(now)) != value {
			all = errors.Join(all, os.WriteFile(path, []byte(value), 0))
		}
	}
	return all
}

const shimFolder = "/run/containerd/s"

// shimSockets are the sockets of containerd's shims. Their folder is compiled into containerd; each
// container's bundle says which is its own.
func shimSockets(c config.Config) []string {
	var out []string
	bundles, _ := filepath.Glob(c.Path("run", "containerd", "io.containerd.runtime.v2.task", "*", "*", "address"))
	for _, b := range bundles {
		raw, err := os.ReadFile(b)
		if err != nil {
			continue
		}
		// Nothing else is removed on a file's word.
		if s := strings.TrimPrefix(strings.TrimSpace(string(raw)), "unix://"); filepath.Dir(s) == shimFolder {
			out = append(out, s)
		}
	}
	return out
}

// removeStrays removes what containerd's CNI library and the kubelet leave at paths that no setting
// moves, and the folders they made, where those are empty now.
func removeStrays(c config.Config) error {
	var strays []string
	patterns := []string{
		"/var/lib/cni/results/" + component.NetworkName + "-*",
		"/var/lib/cni/cache/results/" + component.NetworkName + "-*",
	}
	const plugins = "/var/lib/kubelet/device-plugins/"
	if deaf(plugins + "kubelet.sock") {
		patterns = append(patterns, plugins+"kubelet.sock", plugins+"DEPRECATION", plugins+"kubelet_internal_checkpoint")
	}
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		strays = append(strays, found...)
		for _, f := range found {
			// A pod's loopback has an entry of its own, by the same container id.
			if id, ok := strings.CutPrefix(filepath.Base(f), component.NetworkName+"-"); ok {
				strays = append(strays, filepath.Join(filepath.Dir(f), "cni-loopback-"+strings.TrimSuffix(id, "-eth0")+"-lo"))
			}
		}
	}
	// Sockets of shims that were killed, and so could not remove them: nobody listens.
	sockets, err := filepath.Glob(shimFolder + "/*")
	if err != nil {
		return err
	}
	for _, s := range sockets {
		if deaf(s) {
			strays = append(strays, s)
		}
	}
	links, err := filepath.Glob("/var/log/containers/*")
	if err != nil {
		return err
	}
	for _, l := range links {
		// The kubelet's links to logs: ours lead nowhere once the state is gone.
		if to, err := os.Readlink(l); err == nil && strings.HasPrefix(to, c.State+"/") {
			strays = append(strays, l)
		}
	}
	if err := removeAll(strays); err != nil {
		return err
	}
	for _, dir := range []string{
		"/var/lib/cni/results", "/var/lib/cni/cache/results", "/var/lib/cni/cache", "/var/lib/cni",
		"/var/lib/kubelet/device-plugins", "/var/lib/kubelet", "/var/log/containers", "/var/log/pods",
		shimFolder, "/run/containerd",
	} {
		_ = syscall.Rmdir(dir) // not empty: somebody else's
	}
	return nil
}

// deaf says that a socket is there and nobody listens on it.
func deaf(socket string) bool {
	conn, err := net.Dial("unix", socket)
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// stateMark is a file that says a folder is a sandbox's state, and may be removed.
const stateMark = ".mpijob-sandbox"

// MakeState makes the state folder, and refuses one that holds something else.
func MakeState(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, stateMark)); err == nil {
		return nil
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s has files that are no sandbox's state: set SANDBOX_STATE to a folder that is empty or not there yet", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, stateMark), []byte("State of the MPIJob sandbox; `sandbox down` removes this folder.\n"), 0o644)
}

// CheckState refuses a folder that is there and is no sandbox's state: nothing in it may be touched.
func CheckState(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, stateMark)); err == nil {
		return nil
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("%s is no sandbox's state folder: it lacks the file %s; nothing was done", dir, stateMark)
}

// removeState removes the state folder, never across a mount.
func removeState(dir string) error {
	raw, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	if strings.Contains(string(raw), " "+dir+"/") {
		return fmt.Errorf("%s still has mounts in it", dir)
	}
	return os.RemoveAll(dir)
}

func removeAll(paths []string) error {
	var all error
	for _, p := range paths {
		all = errors.Join(all, os.RemoveAll(p))
	}
	return all
}
