package randomjob

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"
)

func (d drawer) template(name string) corev1.PodTemplateSpec {
	t := corev1.PodTemplateSpec{}
	if d.sometimes("labels") {
		t.Labels = map[string]string{oneOf(d, "label", []string{"team", "example.com/team"}, []string{"a b", "/x", ""}): oneOf(d, "label's value", []string{"", "a"}, []string{"a b"})}
	}
	if d.sometimes("annotations") {
		t.Annotations = map[string]string{oneOf(d, "annotation", []string{"example.com/note"}, []string{"a b", ""}): "x y"}
	}
	p := &t.Spec
	d.volumes(p)
	p.Containers = []corev1.Container{d.container(name, p)}
	if name == "launcher" && !d.rarely("no command") {
		p.Containers[0].Command = []string{"mpirun", "-n", "2", "/pi"}
	}
	if d.mistake("no container") {
		p.Containers = nil
	}
	if d.sometimes("sidecar") {
		p.Containers = append(p.Containers, d.container(oneOf(d, "sidecar's name", []string{"sidecar"}, []string{name, "Side Car", ""}), p))
	}
	if d.sometimes("init container") {
		init := d.container(oneOf(d, "init's name", []string{"init"}, []string{name, "mpi-agent-install"}), p)
		if d.sometimes("a sidecar that is an init container") {
			init.RestartPolicy = ptr.To(oneOf(d, "init's restartPolicy", []corev1.ContainerRestartPolicy{"Always"}, []corev1.ContainerRestartPolicy{"Sometimes"}))
		}
		p.InitContainers = append(p.InitContainers, init)
	}
	d.placement(p)
	d.network(p)
	if d.sometimes("securityContext") {
		p.SecurityContext = &corev1.PodSecurityContext{
			RunAsUser:      ptr.To(oneOf(d, "pod's runAsUser", []int64{1000, 0}, []int64{-1})),
			FSGroup:        ptr.To(oneOf(d, "fsGroup", []int64{1000}, []int64{-2})),
			SeccompProfile: &corev1.SeccompProfile{Type: oneOf(d, "seccomp", []corev1.SeccompProfileType{"RuntimeDefault", "Unconfined"}, []corev1.SeccompProfileType{"Localhost", "None"})},
		}
	}
	p.ServiceAccountName = oneOf(d, "serviceAccountName", []string{"", "", "default"}, []string{"Default"})
	if d.sometimes("grace") {
		p.TerminationGracePeriodSeconds = ptr.To(oneOf(d, "terminationGracePeriodSeconds", []int64{0, 30}, []int64{-1}))
	}
	if d.sometimes("pull secrets") {
		p.ImagePullSecrets = []corev1.LocalObjectReference{{Name: oneOf(d, "imagePullSecret", []string{"registry"}, []string{""})}}
	}
	return t
}

func (d drawer) placement(p *corev1.PodSpec) {
	if d.sometimes("nodeSelector") {
		p.NodeSelector = map[string]string{oneOf(d, "node label", []string{"zone", "nvidia.com/gpu.product"}, []string{"a b"}): oneOf(d, "node label's value", []string{"a"}, []string{"a/b"})}
	}
	if d.sometimes("tolerations") {
		p.Tolerations = []corev1.Toleration{{
			Key:      oneOf(d, "toleration", []string{"nvidia.com/gpu", "node.kubernetes.io/unreachable"}, []string{"", "a b"}),
			Operator: oneOf(d, "operator", []corev1.TolerationOperator{"Exists", "Equal", ""}, []corev1.TolerationOperator{"In"}),
			Value:    oneOf(d, "toleration's value", []string{""}, []string{"x", "a b"}),
			Effect:   oneOf(d, "effect", []corev1.TaintEffect{"NoSchedule", "NoExecute", ""}, []corev1.TaintEffect{"Never"}),
		}}
		if d.sometimes("for a while") {
			p.Tolerations[0].TolerationSeconds = ptr.To[int64](30)
		}
	}
	p.PriorityClassName = oneOf(d, "priorityClassName", []string{"", "", "", "system-node-critical"}, []string{"Very High"})
	if d.sometimes("affinity") {
		p.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
			TopologyKey:   oneOf(d, "topologyKey", []string{"kubernetes.io/hostname"}, []string{"", "a b"}),
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "a"}},
		}}}}
	}
	if d.sometimes("spread") {
		p.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
			MaxSkew: oneOf(d, "maxSkew", []int32{1}, []int32{0}), TopologyKey: oneOf(d, "spread over", []string{"zone"}, []string{""}),
			WhenUnsatisfiable: oneOf(d, "whenUnsatisfiable", []corev1.UnsatisfiableConstraintAction{"DoNotSchedule", "ScheduleAnyway"}, []corev1.UnsatisfiableConstraintAction{"Fail"}),
			LabelSelector:     &metav1.LabelSelector{MatchLabels: map[string]string{"team": "a"}},
		}}
	}
	if d.sometimes("scheduler") {
		p.SchedulerName = oneOf(d, "schedulerName", []string{"default-scheduler", "volcano"}, nil)
	}
}

func (d drawer) network(p *corev1.PodSpec) {
	p.HostNetwork = d.rarely("hostNetwork")
	if d.sometimes("dnsPolicy") {
		p.DNSPolicy = oneOf(d, "dnsPolicy", []corev1.DNSPolicy{"ClusterFirst", "Default", "ClusterFirstWithHostNet"}, []corev1.DNSPolicy{"None", "Mine"})
	}
	if d.sometimes("dnsConfig") {
		p.DNSConfig = &corev1.PodDNSConfig{
			Nameservers: []string{oneOf(d, "nameserver", []string{"10.0.0.10"}, []string{"dns.example.com"})},
			Searches:    []string{oneOf(d, "search", []string{"example.com"}, []string{"a b"})},
		}
	}
	if d.sometimes("hostAliases") {
		p.HostAliases = []corev1.HostAlias{{IP: oneOf(d, "alias", []string{"10.0.0.1"}, []string{"10.0.0"}), Hostnames: []string{oneOf(d, "alias' host", []string{"db"}, []string{"d b"})}}}
	}
}

func (d drawer) volumes(p *corev1.PodSpec) {
	for i := range rapid.IntRange(0, 2).Draw(d.t, "volumes") {
		v := corev1.Volume{Name: oneOf(d, "volume", []string{"data-" + strconv.Itoa(i)}, []string{"data-0", "", "Data", "mpi-agent", "ssh-auth"})}
		switch rapid.IntRange(0, 5).Draw(d.t, "kind of volume") {
		case 0:
			v.EmptyDir = &corev1.EmptyDirVolumeSource{Medium: oneOf(d, "medium", []corev1.StorageMedium{"", "Memory"}, []corev1.StorageMedium{"Disk"})}
		case 1:
			v.ConfigMap = &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: oneOf(d, "configMap", []string{"code"}, []string{""})}}
			if d.sometimes("mode") {
				v.ConfigMap.DefaultMode = ptr.To(oneOf(d, "defaultMode", []int32{0o444}, []int32{0o2000}))
			}
		case 2:
			v.Secret = &corev1.SecretVolumeSource{SecretName: oneOf(d, "secret", []string{"key"}, []string{""})}
		case 3:
			v.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: oneOf(d, "claim", []string{"data"}, []string{""})}
		case 4:
			v.HostPath = &corev1.HostPathVolumeSource{Path: oneOf(d, "hostPath", []string{"/data"}, []string{"", "/a/../b"})}
		case 5:
			if !d.mistake("a volume of no kind") {
				v.DownwardAPI = &corev1.DownwardAPIVolumeSource{Items: []corev1.DownwardAPIVolumeFile{{
					Path: "labels", FieldRef: &corev1.ObjectFieldSelector{FieldPath: oneOf(d, "downward field", []string{"metadata.labels"}, []string{"spec.x", ""})},
				}}}
			}
		}
		p.Volumes = append(p.Volumes, v)
	}
}
