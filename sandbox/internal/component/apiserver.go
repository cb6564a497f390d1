package component

import (
	"fmt"
	"time"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// auditPolicy records who did what to training jobs with their bodies, all other writes without, and no
// reads: enough to answer "who deleted my job", and what a job costs the API server in writes. Left out are
// leases and the node's own status, which go on for ever.
const auditPolicy = `apiVersion: audit.k8s.io/v1
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
`

// apiServer is the Kubernetes API. It listens on the bridge alone: pods and this machine reach it, the
// network outside does not.
func apiServer(c config.Config) Component {
	policy := c.Path("apiserver", "audit-policy.yaml")
	return Component{
		Name:  "kube-apiserver",
		About: "the Kubernetes API",
		Needs: []string{"etcd", "setup-host"},
		Argv: []string{
			c.Binary("kubernetes", "kube-apiserver"),
			"--bind-address=" + config.Gateway,
			"--advertise-address=" + config.Gateway,
			fmt.Sprintf("--secure-port=%d", config.PortAPIServer),
			fmt.Sprintf("--etcd-servers=https://%s:%d", config.Loopback, config.PortEtcd),
			"--etcd-cafile=" + c.TLS("ca.crt"),
			"--etcd-certfile=" + c.TLS("etcd-client.crt"),
			"--etcd-keyfile=" + c.TLS("etcd-client.key"),
			"--tls-cert-file=" + c.TLS("apiserver.crt"),
			"--tls-private-key-file=" + c.TLS("apiserver.key"),
			"--client-ca-file=" + c.TLS("ca.crt"),
			"--kubelet-client-certificate=" + c.TLS("apiserver-kubelet.crt"),
			"--kubelet-client-key=" + c.TLS("apiserver-kubelet.key"),
			"--kubelet-certificate-authority=" + c.TLS("ca.crt"),
			"--kubelet-preferred-address-types=InternalIP",
			"--requestheader-client-ca-file=" + c.TLS("front-proxy-ca.crt"),
			"--requestheader-allowed-names=front-proxy",
			"--requestheader-username-headers=X-Remote-User",
			"--requestheader-group-headers=X-Remote-Group",
			"--requestheader-extra-headers-prefix=X-Remote-Extra-",
			"--proxy-client-cert-file=" + c.TLS("front-proxy.crt"),
			"--proxy-client-key-file=" + c.TLS("front-proxy.key"),
			"--service-account-issuer=https://kubernetes.default.svc." + config.ClusterDomain,
			"--service-account-key-file=" + c.TLS("service-account.pub"),
			"--service-account-signing-key-file=" + c.TLS("service-account.key"),
			"--token-auth-file=" + c.TLS("tokens.csv"),
			"--service-cluster-ip-range=" + config.ServiceCIDR,
			"--authorization-mode=Node,RBAC",
			"--enable-admission-plugins=NodeRestriction",
			// No kube-proxy here: aggregated APIs and webhooks are reached by their endpoints.
			"--enable-aggregator-routing=true",
			"--audit-policy-file=" + policy,
			"--audit-log-path=" + c.Path("log", "audit.log"),
			"--audit-log-maxsize=100",
			"--audit-log-maxbackup=3",
			// Clients' rates are theirs to limit; a single machine needs no fairness between them.
			"--enable-priority-and-fairness=false",
			"--max-requests-inflight=2000",
			"--max-mutating-requests-inflight=1000",
			// A restart must not wait a minute for open watches to drain.
			"--shutdown-delay-duration=0s",
			"--allow-privileged=true",
			"--profiling=false",
		},
		Files: []File{file(policy, auditPolicy)},
		Ready: Probe{URL: config.APIServer() + "/readyz", CA: c.TLS("ca.crt")},
		// Clients that keep a connection open would hold it for a minute; etcd has all it was told.
		Grace:  3 * time.Second,
		Expect: 7 * time.Second,
	}
}
