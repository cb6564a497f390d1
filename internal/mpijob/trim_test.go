package mpijob_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	. "github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// What other tests need of a pod they show themselves, since every pod they see is trimmed. Here is the rest: what a
// pod loses, and that nothing else is lost with it.
func TestTrimPod(t *testing.T) {
	ended := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled", Message: "last word", FinishedAt: metav1.NewTime(At(time.Second))}}
	container := corev1.ContainerStatus{Name: "worker", State: ended, LastTerminationState: ended, RestartCount: 2, Image: "image:1", ContainerID: "containerd://1"}
	want := Worker(Job("pi").Obj(), 3, 1).Obj()
	want.Status = corev1.PodStatus{
		Phase: corev1.PodFailed, Reason: "Evicted", Message: "The node was low on memory.", PodIP: "10.0.0.7", StartTime: want.Status.StartTime,
		Conditions:            []corev1.PodCondition{{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: "TerminationByKubelet"}},
		InitContainerStatuses: []corev1.ContainerStatus{container}, ContainerStatuses: []corev1.ContainerStatus{container},
	}
	for _, label := range []string{kubeflow.JobNameLabel, kubeflow.JobRoleLabel, mpijob.LabelAttempt} {
		if want.Labels[label] == "" {
			t.Errorf("label %s is lost", label)
		}
	}

	full := want.DeepCopy()
	full.Labels["jobset.sigs.k8s.io/global-replicas"] = "2"
	full.Annotations = map[string]string{"k8s.v1.cni.cncf.io/network-status": "[]"}
	full.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "kubelet"}}
	full.Spec.Volumes = []corev1.Volume{{Name: "ssh"}}
	main := &full.Spec.Containers[0]
	main.Env, main.Command = []corev1.EnvVar{{Name: "TOKEN", Value: "of the user"}}, []string{"train"}
	main.Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1")}
	full.Status.HostIP, full.Status.QOSClass = "10.0.0.1", corev1.PodQOSBurstable
	for _, s := range [][]corev1.ContainerStatus{full.Status.InitContainerStatuses, full.Status.ContainerStatuses} {
		s[0].ImageID, s[0].Started, s[0].Resources = "sha256:1", ptr.To(true), main.Resources.DeepCopy()
	}
	mpijob.TrimPod(full)
	if diff := cmp.Diff(want, full); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
