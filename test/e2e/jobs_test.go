//go:build e2e

package e2e

import (
	"context"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/testkit"
)

// option changes a job before it is created.
type option func(*kubeflow.MPIJob)

// newJob is an MPIJob of 2 Workers × 2 slots on the image without sshd, that a namespace with the
// restricted profile admits, and small enough for several to run at once on two cores.
func newJob(ns, name string, opts ...option) *kubeflow.MPIJob {
	spec := func(n int32, container string) *kubeflow.ReplicaSpec {
		return &kubeflow.ReplicaSpec{
			Replicas: ptr(n),
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
				SecurityContext: &corev1.PodSecurityContext{
					RunAsNonRoot:   ptr(true),
					SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
				},
				TerminationGracePeriodSeconds: ptr(int64(3)),
				Containers: []corev1.Container{{
					Name:            container,
					Image:           imageOpenMPI,
					ImagePullPolicy: corev1.PullIfNotPresent,
					SecurityContext: &corev1.SecurityContext{
						AllowPrivilegeEscalation: ptr(false),
						Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
					},
					Resources: corev1.ResourceRequirements{
						Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("20m"), corev1.ResourceMemory: resource.MustParse("32Mi")},
						Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("512Mi")},
					},
				}},
			}},
		}
	}
	job := &kubeflow.MPIJob{
		ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name},
		Spec: kubeflow.MPIJobSpec{
			SlotsPerWorker: ptr(int32(2)),
			RunPolicy:      kubeflow.RunPolicy{CleanPodPolicy: ptr(kubeflow.CleanPodPolicyRunning)},
			MPIReplicaSpecs: map[kubeflow.MPIReplicaType]*kubeflow.ReplicaSpec{
				kubeflow.MPIReplicaTypeLauncher: spec(1, "launcher"),
				kubeflow.MPIReplicaTypeWorker:   spec(2, "worker"),
			},
		},
	}
	command("mpirun", "-n", "4", "hostname")(job)
	for _, opt := range opts {
		opt(job)
	}
	return job
}

func launcherPod(job *kubeflow.MPIJob) *corev1.PodSpec {
	return &job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher].Template.Spec
}

func workerPod(job *kubeflow.MPIJob) *corev1.PodSpec {
	return &job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec
}

// command is what the Launcher runs.
func command(argv ...string) option {
	return func(job *kubeflow.MPIJob) {
		c := &launcherPod(job).Containers[0]
		c.Command, c.Args = argv[:1], argv[1:]
	}
}

// ranks runs a shell script as each of 4 ranks; $RANK is its number.
func ranks(script string) option {
	return command("mpirun", "-n", "4", "--tag-output", "sh", "-c", "RANK=$OMPI_COMM_WORLD_RANK; "+script)
}

func workers(n int32) option {
	return func(job *kubeflow.MPIJob) { job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Replicas = ptr(n) }
}

func suspended(job *kubeflow.MPIJob) { job.Spec.RunPolicy.Suspend = ptr(true) }

// submit creates a job as a user. At the end of the test the job is deleted, and shown first when
// the test has failed.
func (e *env) submit(as *testkit.User, job *kubeflow.MPIJob) *kubeflow.MPIJob {
	e.t.Helper()
	e.follow(job.Namespace, job.Name)
	e.must(as.Client.Create(e.ctx, job), "creating job "+job.Name+" as "+as.Name)
	return job
}

// follow sees to a job that the test makes by other means than submit, and is called before it is made.
func (e *env) follow(ns, name string) {
	e.t.Helper()
	job := &kubeflow.MPIJob{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name}}
	e.clear(job)
	e.t.Cleanup(func() {
		if e.t.Failed() {
			e.dump(job)
		}
		_ = ignoreGone(e.admin.Client.Delete(context.Background(), job, client.PropagationPolicy(metav1.DeletePropagationBackground)))
	})
}

// remove deletes a job and waits until it is gone.
func (e *env) remove(as *testkit.User, job *kubeflow.MPIJob) {
	e.t.Helper()
	e.must(as.Client.Delete(e.ctx, job, client.PropagationPolicy(metav1.DeletePropagationBackground)), "deleting job "+job.Name)
	e.awaitGone(job)
}

// podsOf returns the pods of a job with a role: "launcher", "worker" or both for "".
func (e *env) podsOf(job *kubeflow.MPIJob, role string) []corev1.Pod {
	e.t.Helper()
	labels := client.MatchingLabels{kubeflow.JobNameLabel: job.Name}
	if role != "" {
		labels[kubeflow.JobRoleLabel] = role
	}
	var pods corev1.PodList
	e.must(e.admin.Client.List(e.ctx, &pods, client.InNamespace(job.Namespace), labels), "listing pods")
	return pods.Items
}

// launcherLog returns the log of the job's Launcher, as the user may read it.
func (e *env) launcherLog(as *testkit.User, job *kubeflow.MPIJob) string {
	e.t.Helper()
	pods := e.podsOf(job, "launcher")
	if len(pods) != 1 {
		e.t.Fatalf("job %s has %d launcher pods, want 1", job.Name, len(pods))
	}
	return e.podLog(as, &pods[0])
}

func (e *env) podLog(as *testkit.User, pod *corev1.Pod) string {
	e.t.Helper()
	request := as.Kube.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{Container: pod.Spec.Containers[0].Name})
	log, err := request.DoRaw(e.ctx)
	// What a job came to may be known before the kubelet has seen that its container runs.
	for giveUp := time.Now().Add(patience); apierrors.IsBadRequest(err) && time.Now().Before(giveUp); log, err = request.DoRaw(e.ctx) {
		time.Sleep(200 * time.Millisecond)
	}
	e.must(err, "reading the log of pod "+pod.Name+" as "+as.Name)
	return string(log)
}

// lines returns the lines of a log that contain a text.
func lines(log, containing string) []string {
	var found []string
	for _, l := range strings.Split(log, "\n") {
		if strings.Contains(l, containing) {
			found = append(found, l)
		}
	}
	return found
}
