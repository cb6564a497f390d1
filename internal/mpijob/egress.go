package mpijob

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// maxEgress bounds AnnotationEgress.
const maxEgress = 64

// destination is one entry of AnnotationEgress.
type destination struct {
	cidr netip.Prefix
	port int // 0: all
}

func (d destination) rule() networkingv1.NetworkPolicyEgressRule {
	r := networkingv1.NetworkPolicyEgressRule{To: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: d.cidr.String()}}}}
	if d.port > 0 {
		r.Ports = []networkingv1.NetworkPolicyPort{port(corev1.ProtocolTCP, d.port)}
	}
	return r
}

// parseEgress reads AnnotationEgress: "10.0.0.0/8, 192.0.2.7/32:443, [2001:db8::/32]:443".
func parseEgress(text string) ([]destination, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var out []destination
	for _, entry := range strings.Split(text, ",") {
		entry = strings.TrimSpace(entry)
		d, err := parseDestination(entry)
		if err != nil {
			return nil, err
		}
		if out = append(out, d); len(out) > maxEgress {
			return nil, fmt.Errorf("lists more than %d destinations: join them to larger networks", maxEgress)
		}
	}
	return out, nil
}

func parseDestination(entry string) (destination, error) {
	bad := fmt.Errorf("%q is no destination: write a network as 10.0.0.0/8, or with a port as 192.0.2.7/32:443 or [2001:db8::/32]:443", entry)
	network, after := entry, ""
	if inner, found := strings.CutPrefix(entry, "["); found {
		var ok bool
		if network, after, ok = strings.Cut(inner, "]:"); !ok {
			return destination{}, bad
		}
	} else if strings.Count(entry, ":") == 1 {
		network, after, _ = strings.Cut(entry, ":")
	}
	p, err := netip.ParsePrefix(network)
	if err != nil {
		return destination{}, bad
	}
	d := destination{cidr: p.Masked()}
	if network == entry {
		return d, nil
	}
	if d.port, err = strconv.Atoi(after); err != nil || d.port < 1 || d.port > 65535 {
		return destination{}, bad
	}
	return d, nil
}

func checkEgress(v string) error {
	_, err := parseEgress(v)
	return err
}
