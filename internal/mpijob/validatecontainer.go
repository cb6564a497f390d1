package mpijob

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateSecurity checks as whom a container runs, and with what rights.
func validateSecurity(sc *corev1.SecurityContext, at *field.Path) field.ErrorList {
	if sc == nil {
		return nil
	}
	errs := ids(at, map[string]*int64{"runAsUser": sc.RunAsUser, "runAsGroup": sc.RunAsGroup})
	if sc.Privileged != nil && *sc.Privileged && sc.AllowPrivilegeEscalation != nil && !*sc.AllowPrivilegeEscalation {
		errs = append(errs, field.Invalid(at.Child("allowPrivilegeEscalation"), false, "must not be false of a privileged container: remove one of the two"))
	}
	return append(errs, validateSeccomp(sc.SeccompProfile, at.Child("seccompProfile"))...)
}

func validatePodSecurity(sc *corev1.PodSecurityContext, at *field.Path) field.ErrorList {
	if sc == nil {
		return nil
	}
	errs := ids(at, map[string]*int64{"runAsUser": sc.RunAsUser, "runAsGroup": sc.RunAsGroup, "fsGroup": sc.FSGroup})
	return append(errs, validateSeccomp(sc.SeccompProfile, at.Child("seccompProfile"))...)
}

func ids(at *field.Path, given map[string]*int64) field.ErrorList {
	var errs field.ErrorList
	for _, name := range sortedKeys(given) {
		id := given[name]
		if id == nil {
			continue
		}
		for _, why := range validation.IsValidUserID(*id) {
			errs = append(errs, field.Invalid(at.Child(name), *id, why))
		}
	}
	return errs
}

func validateSeccomp(p *corev1.SeccompProfile, at *field.Path) field.ErrorList {
	switch {
	case p == nil:
		return nil
	case p.Type == corev1.SeccompProfileTypeLocalhost && (p.LocalhostProfile == nil || *p.LocalhostProfile == ""):
		return field.ErrorList{field.Required(at.Child("localhostProfile"), "names the profile's file on the node where type is Localhost")}
	case p.Type != corev1.SeccompProfileTypeLocalhost && p.LocalhostProfile != nil:
		return field.ErrorList{field.Invalid(at.Child("localhostProfile"), *p.LocalhostProfile, "counts only where type is Localhost: remove it")}
	}
	return oneOf(at.Child("type"), p.Type, corev1.SeccompProfileTypeRuntimeDefault, corev1.SeccompProfileTypeUnconfined, corev1.SeccompProfileTypeLocalhost)
}

// validateKinds checks that resources are ones that containers can have.
func validateKinds(c *corev1.Container, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, of := range []struct {
		name string
		list corev1.ResourceList
	}{{"requests", c.Resources.Requests}, {"limits", c.Resources.Limits}} {
		for _, name := range sortedResources(of.list) {
			p := at.Child(of.name).Key(name)
			errs = append(errs, qualified(name, p)...)
			switch r := corev1.ResourceName(name); {
			case strings.Contains(name, "/"), strings.HasPrefix(name, corev1.ResourceHugePagesPrefix):
			case r != corev1.ResourceCPU && r != corev1.ResourceMemory && r != corev1.ResourceEphemeralStorage:
				errs = append(errs, field.NotSupported(p, name, []string{"cpu", "memory", "ephemeral-storage", "hugepages-<size>", "<vendor>/<device>, such as nvidia.com/gpu"}))
			}
		}
	}
	return errs
}

// validateHuge holds huge pages to their limits, and to company.
func validateHuge(c *corev1.Container, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	huge, plain := false, false
	for _, l := range []corev1.ResourceList{c.Resources.Requests, c.Resources.Limits} {
		for _, name := range sortedResources(l) {
			plain = plain || name == string(corev1.ResourceCPU) || name == string(corev1.ResourceMemory)
			huge = huge || strings.HasPrefix(name, corev1.ResourceHugePagesPrefix)
		}
	}
	if !huge {
		return nil
	}
	if !plain {
		errs = append(errs, field.Required(at.Child("limits").Key(string(corev1.ResourceMemory)), "must be set, or cpu, where huge pages are: nobody gets those alone"))
	}
	for _, name := range sortedResources(c.Resources.Requests) {
		if !strings.HasPrefix(name, corev1.ResourceHugePagesPrefix) {
			continue
		}
		request := c.Resources.Requests[corev1.ResourceName(name)]
		if limit, ok := c.Resources.Limits[corev1.ResourceName(name)]; !ok || limit.Cmp(request) != 0 {
			errs = append(errs, field.Invalid(at.Child("limits").Key(name), limit.String(), "must be set and equal the request, "+request.String()))
		}
	}
	return append(errs, hugeSizes(c, at)...)
}

func hugeSizes(c *corev1.Container, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, name := range sortedResources(c.Resources.Limits) {
		size, ok := hugePage(name)
		limit := c.Resources.Limits[corev1.ResourceName(name)]
		if ok && (size <= 0 || limit.Value()%size != 0) {
			errs = append(errs, field.Invalid(at.Child("limits").Key(name), limit.String(), "must be a multiple of the pages' size"))
		}
	}
	return errs
}

// hugePage is the size of the pages a resource is of.
func hugePage(name string) (size int64, ok bool) {
	text, ok := strings.CutPrefix(name, corev1.ResourceHugePagesPrefix)
	if !ok {
		return 0, false
	}
	q, err := resource.ParseQuantity(text)
	if err != nil {
		return 0, true
	}
	return q.Value(), true
}

// validateRole checks what only some kinds of containers may have.
func validateRole(c *corev1.Container, initial bool, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	sidecar := c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
	if initial && c.RestartPolicy != nil {
		errs = append(errs, oneOf(at.Child("restartPolicy"), *c.RestartPolicy, corev1.ContainerRestartPolicyAlways)...)
	}
	for _, p := range []struct {
		name  string
		probe *corev1.Probe
	}{{"livenessProbe", c.LivenessProbe}, {"readinessProbe", c.ReadinessProbe}, {"startupProbe", c.StartupProbe}} {
		switch {
		case p.probe == nil:
		case initial && !sidecar:
			errs = append(errs, field.Forbidden(at.Child(p.name), "isn't for a container that ends before the others start: remove it, or set its restartPolicy to Always"))
		default:
			errs = append(errs, validateProbe(p.probe, at.Child(p.name))...)
		}
	}
	if l := c.Lifecycle; l != nil {
		if initial && !sidecar {
			errs = append(errs, field.Forbidden(at.Child("lifecycle"), "isn't for a container that ends before the others start: remove it, or set its restartPolicy to Always"))
		}
		errs = append(errs, validateHook(l.PostStart, at.Child("lifecycle", "postStart"))...)
		errs = append(errs, validateHook(l.PreStop, at.Child("lifecycle", "preStop"))...)
	}
	if p := c.TerminationMessagePolicy; p != "" {
		errs = append(errs, oneOf(at.Child("terminationMessagePolicy"), p, corev1.TerminationMessageReadFile, corev1.TerminationMessageFallbackToLogsOnError)...)
	}
	return errs
}

func validateHook(h *corev1.LifecycleHandler, at *field.Path) field.ErrorList {
	if h != nil && h.Exec != nil && len(h.Exec.Command) == 0 {
		return field.ErrorList{field.Required(at.Child("exec", "command"), "names the program to run")}
	}
	return nil
}

func validateProbe(p *corev1.Probe, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, f := range []struct {
		name string
		n    int32
	}{
		{"initialDelaySeconds", p.InitialDelaySeconds}, {"timeoutSeconds", p.TimeoutSeconds}, {"periodSeconds", p.PeriodSeconds},
		{"successThreshold", p.SuccessThreshold}, {"failureThreshold", p.FailureThreshold},
	} {
		if f.n < 0 {
			errs = append(errs, field.Invalid(at.Child(f.name), f.n, "must not be negative: leave it out for the default"))
		}
	}
	switch h := p.ProbeHandler; {
	case h.Exec == nil && h.HTTPGet == nil && h.TCPSocket == nil && h.GRPC == nil:
		errs = append(errs, field.Required(at, "needs something to try: exec, httpGet, tcpSocket or grpc"))
	case h.Exec != nil && len(h.Exec.Command) == 0:
		errs = append(errs, field.Required(at.Child("exec", "command"), "names the program to run"))
	case h.HTTPGet != nil:
		errs = append(errs, probePort(h.HTTPGet.Port, at.Child("httpGet", "port"))...)
	case h.TCPSocket != nil:
		errs = append(errs, probePort(h.TCPSocket.Port, at.Child("tcpSocket", "port"))...)
	}
	return errs
}

func probePort(p intstr.IntOrString, at *field.Path) field.ErrorList {
	if p.Type == intstr.String && len(validation.IsValidPortName(p.StrVal)) > 0 || p.Type == intstr.Int && (p.IntVal < 1 || p.IntVal > 65535) {
		return field.ErrorList{field.Invalid(at, p.String(), "must be a port's number, 1 to 65535, or its name")}
	}
	return nil
}
