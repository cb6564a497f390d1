package preflight

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// good is a machine with nothing in the way.
func good() Facts {
	return Facts{
		OS: "linux", State: "/state",
		Controllers: []string{"cpu", "cpuset", "memory", "pids"},
		CapEff:      ^uint64(0),
		GoVersion:   "go1.26.8", WantGo: "1.26.0",
		DiskFree: 100 * gib, CacheFree: 100 * gib, MemAvailable: 16 * gib,
		Overlay: true, Kmsg: true, CanForward: true, HasApt: true,
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Facts)
		want   []string // part of each problem, in order
	}{
		{"nothing in the way", func(*Facts) {}, nil},
		{"other system", func(f *Facts) { f.OS = "darwin"; f.UID = 501 }, []string{"Linux only"}},
		{"no root", func(f *Facts) { f.UID = 1000; f.CapEff = 0 }, []string{"need root, this is user 1000"}},
		{"another up", func(f *Facts) { f.Operator = 42 }, []string{"at work (process 42)"}},
		{"another sandbox", func(f *Facts) { f.BridgeOwner = "/other" }, []string{"SANDBOX_STATE=/other sandbox down"}},
		{"own bridge", func(f *Facts) { f.BridgeOwner = "/state" }, nil},
		{"capability", func(f *Facts) { f.CapEff &^= 1 << unix.CAP_SYS_ADMIN }, []string{"root lacks CAP_SYS_ADMIN"}},
		{"without CAP_SYS_RESOURCE", func(f *Facts) { f.CapEff &^= 1 << unix.CAP_SYS_RESOURCE }, nil},
		{"cgroup v1", func(f *Facts) { f.Controllers = []string{"cpu", "cpuset", "pids"} }, []string{"cgroup v1 controllers are not available: memory"}},
		{"cgroup v2", func(f *Facts) { f.CgroupV2 = true; f.Controllers = nil }, []string{"cgroup v2 controllers are not available: cpu, cpuset, memory, pids"}},
		{"no overlayfs", func(f *Facts) { f.Overlay = false }, []string{"modprobe overlay"}},
		{"no kmsg", func(f *Facts) { f.Kmsg = false }, []string{"/dev/kmsg"}},
		{"no Go", func(f *Facts) { f.GoVersion = "" }, []string{"Go is not installed"}},
		{"old Go", func(f *Facts) { f.GoVersion = "go1.25.4" }, []string{"Go is 1.25.4, the components need 1.26.0"}},
		{"little disk", func(f *Facts) { f.CacheFree = 3 * gib }, []string{"3.0 GiB of disk are free, 12 GiB are needed"}},
		{"little disk, but built", func(f *Facts) { f.CacheFree = 3 * gib; f.Built = true }, nil},
		{"little memory", func(f *Facts) { f.MemAvailable = gib }, []string{"1.0 GiB of memory are available, 4 GiB are needed"}},
		{"ports", func(f *Facts) { f.BusyPorts = []Port{{6443, "kube-apiserver"}, {53, "DNS"}} }, []string{"port 6443, for kube-apiserver", "port 53, for DNS"}},
		{"ports of our own", func(f *Facts) { f.Running = true; f.BusyPorts = []Port{{6443, "kube-apiserver"}} }, nil},
		{"routes", func(f *Facts) { f.Routes = []string{"10.0.0.0/8 by tun0"} }, []string{"10.0.0.0/8 by tun0"}},
		{"forwarding", func(f *Facts) { f.CanForward = false }, []string{"ip_forward"}},
		{"packages with apt", func(f *Facts) { f.Missing = []string{"runc"} }, nil},
		{"packages without apt", func(f *Facts) { f.Missing = []string{"runc"}; f.HasApt = false }, []string{"runc"}},
		{"several at once", func(f *Facts) { f.GoVersion = ""; f.Overlay = false }, []string{"overlayfs", "Go is not installed"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := good()
			tt.change(&f)
			got := Check(f)
			if len(got) != len(tt.want) {
				t.Fatalf("problems %v, want %d", got, len(tt.want))
			}
			for i, p := range got {
				if !strings.Contains(p.String(), tt.want[i]) {
					t.Errorf("problem %q lacks %q", p, tt.want[i])
				}
				if p.Fix == "" {
					t.Errorf("problem %q says no fix", p.What)
				}
			}
		})
	}
}

func TestOverlapping(t *testing.T) {
	const table = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
tun0	0000000A	00000000	0001	0	0	0	000000FF	0	0	0
mpijob0	0000F40A	00000000	0001	0	0	0	0000FFFF	0	0	0
`
	if diff := cmp.Diff([]string{"10.0.0.0/8 by tun0"}, overlapping(table)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestPortsAreDistinct(t *testing.T) {
	seen := []int{}
	for _, p := range ports {
		if slices.Contains(seen, p.Number) {
			t.Errorf("port %d is used twice", p.Number)
		}
		seen = append(seen, p.Number)
	}
}
