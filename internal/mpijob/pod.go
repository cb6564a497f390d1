package mpijob

import (
	"path"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Volumes and containers the product adds to pods; manifests can't use these names.
const (
	volumeAgent  = "mpi-agent"
	volumeJob    = "mpi-agent-job"
	volumeTmp    = "mpi-agent-tmp"
	volumeConfig = "mpi-job-config"
	volumeSSH    = "ssh-auth"

	containerInstall = "mpi-agent-install"
	containerWait    = "mpi-agent-wait"
	portName         = "mpi-agent"
)

// keys of Secret `<job>-ssh`, as upstream's.
const (
	KeyPrivate = corev1.SSHAuthPrivateKey
	KeyPublic  = "ssh-publickey"
)

// rootSSHPath is where sshd insists on private files, so that upstream mounts them with mode 0600.
const rootSSHPath = "/root/.ssh"

// Settings are the controller's own: what it knows that no MPIJob says.
type Settings struct {
	AgentImage    string
	ClusterDomain string
	Feed          *wire.Feed // nil: pods have no controller to talk to
	// Volcano says that this cluster has it and gangs may be its.
	Volcano bool
}

// podTemplate is what the pods of either role have in common: the user's template with upstream's
// labels, DNS and SSH key, and with the agent.
func podTemplate(job *Job, s Settings, role string, attempt int) corev1.PodTemplateSpec {
	spec := job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker]
	if role == RoleLauncher {
		spec = job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher]
	}
	t := *spec.Template.DeepCopy()
	t.Labels = merge(t.Labels, PodLabels(job, role, attempt))
	withoutMesh(&t)
	pod := &t.Spec
	pod.Subdomain = ServiceName(job)
	// An ended container ends its pod: a restart in place would lose what went before unseen.
	pod.RestartPolicy = corev1.RestartPolicyNever
	// No program gets at the Kubernetes API unless its manifest names an account or asks for the token.
	if pod.AutomountServiceAccountToken == nil && pod.ServiceAccountName == "" {
		pod.AutomountServiceAccountToken = ptr.To(false)
	}
	if pod.HostNetwork {
		pod.DNSPolicy = corev1.DNSClusterFirstWithHostNet
	}
	// Proxies of MPICH and Intel MPI call the Launcher back by its short name.
	domain := s.ClusterDomain
	if domain == "" {
		domain = "cluster.local"
	}
	if pod.DNSConfig == nil {
		pod.DNSConfig = &corev1.PodDNSConfig{}
	}
	pod.DNSConfig.Searches = append(pod.DNSConfig.Searches, job.Name+"."+job.Namespace+".svc."+domain)

	main := &pod.Containers[0]
	addSSH(job, pod, main)
	addAgent(job, s, role, pod, main)
	addTmp(pod, main)
	pinPorts(job, pod, main)
	requestLimits(pod)
	if gang(job, s) {
		joinGang(job, &t, attempt)
	}
	return t
}

// PodLabels are on every pod of the job: upstream's, and ours that say which attempt it is of.
func PodLabels(job *Job, role string, attempt int) map[string]string {
	l := merge(ServiceSelector(job), map[string]string{kubeflow.JobRoleLabel: role}, ownLabels(job, attempt))
	if LauncherIsWorker(job) {
		l[LabelLauncherIsWorker] = "true"
	}
	return l
}

// ServiceSelector selects every pod of the job, by upstream's labels.
func ServiceSelector(job *Job) map[string]string {
	return map[string]string{kubeflow.OperatorNameLabel: kubeflow.OperatorName, kubeflow.JobNameLabel: job.Name}
}

// addSSH mounts the job's key where the manifest wants it, as upstream does.
func addSSH(job *Job, pod *corev1.PodSpec, main *corev1.Container) {
	var mode *int32
	if job.Spec.SSHAuthMountPath == rootSSHPath {
		mode = ptr.To[int32](0o600)
	}
	pod.Volumes = append(pod.Volumes, corev1.Volume{Name: volumeSSH, VolumeSource: corev1.VolumeSource{
		Secret: &corev1.SecretVolumeSource{SecretName: SecretName(job), DefaultMode: mode, Items: []corev1.KeyToPath{
			{Key: KeyPrivate, Path: "id_rsa"}, {Key: KeyPublic, Path: "id_rsa.pub"}, {Key: KeyPublic, Path: "authorized_keys"},
		}},
	}})
	main.VolumeMounts = append(main.VolumeMounts, corev1.VolumeMount{Name: volumeSSH, MountPath: job.Spec.SSHAuthMountPath})
}

// addAgent puts the agent and what it reads into the pod.
func addAgent(job *Job, s Settings, role string, pod *corev1.PodSpec, main *corev1.Container) {
	sources := []corev1.VolumeProjection{
		{ConfigMap: &corev1.ConfigMapProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: ConfigName(job)},
			Items:                []corev1.KeyToPath{{Key: wire.JobFileKey, Path: path.Base(wire.JobFile)}},
		}},
		{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: SecretName(job)},
			Items: []corev1.KeyToPath{
				{Key: KeyPrivate, Path: path.Base(wire.PrivateKeyFile)}, {Key: KeyPublic, Path: path.Base(wire.PublicKeyFile)},
			},
		}},
	}
	if s.Feed != nil {
		sources = append(sources, corev1.VolumeProjection{ConfigMap: &corev1.ConfigMapProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: ConfigName(job)},
			Items: []corev1.KeyToPath{
				{Key: wire.ProgressTokenKey, Path: wire.ProgressTokenKey}, {Key: wire.ProgressCAKey, Path: wire.ProgressCAKey},
			},
			// A ConfigMap of an earlier release has none; the pod starts all the same.
			Optional: ptr.To(true),
		}})
	}
	if role == RoleLauncher && s.Feed != nil {
		sources = append(sources, corev1.VolumeProjection{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{
			Audience: wire.FeedAudience, ExpirationSeconds: ptr.To[int64](3600), Path: path.Base(wire.TokenFile),
		}})
	}
	pod.Volumes = append(pod.Volumes,
		corev1.Volume{Name: volumeAgent, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
		corev1.Volume{Name: volumeJob, VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
			// Readable by whatever user the image or the platform chooses.
			Sources: sources, DefaultMode: ptr.To[int32](0o444),
		}}},
	)
	main.VolumeMounts = append(main.VolumeMounts,
		corev1.VolumeMount{Name: volumeAgent, MountPath: wire.BinDir, ReadOnly: true},
		corev1.VolumeMount{Name: volumeJob, MountPath: wire.JobDir, ReadOnly: true},
	)
	install := corev1.Container{
		Name:            containerInstall,
		Image:           s.AgentImage,
		ImagePullPolicy: corev1.PullIfNotPresent,
		Command:         []string{"/mpi-agent", "install", wire.BinDir},
		// The pod's QoS class, quota and admission are decided over all containers.
		Resources:       initResources(main),
		SecurityContext: main.SecurityContext.DeepCopy(),
		VolumeMounts:    []corev1.VolumeMount{{Name: volumeAgent, MountPath: wire.BinDir}},
	}
	pod.InitContainers = append([]corev1.Container{install}, pod.InitContainers...)
}

// initResources mirrors the main container's resources, save claims: those name devices.
func initResources(main *corev1.Container) corev1.ResourceRequirements {
	r := *main.Resources.DeepCopy()
	r.Claims = nil
	return r
}

// addTmp gives containers with a read-only root a place for MPI's session files.
func addTmp(pod *corev1.PodSpec, main *corev1.Container) {
	if main.SecurityContext == nil || !ptr.Deref(main.SecurityContext.ReadOnlyRootFilesystem, false) {
		return
	}
	for _, m := range main.VolumeMounts {
		if path.Clean(m.MountPath) == "/tmp" {
			return
		}
	}
	pod.Volumes = append(pod.Volumes, corev1.Volume{Name: volumeTmp, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}})
	main.VolumeMounts = append(main.VolumeMounts, corev1.VolumeMount{Name: volumeTmp, MountPath: "/tmp"})
	home := true
	for _, e := range main.Env {
		home = home && e.Name != "HOME"
	}
	if home {
		main.Env = append(main.Env, env("HOME", "/tmp"))
	}
}

// requestLimits copies limits into absent requests, as the API server does for pods: Trainer sums
// requests of templates.
func requestLimits(pod *corev1.PodSpec) {
	for _, cs := range [][]corev1.Container{pod.InitContainers, pod.Containers} {
		for i := range cs {
			r := &cs[i].Resources
			for name, q := range r.Limits {
				if _, ok := r.Requests[name]; ok {
					continue
				}
				if r.Requests == nil {
					r.Requests = corev1.ResourceList{}
				}
				r.Requests[name] = q.DeepCopy()
			}
		}
	}
}

func merge(ms ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range ms {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}
