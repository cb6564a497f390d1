package mpijob_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
	"github.com/opendatahub-io/mpijob/internal/wire"
)

// end is one end of a connection: a pod in a namespace, or an address outside.
type end struct {
	namespace string
	labels    map[string]string
	address   string
}

// allowed evaluates a policy as the API documents it: is a connection from one end to the other's port
// let through? Both ends are looked at, the one that sends and the one that receives.
func allowed(p *networkingv1.NetworkPolicy, from, to end, protocol corev1.Protocol, port int) bool {
	if p == nil {
		return true
	}
	ports := func(list []networkingv1.NetworkPolicyPort) bool {
		return len(list) == 0 || slices.ContainsFunc(list, func(pp networkingv1.NetworkPolicyPort) bool {
			last := int(pp.Port.IntVal)
			if pp.EndPort != nil {
				last = int(*pp.EndPort)
			}
			return *pp.Protocol == protocol && port >= int(pp.Port.IntVal) && port <= last
		})
	}
	peers := func(list []networkingv1.NetworkPolicyPeer, e end) bool {
		return len(list) == 0 || slices.ContainsFunc(list, func(peer networkingv1.NetworkPolicyPeer) bool {
			if peer.IPBlock != nil {
				a, err := netip.ParseAddr(e.address)
				return err == nil && netip.MustParsePrefix(peer.IPBlock.CIDR).Contains(a)
			}
			if e.labels == nil {
				return false
			}
			inNamespace := e.namespace == p.Namespace
			if peer.NamespaceSelector != nil {
				inNamespace = matches(peer.NamespaceSelector, map[string]string{corev1.LabelMetadataName: e.namespace})
			}
			return inNamespace && (peer.PodSelector == nil || matches(peer.PodSelector, e.labels))
		})
	}
	selects := func(e end) bool {
		return e.labels != nil && e.namespace == p.Namespace && matches(&p.Spec.PodSelector, e.labels)
	}
	if selects(to) && slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeIngress) &&
		!slices.ContainsFunc(p.Spec.Ingress, func(r networkingv1.NetworkPolicyIngressRule) bool { return peers(r.From, from) && ports(r.Ports) }) {
		return false
	}
	if selects(from) && slices.Contains(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) &&
		!slices.ContainsFunc(p.Spec.Egress, func(r networkingv1.NetworkPolicyEgressRule) bool { return peers(r.To, to) && ports(r.Ports) }) {
		return false
	}
	return true
}

func matches(s *metav1.LabelSelector, have map[string]string) bool {
	selector, err := metav1.LabelSelectorAsSelector(s)
	return err == nil && selector.Matches(labels.Set(have))
}

// TestNetworkPolicies says for every template who reaches whom on which port.
func TestNetworkPolicies(t *testing.T) {
	plain := Job("pi")
	own := plain.Worker(func(c *corev1.Container) {
		c.Command = []string{"/usr/sbin/sshd", "-De"}
		c.Ports = []corev1.ContainerPort{{ContainerPort: 2022}}
	})
	job := plain.Obj()
	launcher := end{namespace: "ns", labels: mpijob.PodLabels(job, mpijob.RoleLauncher, 1), address: "10.1.0.1"}
	worker := end{namespace: "ns", labels: mpijob.PodLabels(job, mpijob.RoleWorker, 1), address: "10.1.0.2"}
	other := end{namespace: "ns", labels: mpijob.PodLabels(Job("other").Obj(), mpijob.RoleWorker, 1), address: "10.1.0.3"}
	neighbour := end{namespace: "ns", labels: map[string]string{"app": "notebook"}, address: "10.1.0.4"}
	namesake := end{namespace: "elsewhere", labels: worker.labels, address: "10.1.0.5"}
	controller := end{namespace: "mpijob-system", labels: map[string]string{"app.kubernetes.io/name": "mpijob-controller"}, address: "10.1.0.6"}
	dns := end{namespace: "openshift-dns", labels: map[string]string{"dns": "default"}, address: "10.1.0.7"}
	listed, internet := end{address: "192.0.2.7"}, end{address: "203.0.113.9"}
	agent := mpijob.Port(job.UID)
	const tcp, udp = corev1.ProtocolTCP, corev1.ProtocolUDP

	// Columns: none, default, restricted, isolated; y for let through.
	for _, tt := range []struct {
		what     string
		job      *JobBuilder
		from, to end
		protocol corev1.Protocol
		port     int
		want     string
	}{
		{"the agent's remote shell", plain, launcher, worker, tcp, agent, "yyyy"},
		{"between Workers, as trees of daemons are", plain, worker, worker, tcp, agent, "yyyy"},
		{"MPI's data, lowest port", plain, worker, worker, tcp, mpijob.MPIPortLow, "yyyy"},
		{"MPI's data, highest port", plain, worker, launcher, tcp, mpijob.MPIPortHigh, "yyyy"},
		{"a port of the kernel's choice", plain, worker, worker, tcp, 40000, "yy--"},
		{"ssh where nobody serves it", plain, launcher, worker, tcp, 22, "yy--"},
		{"UDP between the job's pods", plain, worker, worker, udp, 40000, "yy--"},
		{"ssh", own, launcher, worker, tcp, 22, "yyyy"},
		{"ssh without privileges", own, launcher, worker, tcp, 2222, "yyyy"},
		{"a port the manifest declares", own, launcher, worker, tcp, 2022, "yyyy"},
		{"another job's Worker", plain, other, worker, tcp, agent, "y---"},
		{"a notebook in the namespace", plain, neighbour, worker, tcp, mpijob.MPIPortLow, "y---"},
		{"a pod of the same labels elsewhere", plain, namesake, worker, tcp, agent, "y---"},
		{"from outside", plain, internet, launcher, tcp, agent, "y---"},
		{"to a notebook", plain, worker, neighbour, tcp, 8888, "yyy-"},
		{"to the internet", plain, worker, internet, tcp, 443, "yyy-"},
		{"DNS in the cluster", plain, worker, dns, udp, 53, "yyyy"},
		{"DNS behind OpenShift's Service", plain, worker, dns, tcp, 5353, "yyyy"},
		{"the feed", plain, launcher, controller, tcp, 9444, "yyyy"},
		{"the controller's metrics", plain, launcher, controller, tcp, 8080, "yyy-"},
		{"a pod elsewhere on the feed's port", plain, launcher, namesake, tcp, 9444, "yyy-"},
		{"what is listed", plain, worker, listed, tcp, 443, "yyyy"},
		{"what is listed, another port", plain, worker, listed, tcp, 80, "yyy-"},
		{"what isn't the job's is no business of its policy", plain, neighbour, other, tcp, 80, "yyyy"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			var got strings.Builder
			for _, n := range []mpijob.Network{mpijob.NetworkNone, mpijob.NetworkDefault, mpijob.NetworkRestricted, mpijob.NetworkIsolated} {
				j := annotated(tt.job, mpijob.AnnotationNetwork, string(n), mpijob.AnnotationEgress, "192.0.2.7/32:443").Obj()
				s := mpijob.Settings{Feed: &wire.Feed{Address: "mpijob-controller.mpijob-system.svc:9444"}}
				if allowed(mpijob.NetworkPolicy(mpijob.WithDefaults(j), s), tt.from, tt.to, tt.protocol, tt.port) {
					got.WriteByte('y')
				} else {
					got.WriteByte('-')
				}
			}
			if got.String() != tt.want {
				t.Errorf("none, default, restricted, isolated: %s, want %s", &got, tt.want)
			}
		})
	}
}

// A feed at an address is reached there and nowhere else; without a feed there is no rule for one.
func TestNetworkPolicyFeedAddress(t *testing.T) {
	job := mpijob.WithDefaults(annotated(Job("pi"), mpijob.AnnotationNetwork, "isolated").Obj())
	launcher := end{namespace: "ns", labels: mpijob.PodLabels(job, mpijob.RoleLauncher, 1)}
	for _, tt := range []struct {
		feed *wire.Feed
		to   string
		want bool
	}{
		{&wire.Feed{Address: "10.88.0.1:9444"}, "10.88.0.1", true},
		{&wire.Feed{Address: "10.88.0.1:9444"}, "10.88.0.2", false},
		{&wire.Feed{Address: "[fd00::1]:9444"}, "fd00::1", true},
		{&wire.Feed{Address: "feed.example.com:9444"}, "10.88.0.2", true},
		{nil, "10.88.0.1", false},
	} {
		p := mpijob.NetworkPolicy(job, mpijob.Settings{Feed: tt.feed})
		if got := allowed(p, launcher, end{address: tt.to}, corev1.ProtocolTCP, 9444); got != tt.want {
			t.Errorf("feed %+v, to %s: %v", tt.feed, tt.to, got)
		}
	}
}

// Under a template that names ports, every pod keeps to them: what the kernel hands out, and what Open
// MPI's ranks take by themselves. A range the manifest gives stays; the host's network is nobody's to change.
func TestPortsArePinned(t *testing.T) {
	own := corev1.Sysctl{Name: "net.ipv4.ip_local_port_range", Value: "31000 31999"}
	for _, tt := range []struct {
		network string
		change  func(*corev1.PodSpec)
		sysctl  string
		env     bool
	}{
		{"default", nil, "", false},
		{"restricted", nil, "30000 32767", true},
		{"isolated", nil, "30000 32767", true},
		{"restricted", func(p *corev1.PodSpec) { p.SecurityContext = &corev1.PodSecurityContext{Sysctls: []corev1.Sysctl{own}} }, own.Value, true},
		{"restricted", func(p *corev1.PodSpec) { p.HostNetwork = true }, "", false},
	} {
		job := annotated(Job("pi").With(func(j *kubeflow.MPIJob) {
			for _, r := range j.Spec.MPIReplicaSpecs {
				if tt.change != nil {
					tt.change(&r.Template.Spec)
				}
			}
		}), mpijob.AnnotationNetwork, tt.network).Obj()
		pods := 0
		for _, r := range mpijob.Runtime(mpijob.WithDefaults(job), mpijob.Settings{AgentImage: "agent:1"}, 1).Spec.Template.Spec.ReplicatedJobs {
			if ptr.Deref(r.Template.Spec.Parallelism, 1) == 0 {
				continue // for Kubeflow's SDK to read; no pod comes of it
			}
			pods++
			pod := r.Template.Spec.Template.Spec
			sysctl := ""
			if pod.SecurityContext != nil {
				for _, c := range pod.SecurityContext.Sysctls {
					sysctl += c.Value
				}
			}
			if sysctl != tt.sysctl {
				t.Errorf("%s, %s: the kernel hands out %q, want %q", tt.network, r.Name, sysctl, tt.sysctl)
			}
			for _, e := range []corev1.EnvVar{{Name: "OMPI_MCA_btl_tcp_port_min_v4", Value: "30000"}, {Name: "OMPI_MCA_btl_tcp_port_range_v6", Value: "2768"}} {
				if slices.Contains(pod.Containers[0].Env, e) != tt.env {
					t.Errorf("%s, %s: %s=%s in the environment: %v", tt.network, r.Name, e.Name, e.Value, !tt.env)
				}
			}
		}
		if pods != 2 {
			t.Fatalf("%d kinds of pods, want the Launcher's and the Workers'", pods)
		}
	}
}
