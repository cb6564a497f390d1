// Package randomjob draws MPIJobs for property tests: most of them as people write them, some with
// mistakes, in as many fields as can be got wrong.
package randomjob

import (
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Jobs draws jobs of a namespace.
func Jobs(namespace string) *rapid.Generator[*kubeflow.MPIJob] {
	return rapid.Custom(func(t *rapid.T) *kubeflow.MPIJob {
		d := drawer{t, rapid.IntRange(0, 2).Draw(t, "with mistakes?") == 2}
		job := &kubeflow.MPIJob{
			TypeMeta: metav1.TypeMeta{APIVersion: kubeflow.SchemeGroupVersion.String(), Kind: kubeflow.Kind},
			ObjectMeta: metav1.ObjectMeta{
				Namespace: namespace, Name: d.name("name"), UID: "6ff9a4a1-0b3e-4a8b-9d8e-2f1d3c4b5a69",
				Annotations: d.annotations(),
			},
			Spec: kubeflow.MPIJobSpec{
				RunPolicy: d.runPolicy(),
				MPIReplicaSpecs: map[kubeflow.MPIReplicaType]*kubeflow.ReplicaSpec{
					kubeflow.MPIReplicaTypeLauncher: d.replica("launcher"),
				},
			},
		}
		if !d.rarely("a job without Workers") {
			job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker] = d.replica("worker")
		}
		if d.sometimes("slots") {
			job.Spec.SlotsPerWorker = ptr.To(oneOf(d, "slotsPerWorker", []int32{1, 2, 8, 0}, []int32{-1, 4097}))
		}
		if d.sometimes("implementation") {
			job.Spec.MPIImplementation = oneOf(d, "mpiImplementation", []kubeflow.MPIImplementation{"OpenMPI", "Intel", "MPICH"}, []kubeflow.MPIImplementation{"openmpi", "JAX"})
		}
		if d.sometimes("ssh") {
			job.Spec.SSHAuthMountPath = oneOf(d, "sshAuthMountPath", []string{"/root/.ssh", "/home/mpiuser/.ssh"}, []string{"/", "relative", "/etc/mpi", "/opt/mpi-agent/x", "/opt"})
		}
		if d.sometimes("launcherCreationPolicy") {
			job.Spec.LauncherCreationPolicy = oneOf(d, "launcherCreationPolicy", []kubeflow.LauncherCreationPolicy{"AtStartup", "WaitForWorkersReady"}, []kubeflow.LauncherCreationPolicy{"Later"})
		}
		if d.sometimes("runLauncherAsWorker") {
			job.Spec.RunLauncherAsWorker = ptr.To(rapid.Bool().Draw(t, "runLauncherAsWorker"))
		}
		return job
	})
}

// drawer draws parts of a job.
type drawer struct {
	t *rapid.T
	// errs says that mistakes are made.
	errs bool
}

func (d drawer) sometimes(what string) bool { return rapid.IntRange(0, 3).Draw(d.t, what+"?") == 0 }
func (d drawer) rarely(what string) bool    { return rapid.IntRange(0, 19).Draw(d.t, what+"??") == 19 }
func (d drawer) mistake(what string) bool   { return d.errs && d.rarely(what) }

// oneOf draws a good value, or, where mistakes are made, once in a while a bad one.
func oneOf[T any](d drawer, what string, good, bad []T) T {
	if d.errs && len(bad) > 0 && rapid.IntRange(0, 29).Draw(d.t, what+" wrong?") == 29 {
		return rapid.SampledFrom(bad).Draw(d.t, what)
	}
	return rapid.SampledFrom(good).Draw(d.t, what)
}

// name draws what may be a label of a host name.
func (d drawer) name(what string) string {
	good := []string{"pi", "a", "bert-large-0", "train-7b"}
	bad := []string{"Pi", "pi.x", "-pi", "pi-", "1pi", "a-name-of-sixty-three-characters-which-is-one-too-many-for-hosts", "pi_x", "ü"}
	return oneOf(d, what, good, bad)
}

func (d drawer) annotations() map[string]string {
	out := map[string]string{}
	set := func(key string, good, bad []string) {
		if d.sometimes(key) {
			out[key] = oneOf(d, key, good, bad)
		}
	}
	set(mpijob.AnnotationTimeout, []string{"10m", "24h"}, []string{"soon", "-1h", "10000h"})
	set(mpijob.AnnotationTimeoutGrace, []string{"30s", "0s"}, []string{"2h", "x"})
	set(mpijob.AnnotationTimeoutPolicy, []string{mpijob.TimeoutTerminate, mpijob.TimeoutNotify}, []string{"Never"})
	set(mpijob.AnnotationKeepFailed, []string{"1h", "none"}, []string{"for ever"})
	set(mpijob.AnnotationRetryLost, []string{"true", "false"}, []string{"yes"})
	set(mpijob.AnnotationNetwork, []string{"none", "default", "restricted", "isolated"}, []string{"closed"})
	set(mpijob.AnnotationEgress, []string{"10.0.0.0/8", "192.0.2.7/32:443,10.1.0.0/16"}, []string{"10.0.0.0", "host:443"})
	set(mpijob.AnnotationWaitTimeout, []string{"10m"}, []string{"0s"})
	set("sidecar.istio.io/inject", []string{"true", "false"}, nil)
	return out
}

func (d drawer) runPolicy() kubeflow.RunPolicy {
	p := kubeflow.RunPolicy{}
	if d.sometimes("cleanPodPolicy") {
		p.CleanPodPolicy = ptr.To(oneOf(d, "cleanPodPolicy", []kubeflow.CleanPodPolicy{"None", "Running", "All"}, []kubeflow.CleanPodPolicy{"Some"}))
	}
	if d.sometimes("ttl") {
		p.TTLSecondsAfterFinished = ptr.To(oneOf(d, "ttlSecondsAfterFinished", []int32{0, 60}, []int32{-1}))
	}
	if d.sometimes("deadline") {
		p.ActiveDeadlineSeconds = ptr.To(oneOf(d, "activeDeadlineSeconds", []int64{60}, []int64{0, -5}))
	}
	if d.sometimes("backoffLimit") {
		p.BackoffLimit = ptr.To(oneOf(d, "backoffLimit", []int32{0, 3, 20}, []int32{-1}))
	}
	if d.sometimes("suspend") {
		p.Suspend = ptr.To(rapid.Bool().Draw(d.t, "suspend"))
	}
	if d.sometimes("schedulingPolicy") {
		p.SchedulingPolicy = &kubeflow.SchedulingPolicy{
			Queue:         oneOf(d, "queue", []string{"", "research"}, []string{"Research Queue"}),
			PriorityClass: oneOf(d, "gang priority", []string{"", "high"}, []string{"Very High"}),
			MinAvailable:  ptr.To(oneOf(d, "minAvailable", []int32{1}, []int32{-1, 100})),
		}
	}
	return p
}

func (d drawer) replica(name string) *kubeflow.ReplicaSpec {
	r := &kubeflow.ReplicaSpec{Template: d.template(name)}
	if name == "worker" {
		r.Replicas = ptr.To(oneOf(d, "replicas", []int32{1, 2, 4, 100}, []int32{0, -1, 10_001}))
	} else if d.sometimes("launcher replicas") {
		r.Replicas = ptr.To(oneOf(d, "launcher's replicas", []int32{1}, []int32{0, 2}))
	}
	if d.sometimes(name + " restartPolicy") {
		r.RestartPolicy = oneOf(d, "restartPolicy", []kubeflow.RestartPolicy{"Never", "OnFailure"}, []kubeflow.RestartPolicy{"Always", "ExitCode"})
	}
	return r
}
