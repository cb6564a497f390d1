package component

import (
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// coreDNS is the cluster's DNS, on the bridge's address. Negative answers are not cached: a launcher
// that asks for a worker a moment too early must not be told so for another half minute. The same
// setting (`denial` 0 in CoreDNS' cache plugin) shortens the start of MPI jobs on a real cluster.
func coreDNS(c config.Config) Component {
	conf := c.Path("coredns", "Corefile")
	return Component{
		Name:  "coredns",
		About: "the cluster's DNS",
		Needs: []string{"setup-cluster"},
		Argv:  []string{c.Binary("kubernetes", "coredns"), "-conf", conf},
		Files: []File{file(conf, fmt.Sprintf(`.:%[1]d {
    bind %[2]s
    errors
    ready %[3]s:%[4]d
    kubernetes %[5]s in-addr.arpa ip6.arpa {
        kubeconfig %[6]s
        pods insecure
        ttl 5
        fallthrough in-addr.arpa ip6.arpa
    }
    forward . /etc/resolv.conf
}
`, config.PortDNS, config.Gateway, config.Loopback, config.PortDNSReady, config.ClusterDomain,
			c.SystemKubeconfig("coredns")))},
		Ready:  Probe{URL: fmt.Sprintf("http://%s:%d/ready", config.Loopback, config.PortDNSReady)},
		Grace:  time.Second,
		Expect: 2 * time.Second,
	}
}
