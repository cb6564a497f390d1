package preflight

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// ports that components listen on, on loopback or on the bridge.
var ports = []Port{
	{config.PortDNS, "DNS"},
	{config.PortEtcd, "etcd"},
	{config.PortEtcdPeer, "etcd"},
	{config.PortEtcdMetrics, "etcd"},
	{config.PortAPIServer, "kube-apiserver"},
	{config.PortKubelet, "kubelet"},
	{config.PortKubeletHealth, "kubelet"},
	{config.PortControllers, "kube-controller-manager"},
	{config.PortScheduler, "kube-scheduler"},
	{config.PortDNSReady, "coredns"},
	{config.PortJobSetWebhook, "jobset"},
	{config.PortJobSetHealth, "jobset"},
	{config.PortTrainerWebhook, "trainer"},
	{config.PortTrainerHealth, "trainer"},
	{config.PortTrainerStatus, "trainer"},
}

// busy are the ports that somebody listens on. Port 53 is the bridge's own, so that a resolver on
// another address, such as 127.0.0.53, is not in the way.
func busy() []Port {
	var out []Port
	for _, p := range ports {
		address := config.Loopback
		if p.Number == config.PortDNS {
			// The bridge is not there yet; any other address of 127/8 stands for it: a listener
			// on all addresses takes this one too.
			address = "127.244.0.1"
		}
		l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", address, p.Number))
		if errors.Is(err, syscall.EADDRINUSE) {
			out = append(out, p)
		}
		if err == nil {
			l.Close()
		}
	}
	return out
}

// routes are the IPv4 routes of this machine that are not the sandbox's and overlap its networks.
func routes() []string {
	raw, err := os.ReadFile("/proc/net/route")
	if err != nil {
		return nil
	}
	return overlapping(string(raw))
}

func overlapping(table string) []string {
	var out []string
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < 8 || fields[0] == "Iface" || fields[0] == config.Bridge {
			continue
		}
		dest, ok1 := hexAddr(fields[1])
		mask, ok2 := hexAddr(fields[7])
		if !ok1 || !ok2 {
			continue
		}
		m := mask.As4()
		bits, _ := net.IPMask(m[:]).Size()
		prefix := netip.PrefixFrom(dest, bits)
		if bits > 0 && (prefix.Overlaps(config.PodPrefix()) || prefix.Overlaps(netip.MustParsePrefix(config.ServiceCIDR))) {
			out = append(out, fmt.Sprintf("%s by %s", prefix, fields[0]))
		}
	}
	return out
}

// hexAddr reads an address of /proc/net/route, which has its bytes reversed.
func hexAddr(s string) (netip.Addr, bool) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != 4 {
		return netip.Addr{}, false
	}
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], binary.BigEndian.Uint32(raw))
	return netip.AddrFrom4(b), true
}
