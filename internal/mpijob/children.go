package mpijob

import (
	"encoding/json"
	"fmt"
	"strconv"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	jobset "sigs.k8s.io/jobset/api/jobset/v1alpha2"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Keys of ConfigMap `<job>-config`.
const (
	keyHostfile      = "hostfile"
	keyDiscoverHosts = "discover_hosts.sh"
)

// KeyPair is a job's SSH key: made by the caller, since this package has no randomness.
type KeyPair struct {
	PrivatePEM    []byte
	AuthorizedKey []byte
}

// WaitForever is how long the Launcher's own agent waits: longer than any queue. How long is too
// long the controller decides, which sees whether the Workers run at all.
const waitForeverSeconds = 30 * 24 * 3600

// ownLabels mark an object as made for an attempt of the job; attempt 0 is none in particular.
func ownLabels(job *Job, attempt int) map[string]string {
	l := map[string]string{LabelJob: job.Name}
	if attempt > 0 {
		l[LabelAttempt] = strconv.Itoa(attempt)
	}
	return l
}

// child is the metadata of everything made for the job: labelled, and owned by it by UID.
func child(job *Job, name string, attempt int) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:            name,
		Namespace:       job.Namespace,
		Labels:          merge(ownLabels(job, attempt), map[string]string{"app": job.Name}),
		Annotations:     map[string]string{AnnotationUID: string(job.UID)},
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(job, kubeflow.SchemeGroupVersionKind)},
	}
}

// Secret holds the job's key.
func Secret(job *Job, key KeyPair) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: child(job, SecretName(job), 0),
		Type:       corev1.SecretTypeSSHAuth,
		Data:       map[string][]byte{KeyPrivate: key.PrivatePEM, KeyPublic: key.AuthorizedKey},
	}
}

// Service gives the pods upstream's DNS names, also before they are ready: readiness is the
// program's business, reachability the agent's.
func Service(job *Job) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: child(job, ServiceName(job), 0),
		Spec: corev1.ServiceSpec{
			ClusterIP:                corev1.ClusterIPNone,
			Selector:                 ServiceSelector(job),
			PublishNotReadyAddresses: true,
		},
	}
}

// Config is ConfigMap `<job>-config` for an attempt: upstream's files, and what the agents read.
func Config(job *Job, s Settings, attempt int) *corev1.ConfigMap {
	cm := &corev1.ConfigMap{ObjectMeta: child(job, ConfigName(job), 0)}
	cm.Annotations[AnnotationAttempt] = strconv.Itoa(attempt)
	cm.Annotations[AnnotationAgentImage] = s.AgentImage
	cm.Data = map[string]string{
		keyHostfile:      Hostfile(job, s.ClusterDomain),
		keyDiscoverHosts: DiscoverHosts(job, s.ClusterDomain),
		wire.JobFileKey:  jobFile(job, s, attempt),
	}
	if s.Feed != nil {
		cm.Data[wire.ProgressTokenKey] = string(job.UID)
		cm.Data[wire.ProgressCAKey] = s.Feed.CA
	}
	return cm
}

// AttemptOf reads the attempt's number from ConfigMap `<job>-config`; 0 where it has none.
func AttemptOf(cm *corev1.ConfigMap) int {
	n, err := strconv.Atoi(cm.Annotations[AnnotationAttempt])
	if err != nil || n < 1 {
		return 0
	}
	return n
}

func jobFile(job *Job, s Settings, attempt int) string {
	domain := hostDomain(job, s.ClusterDomain)
	j := wire.Job{
		Version:          wire.Version,
		Namespace:        job.Namespace,
		Name:             job.Name,
		UID:              string(job.UID),
		Attempt:          attempt,
		Transport:        TransportOf(job),
		Port:             Port(job.UID),
		Launcher:         LauncherHost(job) + domain,
		Workers:          []string{},
		Slots:            int(*job.Spec.SlotsPerWorker),
		LauncherIsWorker: LauncherIsWorker(job),
		Implementation:   string(job.Spec.MPIImplementation),
		WaitSeconds:      waitForeverSeconds,
		GraceSeconds:     int(TimeoutGrace(job).Seconds()),
		KeepSeconds:      keepSeconds(job, s),
		Feed:             s.Feed,
	}
	for i := range Workers(job) {
		j.Workers = append(j.Workers, WorkerHost(job, i)+domain)
	}
	b, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		// Strings and numbers always marshal.
		panic(fmt.Sprintf("marshalling a job file: %v", err))
	}
	return string(b) + "\n"
}

// Runtime is the attempt's TrainingRuntime: the whole JobSet, spelled out. Its mlPolicy names no MPI,
// since Trainer's own knows one and one layout. It says whatever JobSet's defaulter would otherwise.
func Runtime(job *Job, s Settings, attempt int) *trainer.TrainingRuntime {
	meta := child(job, AttemptName(job, attempt), attempt)
	meta.Labels[LabelFramework] = Framework
	// No owner: the controller sweeps runtimes up after their TrainJobs (internal/controller/sweep.go).
	meta.OwnerReferences = nil
	replicated := []jobset.ReplicatedJob{replicatedJob(RoleLauncher, job, attempt, launcherJob(job, s, attempt))}
	if Workers(job) > 0 {
		replicated = append(replicated, replicatedJob(RoleWorker, job, attempt, workerJob(job, s, attempt)))
	}
	replicated = append(replicated, sdkJob(job, attempt))
	return &trainer.TrainingRuntime{
		ObjectMeta: meta,
		Spec: trainer.TrainingRuntimeSpec{MLPolicy: mlPolicy(job), Template: trainer.JobSetTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: ownLabels(job, attempt)},
			Spec: jobset.JobSetSpec{
				ReplicatedJobs: replicated,
				// DNS is our Service's; what it names is said in the pod templates.
				Network:       &jobset.Network{EnableDNSHostnames: ptr.To(false), PublishNotReadyAddresses: ptr.To(true)},
				SuccessPolicy: &jobset.SuccessPolicy{Operator: jobset.OperatorAll, TargetReplicatedJobs: []string{replicatedName(RoleLauncher)}},
				StartupPolicy: &jobset.StartupPolicy{StartupPolicyOrder: jobset.AnyOrder},
			},
		}},
	}
}

func replicatedJob(role string, job *Job, attempt int, spec batchv1.JobSpec) jobset.ReplicatedJob {
	return jobset.ReplicatedJob{
		Name:      replicatedName(role),
		GroupName: "default",
		Replicas:  1,
		Template: batchv1.JobTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: merge(ownLabels(job, attempt), map[string]string{kubeflow.JobRoleLabel: role})},
			Spec:       spec,
		},
	}
}

// TrainJob starts the attempt.
func TrainJob(job *Job, attempt int) *trainer.TrainJob {
	meta := child(job, AttemptName(job, attempt), attempt)
	meta.Labels[LabelFramework] = Framework
	return &trainer.TrainJob{
		ObjectMeta: meta,
		Spec: trainer.TrainJobSpec{RuntimeRef: trainer.RuntimeRef{
			Name:     meta.Name,
			APIGroup: ptr.To(trainer.GroupVersion.Group),
			Kind:     ptr.To(trainer.TrainingRuntimeKind),
		}},
	}
}
