package randomjob

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"
)

func (d drawer) container(name string, p *corev1.PodSpec) corev1.Container {
	c := corev1.Container{
		Name:      name,
		Image:     oneOf(d, "image", []string{"registry.example.com/team/image:1", "image"}, []string{"", " ", "a b", " image"}),
		Resources: d.requirements(),
	}
	if d.sometimes("imagePullPolicy") {
		c.ImagePullPolicy = oneOf(d, "imagePullPolicy", []corev1.PullPolicy{"Always", "IfNotPresent", "Never"}, []corev1.PullPolicy{"Sometimes"})
	}
	d.process(&c)
	for _, v := range p.Volumes {
		if !d.sometimes("unmounted") {
			c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{
				Name:      oneOf(d, "mounted", []string{v.Name}, []string{"elsewhere", ""}),
				MountPath: oneOf(d, "mountPath", []string{"/mnt/" + v.Name}, []string{"", "/etc/mpi", "/opt/mpi-agent", "/mnt/data-0", "relative", "/a:b"}),
				SubPath:   oneOf(d, "subPath", []string{"", "", "sub"}, []string{"/sub", "../up", "a/../../b"}),
			})
		}
	}
	if d.sometimes("ports") {
		c.Ports = []corev1.ContainerPort{{
			Name:          oneOf(d, "port's name", []string{"", "http"}, []string{"HTTP", "mpi-agent", "a-port-name-too-long"}),
			ContainerPort: oneOf(d, "containerPort", []int32{8080}, []int32{0, 65536}),
			Protocol:      oneOf(d, "protocol", []corev1.Protocol{"", "TCP", "UDP"}, []corev1.Protocol{"HTTP"}),
		}}
		if d.rarely("hostPort") {
			c.Ports[0].HostPort = oneOf(d, "hostPort", []int32{8080}, []int32{-1, 70000})
		}
	}
	d.security(&c)
	d.probes(&c)
	return c
}

func (d drawer) process(c *corev1.Container) {
	if d.sometimes("command") {
		c.Command = []string{oneOf(d, "command", []string{"/usr/sbin/sshd", "sh"}, []string{""})}
	}
	if d.sometimes("args") {
		c.Args = []string{"-De", ""}
	}
	c.WorkingDir = oneOf(d, "workingDir", []string{"", "/work"}, nil)
	for i := range rapid.IntRange(0, 2).Draw(d.t, "variables") {
		e := corev1.EnvVar{Name: oneOf(d, "variable", []string{"A" + strconv.Itoa(i), "a.b-c" + strconv.Itoa(i)}, []string{"", "A=B", "A0"}), Value: "1"}
		if d.sometimes("valueFrom") {
			e.Value = oneOf(d, "value besides", []string{""}, []string{"x"})
			e.ValueFrom = &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: oneOf(d, "field", []string{"status.podIP", "metadata.name"}, []string{"", "spec.x"})}}
			if d.sometimes("of a secret") {
				e.ValueFrom = &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
					LocalObjectReference: corev1.LocalObjectReference{Name: oneOf(d, "secret's name", []string{"s3"}, []string{"", "S3"})},
					Key:                  oneOf(d, "secret's key", []string{"AWS_KEY"}, []string{"", "a b"}),
				}}
			}
		}
		c.Env = append(c.Env, e)
	}
	if d.sometimes("envFrom") {
		c.EnvFrom = []corev1.EnvFromSource{{
			Prefix:       oneOf(d, "prefix", []string{"", "P_"}, []string{"P="}),
			ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: oneOf(d, "envFrom's name", []string{"settings"}, []string{"", "Settings"})}},
		}}
	}
	if d.sometimes("termination") {
		c.TerminationMessagePolicy = oneOf(d, "terminationMessagePolicy", []corev1.TerminationMessagePolicy{"File", "FallbackToLogsOnError"}, []corev1.TerminationMessagePolicy{"None"})
	}
}

func (d drawer) security(c *corev1.Container) {
	if !d.sometimes("container's securityContext") {
		return
	}
	c.SecurityContext = &corev1.SecurityContext{
		RunAsNonRoot:             ptr.To(rapid.Bool().Draw(d.t, "runAsNonRoot")),
		ReadOnlyRootFilesystem:   ptr.To(rapid.Bool().Draw(d.t, "readOnlyRootFilesystem")),
		AllowPrivilegeEscalation: ptr.To(rapid.Bool().Draw(d.t, "allowPrivilegeEscalation")),
		Capabilities:             &corev1.Capabilities{Add: []corev1.Capability{oneOf(d, "capability", []corev1.Capability{"IPC_LOCK"}, nil)}},
	}
	if d.sometimes("runAsUser") {
		c.SecurityContext.RunAsUser = ptr.To(oneOf(d, "runAsUser", []int64{1000, 0}, []int64{-1}))
	}
	if d.rarely("privileged") {
		c.SecurityContext.Privileged = ptr.To(true)
	}
}

func (d drawer) probes(c *corev1.Container) {
	if d.sometimes("readinessProbe") {
		c.ReadinessProbe = &corev1.Probe{
			PeriodSeconds: oneOf(d, "periodSeconds", []int32{1, 10}, []int32{-1}),
			ProbeHandler:  corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: oneOf(d, "probe's port", []intstr.IntOrString{intstr.FromInt32(8080)}, []intstr.IntOrString{intstr.FromInt32(0), intstr.FromString("A PORT")})}},
		}
		if d.mistake("a probe of nothing") {
			c.ReadinessProbe.ProbeHandler = corev1.ProbeHandler{}
		}
	}
	if d.sometimes("preStop") {
		c.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: oneOf(d, "preStop", [][]string{{"sync"}}, [][]string{nil})}}}
	}
}
