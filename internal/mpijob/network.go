package mpijob

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Annotations about who may talk to a job's pods. They count when an attempt starts; a namespace's
// AnnotationNetwork becomes that of jobs which name none.
const (
	AnnotationNetwork = Prefix + "network-policy"
	// AnnotationEgress lists what an isolated job's pods may reach besides: CIDR or CIDR:port, by commas.
	AnnotationEgress = Prefix + "network-egress"
)

// Network is a template of NetworkPolicies.
type Network string

// The templates, each stricter than the one before.
const (
	NetworkNone       Network = "none"       // no policy of the job's own: as the cluster has it
	NetworkDefault    Network = "default"    // the job's pods talk freely to each other, nobody else reaches them
	NetworkRestricted Network = "restricted" // and only on the ports MPI needs
	NetworkIsolated   Network = "isolated"   // and they reach nothing else but DNS, the controller's feed and what is listed
)

// MPI's own ports under NetworkRestricted and NetworkIsolated: above the agent's, below what kernels hand
// out unless they are told otherwise (32768 and up).
const (
	MPIPortLow  = 30000
	MPIPortHigh = 32767
)

// NetworkOf is the template a job asks for.
func NetworkOf(job *Job) Network {
	if n := Network(job.Annotations[AnnotationNetwork]); n != "" {
		return n
	}
	return NetworkNone
}

// NetworkName is the job's NetworkPolicy.
func NetworkName(job *Job) string { return job.Name + "-network" }

// NetworkPolicy is what stands around the job's pods; nil where the job asks for none.
func NetworkPolicy(job *Job, s Settings) *networkingv1.NetworkPolicy {
	template := NetworkOf(job)
	if template == NetworkNone {
		return nil
	}
	own := []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{MatchLabels: ServiceSelector(job)}}}
	var ports []networkingv1.NetworkPolicyPort // none: all
	if template != NetworkDefault {
		ports = jobPorts(job)
	}
	p := &networkingv1.NetworkPolicy{
		ObjectMeta: child(job, NetworkName(job), 0),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: ServiceSelector(job)},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress:     []networkingv1.NetworkPolicyIngressRule{{From: own, Ports: ports}},
		},
	}
	if template != NetworkIsolated {
		return p
	}
	p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
	p.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{
		{To: own, Ports: ports},
		// Where DNS is differs: a pod in any namespace, an address of the node's own; and 5353 is the
		// port behind OpenShift's 53, which is what counts for a policy.
		{Ports: []networkingv1.NetworkPolicyPort{
			port(corev1.ProtocolUDP, 53), port(corev1.ProtocolTCP, 53), port(corev1.ProtocolUDP, 5353), port(corev1.ProtocolTCP, 5353),
		}},
	}
	if feed := feedEgress(s.Feed); feed != nil {
		p.Spec.Egress = append(p.Spec.Egress, *feed)
	}
	listed, _ := parseEgress(job.Annotations[AnnotationEgress]) // checked at admission
	for _, d := range listed {
		p.Spec.Egress = append(p.Spec.Egress, d.rule())
	}
	return p
}

// jobPorts are the ports the job's pods need of each other: the remote shell's and MPI's own.
func jobPorts(job *Job) []networkingv1.NetworkPolicyPort {
	var out []networkingv1.NetworkPolicyPort
	if TransportOf(job) == wire.TransportBuiltin {
		out = append(out, port(corev1.ProtocolTCP, Port(job.UID)))
	} else {
		out = append(out, port(corev1.ProtocolTCP, 22), port(corev1.ProtocolTCP, 2222))
	}
	mpi := port(corev1.ProtocolTCP, MPIPortLow)
	mpi.EndPort = ptr.To[int32](MPIPortHigh)
	out = append(out, mpi)
	// What the manifest declares, it needs: sshd on another port, a rendezvous of the program's own.
	for _, r := range replicaSpecs(job) {
		for _, c := range r.spec.Template.Spec.Containers {
			for _, p := range c.Ports {
				protocol := p.Protocol
				if protocol == "" {
					protocol = corev1.ProtocolTCP
				}
				declared := port(protocol, int(p.ContainerPort))
				if !hasPort(out, declared) {
					out = append(out, declared)
				}
			}
		}
	}
	return out
}

func port(protocol corev1.Protocol, n int) networkingv1.NetworkPolicyPort {
	return networkingv1.NetworkPolicyPort{Protocol: ptr.To(protocol), Port: ptr.To(intstr.FromInt32(int32(n)))}
}

// hasPort says whether a port is in a list already, by itself.
func hasPort(list []networkingv1.NetworkPolicyPort, p networkingv1.NetworkPolicyPort) bool {
	for _, has := range list {
		if has.EndPort == nil && *has.Protocol == *p.Protocol && *has.Port == *p.Port {
			return true
		}
	}
	return false
}

// feedEgress lets the Launcher's agent reach the controller: by address, or in the namespace of its
// Service, where that is what the feed's name says.
func feedEgress(f *wire.Feed) *networkingv1.NetworkPolicyEgressRule {
	if f == nil {
		return nil
	}
	host, text, err := net.SplitHostPort(f.Address)
	if err != nil {
		return nil // checked when the controller starts
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil
	}
	rule := networkingv1.NetworkPolicyEgressRule{Ports: []networkingv1.NetworkPolicyPort{port(corev1.ProtocolTCP, n)}}
	if a, err := netip.ParseAddr(host); err == nil {
		rule.To = []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: netip.PrefixFrom(a, a.BitLen()).String()}}}
	} else if parts := strings.Split(host, "."); len(parts) > 2 && parts[2] == "svc" {
		rule.To = []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: parts[1]}}}}
	}
	// Any other name may be anywhere: its port alone is what can be said.
	return &rule
}

// portRange is the sysctl that names the ports the kernel hands out: a safe one, which every pod may set.
const portRange = "net.ipv4.ip_local_port_range"

// pinPorts keeps what the pod listens on by itself within MPIPortLow and MPIPortHigh. Nearly everything
// (the MPIs' daemons, MPICH's and Intel MPI's ranks, UCX, NCCL, Gloo) takes the port the kernel gives it,
// so the pod's kernel is told; Open MPI's daemons, given a range, would open every port of it. Open MPI's
// ranks count up from 1024, so they are told in their own words.
func pinPorts(job *Job, pod *corev1.PodSpec, main *corev1.Container) {
	if t := NetworkOf(job); t != NetworkRestricted && t != NetworkIsolated || pod.HostNetwork {
		return
	}
	if pod.SecurityContext == nil {
		pod.SecurityContext = &corev1.PodSecurityContext{}
	}
	given := slices.ContainsFunc(pod.SecurityContext.Sysctls, func(c corev1.Sysctl) bool { return c.Name == portRange })
	if !given {
		pod.SecurityContext.Sysctls = append(pod.SecurityContext.Sysctls,
			corev1.Sysctl{Name: portRange, Value: fmt.Sprintf("%d %d", MPIPortLow, MPIPortHigh)})
	}
	low, count := strconv.Itoa(MPIPortLow), strconv.Itoa(MPIPortHigh-MPIPortLow+1)
	withEnv(main, []corev1.EnvVar{
		env("OMPI_MCA_btl_tcp_port_min_v4", low), env("OMPI_MCA_btl_tcp_port_range_v4", count),
		env("OMPI_MCA_btl_tcp_port_min_v6", low), env("OMPI_MCA_btl_tcp_port_range_v6", count),
	})
}

// networkWarnings name annotations about the network that can't do what they say.
func networkWarnings(job *Job) []string {
	var out []string
	at := func(key string) string { return "metadata.annotations[" + key + "]: " }
	template := NetworkOf(job)
	if _, ok := job.Annotations[AnnotationEgress]; ok && template != NetworkIsolated {
		out = append(out, at(AnnotationEgress)+"counts only with network-policy isolated; anything can be reached as it is")
	}
	for _, r := range replicaSpecs(job) {
		if template != NetworkNone && r.spec.Template.Spec.HostNetwork {
			out = append(out, at(AnnotationNetwork)+"has no effect on pods with hostNetwork, such as the "+string(r.kind)+"'s: NetworkPolicies don't reach them")
		}
	}
	return out
}
