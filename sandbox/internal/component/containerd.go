package component

import (
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/images"
	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// PauseImage holds a pod's network while its containers come and go.
const PauseImage = images.Pause + ":latest"

// containerd runs the containers. Every path it would otherwise use machine-wide is below the state
// folder, so that it neither meets another containerd nor leaves anything behind.
func containerd(c config.Config) Component {
	conf := c.Path("containerd", "config.toml")
	return Component{
		Name:  "containerd",
		About: "runs the containers",
		Needs: []string{"setup-host"},
		Argv:  []string{"containerd", "--config", conf},
		Files: []File{
			file(conf, containerdConfig(c)),
			file(c.Path("cni", "net.d", "10-sandbox.conflist"), cniConfig(c)),
		},
		Ready:  Probe{Socket: c.ContainerdSocket()},
		Grace:  10 * time.Second,
		Expect: time.Second,
	}
}

func containerdConfig(c config.Config) string {
	return fmt.Sprintf(`version = 2
root = %q
state = %q
oom_score = 0
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.internal.v1.tracing",
]

[grpc]
  address = %q

[ttrpc]
  address = %q

[plugins."io.containerd.internal.v1.opt"]
  path = %q

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %q
  # runc dies where it may not lower a score and the machine does not grant CAP_SYS_RESOURCE.
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  # As Docker and newer releases do; an unprivileged program may then ping and use port 80.
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = %q
    max_conf_num = 1

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = %q
        SystemdCgroup = false
`,
		c.Path("containerd", "root"), c.Path("run", "containerd"), c.ContainerdSocket(),
		c.ContainerdSocket()+".ttrpc", c.Path("containerd", "opt"), PauseImage,
		c.Path("cni", "net.d"), c.Path("run", "runc"))
}

// NetworkName is the CNI network's; what CNI caches machine-wide is named after it.
const NetworkName = "mpijob-sandbox"

// cniConfig is as short as it can be: one plugin less is 50 ms less for each pod.
func cniConfig(c config.Config) string {
	return fmt.Sprintf(`{
  "cniVersion": "0.4.0",
  "name": %q,
  "plugins": [
    {
      "type": "bridge",
      "bridge": %q,
      "isDefaultGateway": true,
      "hairpinMode": true,
      "ipMasq": false,
      "ipam": {
        "type": "host-local",
        "ranges": [[{"subnet": %q, "gateway": %q}]],
        "dataDir": %q
      }
    }
  ]
}
`, NetworkName, config.Bridge, config.PodCIDR, config.Gateway, c.Path("cni", "ipam"))
}
