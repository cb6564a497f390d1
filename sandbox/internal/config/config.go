// Package config is everything the sandbox's components are described from: where things are, which
// addresses and ports they use. It holds values only, so that a description can be tested as text.
package config

import (
	"fmt"
	"net/netip"
	"path/filepath"
)

// Config describes one sandbox. There is at most one on a machine, since bridge and ports are fixed.
type Config struct {
	Repo  string // root of the product's source tree
	State string // all that `down` removes
	Cache string // what `down` keeps: built binaries, image tarballs
	Self  string // the sandbox binary, which also runs the set-up steps

	// Bin is the folder of built binaries of each build unit, by its name.
	Bin map[string]string
	// Modules is the source folder of upstream modules whose manifests are applied, by short name.
	Modules map[string]string
	// Manifests is a hash of our own manifests: another one applies them again.
	Manifests string

	// Images is a hash of what the images for jobs are made of, AgentImage the agent's full reference,
	// ControllerImage the controller's, ServiceImage the training service's.
	Images          string
	AgentImage      string
	ControllerImage string
	ServiceImage    string
	// TrainingOperatorImage is the image of the training operator v1, where it was asked for.
	TrainingOperatorImage string

	NodeName     string
	CgroupV2     bool
	MaxOpenFiles int // the hard limit; raising it takes a capability not every machine gives

	// With names the optional components that were asked for.
	With []string
	// Args are arguments appended to a component's own, by component.
	Args map[string][]string
}

// Network of the sandbox. The gateway is this machine as the pods see it: the API server and DNS listen
// there, out of reach of other machines.
const (
	Bridge        = "mpijob0"
	PodCIDR       = "10.244.0.0/16"
	Gateway       = "10.244.0.1"
	ServiceCIDR   = "10.96.0.0/16"
	ServiceIP     = "10.96.0.1" // kubernetes.default.svc
	ClusterDomain = "cluster.local"
)

// Loopback is where everything listens that no pod needs.
const Loopback = "127.0.0.1"

// Ports the sandbox uses on this machine, by what listens there.
const (
	PortDNS             = 53
	PortEtcd            = 2379
	PortEtcdPeer        = 2380
	PortEtcdMetrics     = 2381
	PortAPIServer       = 6443
	PortKubelet         = 10250
	PortKubeletHealth   = 10248
	PortControllers     = 10257
	PortScheduler       = 10259
	PortDNSReady        = 8181
	PortJobSetWebhook   = 9453
	PortJobSetHealth    = 9456
	PortTrainerWebhook  = 9463
	PortTrainerHealth   = 9466
	PortTrainerStatus   = 9467
	PortService         = 8443 // the training service, whose pods have it too
	PortMPIOperator     = 8080 // fixed in its source
	PortMPIOperatorInfo = 9476
	PortKwok            = 10247
	PortMetricsServer   = 10260
	PortVolcano         = 9486 // its scheduler
	PortVolcanoInfo     = 9487 // its controllers
)

// Namespaces the sandbox's users work in. In default anything goes, as upstream's examples with sshd
// as root need.
var Namespaces = []string{"team-a", "team-b"}

// BenchNamespace is where the peer controllers work that are compared side by side: nothing of ours
// looks at it, and they look at nothing else.
const BenchNamespace = "mpi-operator-bench"

// APIServer is the address of the API server, for this machine and for pods.
func APIServer() string {
	return fmt.Sprintf("https://%s:%d", Gateway, PortAPIServer)
}

// PodPrefix is PodCIDR, parsed.
func PodPrefix() netip.Prefix { return netip.MustParsePrefix(PodCIDR) }

// Path is a path below the state folder.
func (c Config) Path(elem ...string) string {
	return filepath.Join(append([]string{c.State}, elem...)...)
}

// Binary is the path of a built binary.
func (c Config) Binary(unit, name string) string {
	return filepath.Join(c.Bin[unit], name)
}

// Kubeconfig is the path of a user's or component's kubeconfig. Those of people are in the folder
// `kubeconfig`, those of components in `kubeconfig/system`.
func (c Config) Kubeconfig(user string) string { return c.Path("kubeconfig", user+".yaml") }

// SystemKubeconfig is the kubeconfig of a component.
func (c Config) SystemKubeconfig(name string) string {
	return c.Path("kubeconfig", "system", name+".yaml")
}

// TLS is a file of the sandbox's own certificate authority.
func (c Config) TLS(elem ...string) string {
	return c.Path(append([]string{"tls"}, elem...)...)
}

// Log is the log file of a component.
func (c Config) Log(component string) string { return c.Path("log", component+".log") }

// ContainerdSocket is where containerd listens.
func (c Config) ContainerdSocket() string { return c.Path("run", "containerd.sock") }

// CgroupRoot is the cgroup that holds every pod.
const CgroupRoot = "/mpijob-sandbox"
