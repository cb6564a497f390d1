// Package preflight looks at the machine before anything is compiled or changed, and says everything
// that is in the way at once, each with what to do about it.
package preflight

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
	"github.com/opendatahub-io/mpijob/sandbox/internal/host"
)

// Facts are what the checks look at.
type Facts struct {
	OS           string
	UID          int
	Operator     int    // process of another up or down at work, or 0
	BridgeOwner  string // state folder of the sandbox whose bridge is there, or ""
	State        string
	BusyPorts    []Port // in use by somebody else
	CgroupV2     bool
	Controllers  []string // cgroup controllers
	CapEff       uint64
	GoVersion    string // "go1.26.0", or "" without Go
	WantGo       string // "1.26.0"
	DiskFree     uint64 // bytes, where the state is
	CacheFree    uint64
	MemAvailable uint64
	Built        bool // the big build is in the cache
	Running      bool // the sandbox is up: what it uses is not in its own way
	Overlay      bool
	Kmsg         bool
	CanForward   bool // net.ipv4.ip_forward is on, or can be
	Routes       []string
	Missing      []string // Debian packages that are not installed
	HasApt       bool
}

// Port is one the sandbox needs.
type Port struct {
	Number int
	For    string
}

// Packages are the Debian packages the sandbox uses, each with a file that shows it is installed.
var Packages = []struct{ Name, Shows string }{
	{"containerd", "/usr/bin/containerd"},
	{"runc", "/usr/sbin/runc"},
	{"containernetworking-plugins", "/usr/lib/cni/bridge"},
	{"iptables", "/usr/sbin/iptables"},
	{"iproute2", "/usr/sbin/ip"},
	{"mmdebstrap", "/usr/bin/mmdebstrap"},
}

// Gather looks at the machine. It takes a fraction of a second.
func Gather(ctx context.Context, c config.Config, running, built bool, operator int) Facts {
	f := Facts{
		OS:          runtime.GOOS,
		UID:         os.Getuid(),
		Operator:    operator,
		BridgeOwner: host.BridgeOwner(),
		State:       c.State,
		CgroupV2:    CgroupV2(),
		WantGo:      wantGo(c.Repo),
		Built:       built,
		Running:     running,
		DiskFree:    free(c.State),
		CacheFree:   free(c.Cache),
		Kmsg:        exists("/dev/kmsg"),
		CanForward:  forward(),
	}
	f.Controllers = controllers(f.CgroupV2)
	if !running {
		f.BusyPorts = busy()
	}
	if out, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output(); err == nil {
		f.GoVersion = strings.TrimSpace(string(out))
	}
	if raw, err := os.ReadFile("/proc/self/status"); err == nil {
		f.CapEff, _ = strconv.ParseUint(field(string(raw), "CapEff:"), 16, 64)
	}
	if raw, err := os.ReadFile("/proc/meminfo"); err == nil {
		kib, _ := strconv.ParseUint(field(string(raw), "MemAvailable:"), 10, 64)
		f.MemAvailable = kib << 10
	}
	if raw, err := os.ReadFile("/proc/filesystems"); err == nil {
		f.Overlay = strings.Contains(string(raw), "\toverlay\n") || exists("/lib/modules/"+kernel()+"/kernel/fs/overlayfs")
	}
	f.Routes = routes()
	_, err := exec.LookPath("apt-get")
	f.HasApt = err == nil
	for _, p := range Packages {
		if !exists(p.Shows) {
			f.Missing = append(f.Missing, p.Name)
		}
	}
	return f
}

// CgroupV2 says which of the two cgroup interfaces this machine has.
func CgroupV2() bool { return exists("/sys/fs/cgroup/cgroup.controllers") }

func controllers(v2 bool) []string {
	if v2 {
		raw, err := os.ReadFile("/sys/fs/cgroup/cgroup.controllers")
		if err != nil {
			return nil
		}
		return strings.Fields(string(raw))
	}
	var out []string
	for _, name := range []string{"cpu", "cpuacct", "cpuset", "memory", "pids", "devices", "freezer"} {
		found, _ := filepath.Glob("/sys/fs/cgroup/*" + name + "*/cgroup.procs")
		if len(found) > 0 {
			out = append(out, name)
		}
	}
	return out
}

func field(text, name string) string {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strings.Fields(rest)[0]
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// free is the space an unprivileged user has at path, or at the nearest folder above that exists.
func free(path string) uint64 {
	for {
		var s syscall.Statfs_t
		if err := syscall.Statfs(path, &s); err == nil {
			return s.Bavail * uint64(s.Bsize)
		}
		up := filepath.Dir(path)
		if up == path {
			return 0
		}
		path = up
	}
}

func forward() bool {
	const path = "/proc/sys/net/ipv4/ip_forward"
	raw, err := os.ReadFile(path)
	return err == nil && strings.TrimSpace(string(raw)) == "1" || unix.Access(path, unix.W_OK) == nil
}

func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

// wantGo is the Go version the components' module asks for.
func wantGo(repo string) string {
	raw, err := os.ReadFile(filepath.Join(repo, "sandbox", "components", "kubernetes", "go.mod"))
	if err != nil {
		return ""
	}
	return field(string(raw), "go ")
}
