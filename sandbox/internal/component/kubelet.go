package component

import (
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// kubelet is the node. Images come from tarballs, so none is ever collected as garbage; what is set
// for speed here (serializeImagePulls, rates) suits a real training cluster as well.
func kubelet(c config.Config) Component {
	conf := c.Path("kubelet-config", "config.yaml")
	return Component{
		Name:  "kubelet",
		About: "the node",
		Needs: []string{"kube-apiserver", "containerd", "setup-cluster"},
		Argv: []string{
			c.Binary("kubernetes", "kubelet"),
			"--config=" + conf,
			"--kubeconfig=" + c.SystemKubeconfig("kubelet"),
			"--hostname-override=" + c.NodeName,
			"--node-ip=" + config.Gateway,
			"--root-dir=" + c.Path("kubelet"),
		},
		Files: []File{file(conf, fmt.Sprintf(`apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: %[1]s
port: %[2]d
healthzBindAddress: %[3]s
healthzPort: %[4]d
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true, cacheTTL: 10s}
  x509: {clientCAFile: %[5]s}
authorization:
  mode: Webhook
tlsCertFile: %[6]s
tlsPrivateKeyFile: %[7]s
cgroupDriver: cgroupfs
cgroupRoot: %[8]s
cgroupsPerQOS: true
enforceNodeAllocatable: [pods]
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false
containerRuntimeEndpoint: unix://%[9]s
podLogsDir: %[10]s
volumePluginDir: %[13]s
clusterDNS: [%[1]s]
clusterDomain: %[11]s
resolvConf: /etc/resolv.conf
registerNode: true
maxPods: 250
maxOpenFiles: %[12]d
oomScoreAdj: 0
serializeImagePulls: false
registryPullQPS: 0
eventRecordQPS: 0
kubeAPIQPS: 500
kubeAPIBurst: 1000
nodeStatusUpdateFrequency: 4s
syncFrequency: 30s
volumeStatsAggPeriod: 0s
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard:
  memory.available: 200Mi
  nodefs.available: 500Mi
  nodefs.inodesFree: 1%%
shutdownGracePeriod: 0s
`,
			config.Gateway, config.PortKubelet, config.Loopback, config.PortKubeletHealth,
			c.TLS("ca.crt"), c.TLS("kubelet.crt"), c.TLS("kubelet.key"), config.CgroupRoot,
			c.ContainerdSocket(), c.Path("pod-logs"), config.ClusterDomain, c.MaxOpenFiles, c.Path("volume-plugins")))},
		Ready:  Probe{URL: fmt.Sprintf("http://%s:%d/healthz", config.Loopback, config.PortKubeletHealth)},
		Expect: 3 * time.Second,
	}
}

// nodeReady waits until pods can be placed.
func nodeReady(c config.Config) Component {
	s := setup(c, "node", "the node takes pods", "kubelet", "setup-pause")
	s.Expect = 4 * time.Second
	return s
}
