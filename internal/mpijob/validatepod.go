package mpijob

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The rules here and in the other files of this name are the API server's own for pods. It applies them
// only when the Job controller makes the pods, long after the job was accepted: the job would wait for pods
// that never come. A property test finds those that are missing (test/e2e/dryrun_test.go).

// validateTemplate checks a pod template beyond its containers' own fields.
func validateTemplate(r replica) field.ErrorList {
	t, at := &r.spec.Template, r.path.Child("template")
	errs := metavalidation.ValidateLabels(t.Labels, at.Child("metadata", "labels"))
	errs = append(errs, apivalidation.ValidateAnnotations(t.Annotations, at.Child("metadata", "annotations"))...)
	pod, spec := &t.Spec, at.Child("spec")
	errs = append(errs, metavalidation.ValidateLabels(pod.NodeSelector, spec.Child("nodeSelector"))...)
	errs = append(errs, subdomain(pod.ServiceAccountName, spec.Child("serviceAccountName"))...)
	errs = append(errs, subdomain(pod.PriorityClassName, spec.Child("priorityClassName"))...)
	if g := pod.TerminationGracePeriodSeconds; g != nil && *g < 0 {
		errs = append(errs, field.Invalid(spec.Child("terminationGracePeriodSeconds"), *g, "must not be negative: seconds between being told to end and being killed"))
	}
	if d := pod.ActiveDeadlineSeconds; d != nil && *d < 1 {
		errs = append(errs, field.Invalid(spec.Child("activeDeadlineSeconds"), *d, "must be positive, or left out; spec.runPolicy.activeDeadlineSeconds limits the whole job"))
	}
	if pod.DNSPolicy != "" {
		errs = append(errs, oneOf(spec.Child("dnsPolicy"), pod.DNSPolicy, corev1.DNSClusterFirst, corev1.DNSClusterFirstWithHostNet, corev1.DNSDefault, corev1.DNSNone)...)
	}
	for i, s := range pod.ImagePullSecrets {
		if s.Name == "" {
			errs = append(errs, field.Required(spec.Child("imagePullSecrets").Index(i).Child("name"), "names the Secret with the registry's credentials"))
		}
	}
	errs = append(errs, validatePlacement(pod, spec)...)
	errs = append(errs, validateNames(pod, spec)...)
	errs = append(errs, validatePodSecurity(pod.SecurityContext, spec.Child("securityContext"))...)
	for i, tol := range pod.Tolerations {
		p := spec.Child("tolerations").Index(i)
		if tol.Key == "" && tol.Operator != corev1.TolerationOpExists {
			errs = append(errs, field.Invalid(p.Child("operator"), tol.Operator, "must be Exists where there is no key"))
		}
		if tol.Operator == corev1.TolerationOpExists && tol.Value != "" {
			errs = append(errs, field.Invalid(p.Child("value"), tol.Value, "must be empty where operator is Exists: use Equal, or remove the value"))
		}
	}
	errs = append(errs, validateHostPorts(pod, spec)...)
	return append(errs, validateVolumes(r.kind, pod, spec)...)
}

// validateHostPorts finds ports of the host that two containers of a pod want.
func validateHostPorts(pod *corev1.PodSpec, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	seen := map[corev1.ContainerPort]bool{}
	for i := range pod.Containers {
		for j, port := range pod.Containers[i].Ports {
			want := corev1.ContainerPort{HostPort: port.HostPort, HostIP: port.HostIP, Protocol: cmp.Or(port.Protocol, corev1.ProtocolTCP)}
			if pod.HostNetwork {
				want.HostPort = port.ContainerPort
			}
			if want.HostPort != 0 && seen[want] {
				errs = append(errs, duplicate(at.Child("containers").Index(i).Child("ports").Index(j).Child("hostPort"), fmt.Sprint(want.HostPort),
					"another port of the pod is that one on the host: choose another"))
			}
			seen[want] = true
		}
	}
	return errs
}

func subdomain(name string, at *field.Path) field.ErrorList {
	if name == "" {
		return nil
	}
	var errs field.ErrorList
	for _, why := range validation.IsDNS1123Subdomain(name) {
		errs = append(errs, field.Invalid(at, name, why))
	}
	return errs
}

func dnsLabel(name string, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, why := range validation.IsDNS1123Label(name) {
		errs = append(errs, field.Invalid(at, name, why))
	}
	return errs
}

// validateVolumes checks volumes, and that every mount has one: of the template's, or of those that
// every such pod has under upstream's names.
func validateVolumes(kind kubeflow.MPIReplicaType, pod *corev1.PodSpec, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	names := map[string]bool{}
	for i, v := range pod.Volumes {
		p := at.Child("volumes").Index(i)
		switch {
		case v.Name == "":
			errs = append(errs, field.Required(p.Child("name"), "each volume has a name, for volumeMounts to refer to"))
			continue
		case names[v.Name]:
			errs = append(errs, duplicate(p.Child("name"), v.Name, "each volume has a name of its own: rename one of them"))
		default:
			errs = append(errs, dnsLabel(v.Name, p.Child("name"))...)
		}
		names[v.Name] = true
		switch s := v.VolumeSource; {
		case equality.Semantic.DeepEqual(s, corev1.VolumeSource{}):
			errs = append(errs, field.Required(p, fmt.Sprintf("volume %q says not what it is: add emptyDir, persistentVolumeClaim, configMap, secret or another source", v.Name)))
		case s.ConfigMap != nil && s.ConfigMap.Name == "":
			errs = append(errs, field.Required(p.Child("configMap", "name"), "names the ConfigMap"))
		case s.Secret != nil && s.Secret.SecretName == "":
			errs = append(errs, field.Required(p.Child("secret", "secretName"), "names the Secret"))
		case s.PersistentVolumeClaim != nil && s.PersistentVolumeClaim.ClaimName == "":
			errs = append(errs, field.Required(p.Child("persistentVolumeClaim", "claimName"), "names the claim"))
		default:
			errs = append(errs, validateSource(&v.VolumeSource, p)...)
		}
	}
	names[volumeSSH] = true
	names[volumeConfig] = names[volumeConfig] || kind == kubeflow.MPIReplicaTypeLauncher
	for _, cs := range containersOf(pod, at) {
		for i := range cs.list {
			errs = append(errs, validateMounts(&cs.list[i], names, cs.path.Index(i).Child("volumeMounts"))...)
		}
	}
	return errs
}

type containers struct {
	list    []corev1.Container
	path    *field.Path
	initial bool
}

func containersOf(pod *corev1.PodSpec, at *field.Path) []containers {
	return []containers{{pod.InitContainers, at.Child("initContainers"), true}, {pod.Containers, at.Child("containers"), false}}
}

func validateMounts(c *corev1.Container, volumes map[string]bool, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	seen := map[string]bool{}
	for i, m := range c.VolumeMounts {
		p := at.Index(i)
		switch {
		case m.Name == "":
			errs = append(errs, field.Required(p.Child("name"), "names the volume to mount"))
		case !volumes[m.Name]:
			errs = append(errs, field.Invalid(p.Child("name"), m.Name, "no such volume: add it to the template's volumes, or correct the name"))
		}
		switch {
		case m.MountPath == "":
			errs = append(errs, field.Required(p.Child("mountPath"), "says where the volume appears in the container"))
		case seen[m.MountPath]:
			errs = append(errs, field.Invalid(p.Child("mountPath"), m.MountPath, "another volume is mounted there: choose another directory"))
		case strings.Contains(m.MountPath, ":"):
			errs = append(errs, field.Invalid(p.Child("mountPath"), m.MountPath, "must not contain ':': choose another directory"))
		}
		seen[m.MountPath] = true
		if s := m.SubPath; path.IsAbs(s) || strings.HasPrefix(path.Clean(s), "..") {
			errs = append(errs, field.Invalid(p.Child("subPath"), s, "must be a path below the volume's root, without a leading / and without .."))
		}
	}
	return errs
}

// validateProcess checks what a container runs, with which variables, and on which ports.
func validateProcess(pod *corev1.PodSpec, c *corev1.Container, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	if c.Name != "" {
		errs = append(errs, dnsLabel(c.Name, at.Child("name"))...)
	}
	if len(c.Command) > 0 && c.Command[0] == "" {
		errs = append(errs, field.Invalid(at.Child("command").Index(0), "", "must name a program; remove command to use the image's own"))
	}
	if c.ImagePullPolicy != "" {
		errs = append(errs, oneOf(at.Child("imagePullPolicy"), c.ImagePullPolicy, corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever)...)
	}
	for i, e := range c.Env {
		p := at.Child("env").Index(i)
		switch {
		case e.Name == "":
			errs = append(errs, field.Required(p.Child("name"), "each variable has a name"))
		case len(validation.IsRelaxedEnvVarName(e.Name)) > 0:
			errs = append(errs, field.Invalid(p.Child("name"), e.Name, "must be of printable ASCII characters other than '='"))
		case e.Value != "" && e.ValueFrom != nil:
			errs = append(errs, field.Invalid(p.Child("valueFrom"), e.Name, "can't go with value: remove one of them"))
		}
	}
	errs = append(errs, validateSources(c, at)...)
	errs = append(errs, validateSecurity(c.SecurityContext, at.Child("securityContext"))...)
	if runsAsRoot(pod, c) {
		errs = append(errs, field.Invalid(at.Child("securityContext", "runAsUser"), 0, "is root, which runAsNonRoot forbids: the container would never start; give another user id, or set runAsNonRoot to false"))
	}
	return append(errs, validatePorts(pod, c, at.Child("ports"))...)
}

func validatePorts(pod *corev1.PodSpec, c *corev1.Container, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	names := map[string]bool{}
	for i, port := range c.Ports {
		p := at.Index(i)
		if port.Name != "" {
			if names[port.Name] {
				errs = append(errs, duplicate(p.Child("name"), port.Name, "each port of a container has a name of its own: rename one of them"))
			}
			names[port.Name] = true
			for _, why := range validation.IsValidPortName(port.Name) {
				errs = append(errs, field.Invalid(p.Child("name"), port.Name, why))
			}
			if port.Name == portName {
				errs = append(errs, field.Invalid(p.Child("name"), port.Name, "is a name the product uses itself: rename the port"))
			}
		}
		if n := port.ContainerPort; n < 1 || n > 65535 {
			errs = append(errs, field.Invalid(p.Child("containerPort"), n, "must be 1 to 65535"))
		}
		switch n := port.HostPort; {
		case n < 0 || n > 65535:
			errs = append(errs, field.Invalid(p.Child("hostPort"), n, "must be 1 to 65535, or left out"))
		case n != 0 && pod.HostNetwork && n != port.ContainerPort:
			errs = append(errs, field.Invalid(p.Child("hostPort"), n, fmt.Sprintf("must be containerPort, %d, on the host's network: leave it out", port.ContainerPort)))
		}
		if port.Protocol != "" {
			errs = append(errs, oneOf(p.Child("protocol"), port.Protocol, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP)...)
		}
	}
	return errs
}

// validateExtended holds GPUs and other extended resources to whole numbers, and their requests to
// their limits.
func validateExtended(c *corev1.Container, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, name := range sortedResources(c.Resources.Requests) {
		if _, ok := c.Resources.Limits[corev1.ResourceName(name)]; !ok && isExtended(name) {
			q := c.Resources.Requests[corev1.ResourceName(name)]
			errs = append(errs, field.Required(at.Child("limits").Key(name), "must be set too, and equal the request: "+q.String()))
		}
	}
	for _, name := range sortedResources(c.Resources.Limits) {
		limit := c.Resources.Limits[corev1.ResourceName(name)]
		if !isExtended(name) {
			continue
		}
		if limit.MilliValue()%1000 != 0 {
			errs = append(errs, field.Invalid(at.Child("limits").Key(name), limit.String(), "must be a whole number: devices aren't divided"))
		}
		if request, ok := c.Resources.Requests[corev1.ResourceName(name)]; ok && request.Cmp(limit) < 0 {
			errs = append(errs, field.Invalid(at.Child("requests").Key(name), request.String(), "must equal the limit "+limit.String()+": remove it, the limit is requested"))
		}
	}
	return errs
}

// isExtended says whether a resource is a device of some vendor's, such as nvidia.com/gpu.
func isExtended(name string) bool {
	domain, _, ok := strings.Cut(name, "/")
	return ok && domain != "kubernetes.io" && !strings.HasSuffix(domain, ".kubernetes.io")
}
