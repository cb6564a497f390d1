// Package host is what the sandbox changes on the machine outside its state folder (a bridge, firewall
// rules, a cgroup, kernel settings) and how all of that is put back.
package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
	"github.com/opendatahub-io/mpijob/sandbox/internal/pki"
)

// Chains of ours in the tables nat and filter, each jumped to by one rule of a built-in chain.
const (
	chainOut     = "MPIJOB-SANDBOX-OUT"
	chainIn      = "MPIJOB-SANDBOX-IN"
	chainForward = "MPIJOB-SANDBOX-FWD"
)

// jump is a rule of a built-in chain that leads to one of ours.
type jump struct{ table, from, to string }

var jumps = []jump{
	{"nat", "POSTROUTING", chainOut},
	{"nat", "PREROUTING", chainIn},
	{"filter", "FORWARD", chainForward},
}

// rules of the sandbox, for iptables-restore: pods reach the outside as this machine and the API
// server at its service address (there is no kube-proxy), and a firewall that drops what it does not
// know lets them.
func rules() string {
	return fmt.Sprintf(`*nat
:%[1]s - [0:0]
:%[2]s - [0:0]
-A %[1]s -s %[4]s ! -d %[4]s ! -o %[5]s -j MASQUERADE
-A %[2]s -d %[6]s/32 -p tcp --dport 443 -j DNAT --to-destination %[7]s:%[8]d
COMMIT
*filter
:%[3]s - [0:0]
-A %[3]s -i %[5]s -j ACCEPT
-A %[3]s -o %[5]s -j ACCEPT
COMMIT
`, chainOut, chainIn, chainForward, config.PodCIDR, config.Bridge, config.ServiceIP, config.Gateway, config.PortAPIServer)
}

// tunables are the kernel settings that pods need and those the kubelet changes without asking.
var tunables = []string{
	"net/ipv4/ip_forward",
	"vm/overcommit_memory",
	"vm/panic_on_oom",
	"kernel/panic",
	"kernel/panic_on_oops",
	"kernel/keys/root_maxkeys",
	"kernel/keys/root_maxbytes",
}

// Setup prepares the machine; it may be run any number of times.
func Setup(ctx context.Context, c config.Config) error {
	if err := rememberTunables(c); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		return fmt.Errorf("switching on net.ipv4.ip_forward: %w", err)
	}
	if err := bridge(ctx, c); err != nil {
		return err
	}
	if err := run(ctx, rules(), "iptables-restore", "-w", "5", "--noflush"); err != nil {
		return err
	}
	for _, j := range jumps {
		if run(ctx, "", "iptables", "-w", "5", "-t", j.table, "-C", j.from, "-j", j.to) != nil {
			if err := run(ctx, "", "iptables", "-w", "5", "-t", j.table, "-I", j.from, "-j", j.to); err != nil {
				return err
			}
		}
	}
	return makeCgroups(c)
}

// bridge makes the pods' bridge before the first pod would, since the API server and DNS listen there.
func bridge(ctx context.Context, c config.Config) error {
	if _, err := os.Stat("/sys/class/net/" + config.Bridge); errors.Is(err, fs.ErrNotExist) {
		if err := run(ctx, "", "ip", "link", "add", config.Bridge, "type", "bridge"); err != nil {
			return err
		}
	}
	address, err := os.ReadFile("/sys/class/net/" + config.Bridge + "/address")
	if err != nil {
		return fmt.Errorf("reading the address of the bridge: %w", err)
	}
	bits := strings.SplitN(config.PodCIDR, "/", 2)[1]
	for _, args := range [][]string{
		// A bridge whose address nobody has set takes the lowest of its ports', another one as pods come and go: one that
		// begins in such a second goes on to send to an address that is gone, and reaches neither API server nor DNS.
		{"link", "set", config.Bridge, "address", strings.TrimSpace(string(address))},
		{"addr", "replace", config.Gateway + "/" + bits, "brd", "+", "dev", config.Bridge},
		// The alias says whose bridge it is to another sandbox with another state folder.
		{"link", "set", config.Bridge, "alias", c.State},
		{"link", "set", config.Bridge, "up"},
	} {
		if err := run(ctx, "", "ip", args...); err != nil {
			return err
		}
	}
	return nil
}

// BridgeOwner is the state folder of the sandbox whose bridge is on this machine, or "".
func BridgeOwner() string {
	raw, err := os.ReadFile("/sys/class/net/" + config.Bridge + "/ifalias")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(raw))
}

func tunablesFile(c config.Config) string { return c.Path("host", "tunables.json") }

// rememberTunables keeps the machine's own settings, once.
func rememberTunables(c config.Config) error {
	path := tunablesFile(c)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	values := map[string]string{}
	for _, name := range tunables {
		raw, err := os.ReadFile(filepath.Join("/proc/sys", name))
		if err != nil {
			continue // not on this kernel
		}
		values[name] = strings.TrimSpace(string(raw))
	}
	raw, err := json.Marshal(values)
	if err != nil {
		return err
	}
	return pki.Write(path, raw, 0o600)
}

// run runs a command and makes its output part of the error.
func run(ctx context.Context, stdin, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
