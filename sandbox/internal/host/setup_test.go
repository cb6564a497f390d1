package host

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// inItsOwnNetwork runs the test once more in a network that has nothing, and says whether it is that run.
func inItsOwnNetwork(t *testing.T) bool {
	t.Helper()
	const outer = "MPIJOB_OUTER_NETWORK"
	network, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	if was := os.Getenv(outer); was != "" && was != network {
		return true
	}
	unshare := []string{"-rnm", "sh", "-c", `mount -t sysfs sysfs /sys && exec "$@"`, "sh"}
	if out, err := exec.Command("unshare", append(unshare, "true")...).CombinedOutput(); err != nil {
		t.Fatalf("a network of its own can't be had: %v: %s: run the test as root, or where users may have namespaces", err, out)
	}
	again := exec.Command("unshare", append(unshare, os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")...)
	again.Env = append(os.Environ(), outer+"="+network)
	if out, err := again.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	return false
}

// What a pod knows of its gateway stays true, whichever other pods come and go.
func TestBridgeKeepsItsAddress(t *testing.T) {
	if !inItsOwnNetwork(t) {
		return
	}
	ip := func(args ...string) {
		t.Helper()
		if err := run(t.Context(), "", "ip", args...); err != nil {
			t.Fatal(err)
		}
	}
	address := func() string {
		t.Helper()
		raw, err := os.ReadFile("/sys/class/net/" + config.Bridge + "/address")
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(raw))
	}
	var was string
	for _, name := range []string{"first", "again"} {
		if err := bridge(t.Context(), config.Config{State: "/state"}); err != nil {
			t.Fatal(err)
		}
		if was == "" {
			was = address()
		}
		ip("link", "add", name, "type", "veth", "peer", "name", name+"-pod")
		ip("link", "set", name, "address", "02:00:00:00:00:01") // lower than any other
		ip("link", "set", name, "master", config.Bridge, "up")
		if got := address(); got != was {
			t.Errorf("%s: with a pod the address of the bridge is %s, and was %s", name, got, was)
		}
		ip("link", "del", name)
		if got := address(); got != was {
			t.Errorf("%s: after the pod the address of the bridge is %s, and was %s", name, got, was)
		}
	}
}
