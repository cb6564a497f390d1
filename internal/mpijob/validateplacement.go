package mpijob

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validatePlacement checks where pods may go.
func validatePlacement(pod *corev1.PodSpec, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i, t := range pod.Tolerations {
		p := at.Child("tolerations").Index(i)
		if t.Key != "" {
			errs = append(errs, qualified(t.Key, p.Child("key"))...)
		}
		if t.Operator != "" {
			errs = append(errs, oneOf(p.Child("operator"), t.Operator, corev1.TolerationOpExists, corev1.TolerationOpEqual)...)
		}
		for _, why := range validation.IsValidLabelValue(t.Value) {
			errs = append(errs, field.Invalid(p.Child("value"), t.Value, why))
		}
		if t.Effect != "" {
			errs = append(errs, oneOf(p.Child("effect"), t.Effect, corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute)...)
		}
		if t.TolerationSeconds != nil && t.Effect != corev1.TaintEffectNoExecute {
			errs = append(errs, field.Invalid(p.Child("effect"), t.Effect, "must be NoExecute where tolerationSeconds is set: only running pods are tolerated for a while"))
		}
	}
	for i, c := range pod.TopologySpreadConstraints {
		p := at.Child("topologySpreadConstraints").Index(i)
		if c.MaxSkew < 1 {
			errs = append(errs, field.Invalid(p.Child("maxSkew"), c.MaxSkew, "must be positive: by how many pods two places may differ"))
		}
		errs = append(errs, topologyKey(c.TopologyKey, p)...)
		errs = append(errs, oneOf(p.Child("whenUnsatisfiable"), c.WhenUnsatisfiable, corev1.DoNotSchedule, corev1.ScheduleAnyway)...)
	}
	if a := pod.Affinity; a != nil {
		if a.PodAffinity != nil {
			errs = append(errs, validateTerms(a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution, at.Child("affinity", "podAffinity"))...)
		}
		if a.PodAntiAffinity != nil {
			errs = append(errs, validateTerms(a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution, at.Child("affinity", "podAntiAffinity"))...)
		}
	}
	return errs
}

func validateTerms(terms []corev1.PodAffinityTerm, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i, t := range terms {
		errs = append(errs, topologyKey(t.TopologyKey, at.Child("requiredDuringSchedulingIgnoredDuringExecution").Index(i))...)
	}
	return errs
}

func topologyKey(key string, at *field.Path) field.ErrorList {
	if key == "" {
		return field.ErrorList{field.Required(at.Child("topologyKey"), "names the label that says which nodes are one place, such as topology.kubernetes.io/zone")}
	}
	return qualified(key, at.Child("topologyKey"))
}

func qualified(key string, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, why := range validation.IsQualifiedName(key) {
		errs = append(errs, field.Invalid(at, key, why))
	}
	return errs
}

// validateNames checks how pods find hosts by name.
func validateNames(pod *corev1.PodSpec, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	if c := pod.DNSConfig; c != nil {
		for i, n := range c.Nameservers {
			errs = append(errs, address(n, at.Child("dnsConfig", "nameservers").Index(i))...)
		}
		for i, s := range c.Searches {
			for _, why := range validation.IsDNS1123SubdomainWithUnderscore(strings.TrimSuffix(s, ".")) {
				errs = append(errs, field.Invalid(at.Child("dnsConfig", "searches").Index(i), s, why))
			}
		}
	}
	if pod.DNSPolicy == corev1.DNSNone && (pod.DNSConfig == nil || len(pod.DNSConfig.Nameservers) == 0) {
		errs = append(errs, field.Required(at.Child("dnsConfig", "nameservers"), "must name at least one where dnsPolicy is None: the Launcher finds its Workers by name"))
	}
	for i, a := range pod.HostAliases {
		p := at.Child("hostAliases").Index(i)
		errs = append(errs, address(a.IP, p.Child("ip"))...)
		for j, h := range a.Hostnames {
			errs = append(errs, subdomain(h, p.Child("hostnames").Index(j))...)
		}
	}
	return errs
}

func address(ip string, at *field.Path) field.ErrorList {
	if _, err := netip.ParseAddr(ip); err != nil {
		return field.ErrorList{field.Invalid(at, ip, "must be an IP address, such as 10.0.0.10 or fd00::10")}
	}
	return nil
}
