package preflight

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
	"golang.org/x/sys/unix"
)

// Problem is something in the way, and how to clear it.
type Problem struct {
	What string
	Fix  string
}

func (p Problem) String() string { return p.What + "\n     → " + p.Fix }

// What the sandbox needs of the machine, in bytes.
const (
	gib        = 1 << 30
	diskCold   = 12 * gib // Go's build cache and modules, images
	diskWarm   = 2 * gib
	memoryCold = 4 * gib // linking the API server
	memoryWarm = 2 * gib
)

// needed are capabilities without which containers can't be started.
var needed = []struct {
	bit  uint
	name string
}{
	{unix.CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
	{unix.CAP_NET_ADMIN, "CAP_NET_ADMIN"},
	{unix.CAP_MKNOD, "CAP_MKNOD"},
	{unix.CAP_SYS_CHROOT, "CAP_SYS_CHROOT"},
	{unix.CAP_SETUID, "CAP_SETUID"},
	{unix.CAP_SETGID, "CAP_SETGID"},
	{unix.CAP_CHOWN, "CAP_CHOWN"},
	{unix.CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE"},
	{unix.CAP_KILL, "CAP_KILL"},
	{unix.CAP_SETFCAP, "CAP_SETFCAP"},
}

// Check returns everything that is in the way.
func Check(f Facts) []Problem {
	var out []Problem
	add := func(bad bool, what, fix string) {
		if bad {
			out = append(out, Problem{what, fix})
		}
	}
	if f.OS != "linux" {
		return []Problem{{"the sandbox runs on Linux only, this is " + f.OS, "use a Debian 12 machine, virtual or not"}}
	}
	add(f.UID != 0, "containers and the bridge need root, this is user "+fmt.Sprint(f.UID), "run it as root, such as with sudo")
	add(f.Operator != 0, fmt.Sprintf("another `sandbox up` or `down` is at work (process %d)", f.Operator), "wait until it has ended")
	add(f.BridgeOwner != "" && f.BridgeOwner != f.State,
		fmt.Sprintf("another sandbox is on this machine, with its state in %s", f.BridgeOwner),
		fmt.Sprintf("use it, or remove it: SANDBOX_STATE=%s sandbox down", f.BridgeOwner))
	out = append(out, checkKernel(f)...)
	out = append(out, checkResources(f)...)
	if !f.Running {
		out = append(out, checkNetwork(f)...)
	}
	add(len(f.Missing) > 0 && !f.HasApt,
		"programs are missing that Debian has in "+strings.Join(f.Missing, ", "),
		"there is no apt-get here to install them with: install containerd 1.6 or later, runc, the CNI plugins in /usr/lib/cni, iptables, iproute2 and mmdebstrap")
	return out
}

func checkKernel(f Facts) []Problem {
	var out []Problem
	var lacking []string
	for _, c := range needed {
		if f.UID == 0 && f.CapEff&(1<<c.bit) == 0 {
			lacking = append(lacking, c.name)
		}
	}
	if len(lacking) > 0 {
		out = append(out, Problem{
			"root lacks " + strings.Join(lacking, ", ") + " here, so no container can be started",
			"if this is a container itself, start it with --privileged; or use a virtual machine",
		})
	}
	var missing []string
	for _, c := range []string{"cpu", "cpuset", "memory", "pids"} {
		if !slices.Contains(f.Controllers, c) {
			missing = append(missing, c)
		}
	}
	if len(missing) > 0 {
		version, fix := "v1", "mount them below /sys/fs/cgroup, such as with Debian's cgroupfs-mount"
		if f.CgroupV2 {
			version, fix = "v2", "boot with cgroup_enable=memory; if this is a container, start it with --cgroupns=host"
		}
		out = append(out, Problem{"cgroup " + version + " controllers are not available: " + strings.Join(missing, ", "), fix})
	}
	if !f.Overlay {
		out = append(out, Problem{"the kernel has no overlayfs, on which containers' files are layered", "modprobe overlay"})
	}
	if !f.Kmsg {
		out = append(out, Problem{"/dev/kmsg is missing, and the kubelet does not start without", "ln -s /dev/console /dev/kmsg"})
	}
	return out
}

func checkResources(f Facts) []Problem {
	var out []Problem
	switch {
	case f.GoVersion == "":
		out = append(out, Problem{"Go is not installed, or not in PATH", "install Go " + f.WantGo + " or later and put it into PATH"})
	case semver.Compare("v"+strings.TrimPrefix(f.GoVersion, "go"), "v"+f.WantGo) < 0:
		out = append(out, Problem{
			fmt.Sprintf("Go is %s, the components need %s", strings.TrimPrefix(f.GoVersion, "go"), f.WantGo),
			"install Go " + f.WantGo + " or later, or set GOTOOLCHAIN=auto",
		})
	}
	disk, memory := uint64(diskCold), uint64(memoryCold)
	if f.Built {
		disk, memory = diskWarm, memoryWarm
	}
	if f.Running {
		return out
	}
	if low := min(f.DiskFree, f.CacheFree); low < disk {
		out = append(out, Problem{
			fmt.Sprintf("%.1f GiB of disk are free, %d GiB are needed", float64(low)/gib, disk/gib),
			"free some, or set SANDBOX_STATE and XDG_CACHE_HOME to folders on a larger disk",
		})
	}
	if f.MemAvailable < memory {
		out = append(out, Problem{
			fmt.Sprintf("%.1f GiB of memory are available, %d GiB are needed", float64(f.MemAvailable)/gib, memory/gib),
			"end other programs, or use a larger machine",
		})
	}
	return out
}

func checkNetwork(f Facts) []Problem {
	var out []Problem
	for _, p := range f.BusyPorts {
		out = append(out, Problem{
			fmt.Sprintf("port %d, for %s, is in use", p.Number, p.For),
			fmt.Sprintf("end what listens there: ss -lptn 'sport = :%d' names it", p.Number),
		})
	}
	if len(f.Routes) > 0 {
		out = append(out, Problem{
			"the sandbox's networks (10.244.0.0/16, 10.96.0.0/16) are routed elsewhere: " + strings.Join(f.Routes, ", "),
			"remove those routes while the sandbox is up, or use another machine",
		})
	}
	if !f.CanForward {
		out = append(out, Problem{
			"net.ipv4.ip_forward is off and can't be switched on from here, so pods would reach nothing",
			"sysctl -w net.ipv4.ip_forward=1 on the host",
		})
	}
	return out
}
