
# setup-host: bridge, firewall rules, cgroup
SANDBOX_STATE=/state \
SANDBOX_REPO=/src \
/src/bin/sandbox \
  setup \
  host

# etcd: the cluster's storage
/cache/bin/k/server \
  --name=sandbox \
  --data-dir=/state/etcd \
  --listen-client-urls=https://127.0.0.1:2379 \
  --advertise-client-urls=https://127.0.0.1:2379 \
  --listen-peer-urls=http://127.0.0.1:2380 \
  --initial-advertise-peer-urls=http://127.0.0.1:2380 \
  --initial-cluster=sandbox=http://127.0.0.1:2380 \
  --listen-metrics-urls=http://127.0.0.1:2381 \
  --cert-file=/state/tls/etcd.crt \
  --key-file=/state/tls/etcd.key \
  --trusted-ca-file=/state/tls/ca.crt \
  --client-cert-auth \
  --unsafe-no-fsync \
  --auto-compaction-retention=10m \
  --quota-backend-bytes=2147483648 \
  --log-level=warn
# ready when http://127.0.0.1:2381/health answers

# containerd: runs the containers (after setup-host)
cat >/state/containerd/config.toml <<'EOF'
version = 2
root = "/state/containerd/root"
state = "/state/run/containerd"
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
  address = "/state/run/containerd.sock"

[ttrpc]
  address = "/state/run/containerd.sock.ttrpc"

[plugins."io.containerd.internal.v1.opt"]
  path = "/state/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "mpijob.sandbox/pause:latest"
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
    conf_dir = "/state/cni/net.d"
    max_conf_num = 1

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = "/state/run/runc"
        SystemdCgroup = false
EOF
cat >/state/cni/net.d/10-sandbox.conflist <<'EOF'
{
  "cniVersion": "0.4.0",
  "name": "mpijob-sandbox",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "mpijob0",
      "isDefaultGateway": true,
      "hairpinMode": true,
      "ipMasq": false,
      "ipam": {
        "type": "host-local",
        "ranges": [[{"subnet": "10.244.0.0/16", "gateway": "10.244.0.1"}]],
        "dataDir": "/state/cni/ipam"
      }
    }
  ]
}
EOF
containerd \
  --config \
  /state/containerd/config.toml
# ready when /state/run/containerd.sock accepts

# setup-pause: the pause image (after containerd)
SANDBOX_STATE=/state \
SANDBOX_REPO=/src \
/src/bin/sandbox \
  setup \
  pause

# setup-images: our images for jobs (after containerd)
SANDBOX_STATE=/state \
SANDBOX_REPO=/src \
/src/bin/sandbox \
  setup \
  images

# kube-apiserver: the Kubernetes API (after etcd, setup-host)
cat >/state/apiserver/audit-policy.yaml <<'EOF'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  resources:
  - group: coordination.k8s.io
  - group: ""
    resources: [nodes, nodes/status]
- level: RequestResponse
  resources:
  - group: kubeflow.org
  verbs: [create, update, patch, delete, deletecollection]
- level: Metadata
  verbs: [create, update, patch, delete, deletecollection]
EOF
/cache/bin/k/kube-apiserver \
  --bind-address=10.244.0.1 \
  --advertise-address=10.244.0.1 \
  --secure-port=6443 \
  --etcd-servers=https://127.0.0.1:2379 \
  --etcd-cafile=/state/tls/ca.crt \
  --etcd-certfile=/state/tls/etcd-client.crt \
  --etcd-keyfile=/state/tls/etcd-client.key \
  --tls-cert-file=/state/tls/apiserver.crt \
  --tls-private-key-file=/state/tls/apiserver.key \
  --client-ca-file=/state/tls/ca.crt \
  --kubelet-client-certificate=/state/tls/apiserver-kubelet.crt \
  --kubelet-client-key=/state/tls/apiserver-kubelet.key \
  --kubelet-certificate-authority=/state/tls/ca.crt \
  --kubelet-preferred-address-types=InternalIP \
  --requestheader-client-ca-file=/state/tls/front-proxy-ca.crt \
  --requestheader-allowed-names=front-proxy \
  --requestheader-username-headers=X-Remote-User \
  --requestheader-group-headers=X-Remote-Group \
  --requestheader-extra-headers-prefix=X-Remote-Extra- \
  --proxy-client-cert-file=/state/tls/front-proxy.crt \
  --proxy-client-key-file=/state/tls/front-proxy.key \
  --service-account-issuer=https://kubernetes.default.svc.cluster.local \
  --service-account-key-file=/state/tls/service-account.pub \
  --service-account-signing-key-file=/state/tls/service-account.key \
  --token-auth-file=/state/tls/tokens.csv \
  --service-cluster-ip-range=10.96.0.0/16 \
  --authorization-mode=Node,RBAC \
  --enable-admission-plugins=NodeRestriction \
  --enable-aggregator-routing=true \
  --audit-policy-file=/state/apiserver/audit-policy.yaml \
  --audit-log-path=/state/log/audit.log \
  --audit-log-maxsize=100 \
  --audit-log-maxbackup=3 \
  --enable-priority-and-fairness=false \
  --max-requests-inflight=2000 \
  --max-mutating-requests-inflight=1000 \
  --shutdown-delay-duration=0s \
  --allow-privileged=true \
  --profiling=false
# ready when https://10.244.0.1:6443/readyz answers

# kube-controller-manager: Kubernetes' controllers (after kube-apiserver)
/cache/bin/k/kube-controller-manager \
  --kubeconfig=/state/kubeconfig/system/kube-controller-manager.yaml \
  --authentication-kubeconfig=/state/kubeconfig/system/kube-controller-manager.yaml \
  --authorization-kubeconfig=/state/kubeconfig/system/kube-controller-manager.yaml \
  --bind-address=127.0.0.1 \
  --secure-port=10257 \
  --tls-cert-file=/state/tls/kube-controller-manager.crt \
  --tls-private-key-file=/state/tls/kube-controller-manager.key \
  --root-ca-file=/state/tls/ca.crt \
  --service-account-private-key-file=/state/tls/service-account.key \
  --use-service-account-credentials=true \
  '--controllers=*,-bootstrap-signer-controller,-token-cleaner-controller,-service-lb-controller,-node-route-controller,-cloud-node-lifecycle-controller' \
  --leader-elect=false \
  --kube-api-qps=500 \
  --kube-api-burst=1000 \
  --concurrent-job-syncs=20 \
  --concurrent-gc-syncs=40 \
  --concurrent-namespace-syncs=20 \
  --node-monitor-period=2s \
  --node-monitor-grace-period=20s \
  --profiling=false \
  --flex-volume-plugin-dir=/state/volume-plugins
# ready when https://127.0.0.1:10257/healthz answers

# kube-scheduler: places pods on nodes (after kube-apiserver)
cat >/state/scheduler/config.yaml <<'EOF'
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection:
  kubeconfig: /state/kubeconfig/system/kube-scheduler.yaml
  qps: 500
  burst: 1000
leaderElection:
  leaderElect: false
podInitialBackoffSeconds: 1
podMaxBackoffSeconds: 2
enableProfiling: false
EOF
/cache/bin/k/kube-scheduler \
  --config=/state/scheduler/config.yaml \
  --authentication-kubeconfig=/state/kubeconfig/system/kube-scheduler.yaml \
  --authorization-kubeconfig=/state/kubeconfig/system/kube-scheduler.yaml \
  --bind-address=127.0.0.1 \
  --secure-port=10259 \
  --tls-cert-file=/state/tls/kube-scheduler.crt \
  --tls-private-key-file=/state/tls/kube-scheduler.key
# ready when https://127.0.0.1:10259/healthz answers

# setup-cluster: namespaces and users (after kube-apiserver)
SANDBOX_STATE=/state \
SANDBOX_REPO=/src \
/src/bin/sandbox \
  setup \
  cluster

# kubelet: the node (after kube-apiserver, containerd, setup-cluster)
cat >/state/kubelet-config/config.yaml <<'EOF'
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 10.244.0.1
port: 10250
healthzBindAddress: 127.0.0.1
healthzPort: 10248
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true, cacheTTL: 10s}
  x509: {clientCAFile: /state/tls/ca.crt}
authorization:
  mode: Webhook
tlsCertFile: /state/tls/kubelet.crt
tlsPrivateKeyFile: /state/tls/kubelet.key
cgroupDriver: cgroupfs
cgroupRoot: /mpijob-sandbox
cgroupsPerQOS: true
enforceNodeAllocatable: [pods]
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false
containerRuntimeEndpoint: unix:///state/run/containerd.sock
podLogsDir: /state/pod-logs
volumePluginDir: /state/volume-plugins
clusterDNS: [10.244.0.1]
clusterDomain: cluster.local
resolvConf: /etc/resolv.conf
registerNode: true
maxPods: 250
maxOpenFiles: 20000
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
  nodefs.inodesFree: 1%
shutdownGracePeriod: 0s
EOF
/cache/bin/k/kubelet \
  --config=/state/kubelet-config/config.yaml \
  --kubeconfig=/state/kubeconfig/system/kubelet.yaml \
  --hostname-override=sandbox \
  --node-ip=10.244.0.1 \
  --root-dir=/state/kubelet
# ready when http://127.0.0.1:10248/healthz answers

# setup-node: the node takes pods (after kubelet, setup-pause)
SANDBOX_STATE=/state \
SANDBOX_REPO=/src \
/src/bin/sandbox \
  setup \
  node

# coredns: the cluster's DNS (after setup-cluster)
cat >/state/coredns/Corefile <<'EOF'
.:53 {
    bind 10.244.0.1
    errors
    ready 127.0.0.1:8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig /state/kubeconfig/system/coredns.yaml
        pods insecure
        ttl 5
        fallthrough in-addr.arpa ip6.arpa
    }
    forward . /etc/resolv.conf
}
EOF
/cache/bin/k/coredns \
  -conf \
  /state/coredns/Corefile
# ready when http://127.0.0.1:8181/ready answers

# setup-jobset: JobSet's CRD, roles and webhooks (after kube-apiserver)
SANDBOX_STATE=/state \
SANDBOX_REPO=/src \
/src/bin/sandbox \
  setup \
  jobset

# jobset: JobSet (after setup-jobset)
cat >/state/jobset/config.yaml <<'EOF'
apiVersion: config.jobset.x-k8s.io/v1alpha1
kind: Configuration
leaderElection: {leaderElect: false}
internalCertManagement: {enable: false}
webhook: {host: "127.0.0.1", port: 9453, certDir: "/state/tls/jobset"}
metrics: {bindAddress: "0"}
health: {healthProbeBindAddress: "127.0.0.1:9456"}
# As released (500 each): large JobSets need it.
clientConnection: {qps: 500, burst: 500}
EOF
KUBECONFIG=/state/kubeconfig/system/jobset.yaml \
/cache/bin/k/jobset \
  --config=/state/jobset/config.yaml \
  --zap-log-level=info
# ready when http://127.0.0.1:9456/readyz answers

# setup-trainer: Trainer's CRDs, roles and webhooks (after kube-apiserver)
SANDBOX_STATE=/state \
SANDBOX_REPO=/src \
/src/bin/sandbox \
  setup \
  trainer

# trainer: Kubeflow Trainer (after setup-trainer, setup-jobset)
cat >/state/trainer/config.yaml <<'EOF'
apiVersion: config.trainer.kubeflow.org/v1alpha1
kind: Configuration
leaderElection: {leaderElect: false}
certManagement: {enable: false}
webhook: {host: "127.0.0.1", port: 9463}
metrics: {bindAddress: "0", secureServing: false}
health: {healthProbeBindAddress: "127.0.0.1:9466", readinessEndpointName: readyz, livenessEndpointName: healthz}
controller:
  groupKindConcurrency:
    TrainJob.trainer.kubeflow.org: 10
    TrainingRuntime.trainer.kubeflow.org: 5
    ClusterTrainingRuntime.trainer.kubeflow.org: 1
clientConnection: {qps: 500, burst: 1000}
statusServer: {port: 9467}
EOF
KUBECONFIG=/state/kubeconfig/system/trainer.yaml \
TMPDIR=/state/tls/trainer \
/cache/bin/k/trainer-controller-manager \
  --config=/state/trainer/config.yaml
# ready when http://127.0.0.1:9466/readyz answers

# setup-controller: MPIJob's CRD, roles, policies and webhook (after setup-cluster, setup-jobset, setup-trainer)
SANDBOX_STATE=/state \
SANDBOX_REPO=/src \
/src/bin/sandbox \
  setup \
  controller

# setup-controller-image: the controller's image (after containerd)
SANDBOX_STATE=/state \
SANDBOX_REPO=/src \
/src/bin/sandbox \
  setup \
  controller-image

# controller: the MPIJob controller (after setup-controller, setup-controller-image, setup-images, setup-trainer, setup-jobset, setup-node)
SANDBOX_STATE=/state \
SANDBOX_REPO=/src \
/src/bin/sandbox \
  setup \
  rollout \
  --namespace=default \
  --namespace=team-a \
  --namespace=team-b \
  --beside-other-controllers \
  --namespace=team-a \
  '--zap-time=it'\''s'
# ready when /state/run/controller.sock accepts

# setup-mpijobs: MPIJobs are accepted (after controller)
SANDBOX_STATE=/state \
SANDBOX_REPO=/src \
/src/bin/sandbox \
  setup \
  mpijobs

# setup-mpi-operator: the MPI operator's namespace and roles (after setup-cluster, setup-controller)
SANDBOX_STATE=/state \
SANDBOX_REPO=/src \
/src/bin/sandbox \
  setup \
  mpi-operator

# mpi-operator: the MPI operator, for comparison (after setup-mpi-operator)
/cache/bin/m/mpi-operator \
  --kubeConfig=/state/kubeconfig/system/mpi-operator.yaml \
  --namespace=mpi-operator-bench \
  --lock-namespace=mpi-operator-bench \
  --monitoring-port=9476 \
  --cluster-domain=cluster.local
# ready when http://127.0.0.1:8080/healthz answers

# setup-volcano: Volcano's CRDs and roles (after kube-apiserver)
SANDBOX_STATE=/state \
SANDBOX_REPO=/src \
/src/bin/sandbox \
  setup \
  volcano

# volcano-controllers: Volcano's queues and gangs (after setup-volcano)
DEBUG_SOCKET_DIR=/state/volcano \
/cache/bin/v/controller-manager \
  --kubeconfig=/state/kubeconfig/system/volcano-controllers.yaml \
  --controllers=queue-controller,pg-controller \
  --leader-elect=false \
  --enable-healthz=true \
  --healthz-address=127.0.0.1:9487
# ready when http://127.0.0.1:9487/healthz answers

# volcano-scheduler: Volcano, which places gangs (after setup-volcano)
cat >/state/volcano/scheduler.conf <<'EOF'
actions: "enqueue, allocate, preempt, backfill"
tiers:
- plugins:
  - name: priority
  - name: gang
    enablePreemptable: false
  - name: conformance
- plugins:
  - name: overcommit
  - name: drf
    enablePreemptable: false
  - name: predicates
  - name: proportion
  - name: nodeorder
  - name: binpack
EOF
DEBUG_SOCKET_DIR=/state/volcano \
/cache/bin/v/scheduler \
  --kubeconfig=/state/kubeconfig/system/volcano-scheduler.yaml \
  --scheduler-conf=/state/volcano/scheduler.conf \
  --leader-elect=false \
  --cache-dumper=false \
  --kube-api-qps=2000 \
  --kube-api-burst=2000 \
  --enable-healthz=true \
  --healthz-address=127.0.0.1:9486
# ready when http://127.0.0.1:9486/healthz answers
