//go:build e2e && writes

package e2e

import (
	"context"
	"fmt"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	fakeNode = "kwok.x-k8s.io/node"
	// succeeds ends a pod on a fake node well.
	succeeds = "mpijob.sandbox/succeeds"
)

// fakeNodes makes nodes whose kubelets kwok plays, with room for many Workers; they go after the pods on
// them, which nobody else would end.
func (e *env) fakeNodes(n int) {
	e.t.Helper()
	for i := range n {
		room := corev1.ResourceList{"cpu": resource.MustParse("1000"), "memory": resource.MustParse("4Ti"), "pods": resource.MustParse("1000")}
		node := &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("e2e-fake-%d", i), Labels: map[string]string{"type": "kwok"}, Annotations: map[string]string{fakeNode: "fake"}},
			Spec:       corev1.NodeSpec{Taints: []corev1.Taint{{Key: fakeNode, Value: "fake", Effect: corev1.TaintEffectNoSchedule}}},
			Status:     corev1.NodeStatus{Capacity: room, Allocatable: room},
		}
		e.must(e.admin.Client.Create(e.ctx, node), "creating a fake node")
		e.t.Cleanup(func() {
			e.await(e.admin.Client, &corev1.PodList{}, "the pods of "+node.Name+" to go", func(pods []client.Object) bool {
				for _, p := range pods {
					if p.(*corev1.Pod).Spec.NodeName == node.Name {
						return false
					}
				}
				return true
			})
			e.must(ignoreGone(e.admin.Client.Delete(context.Background(), node)), "deleting a fake node")
		})
	}
}

// onFakeNodes puts all pods of a job there.
func onFakeNodes(job *kubeflow.MPIJob) {
	for _, pod := range []*corev1.PodSpec{launcherPod(job), workerPod(job)} {
		pod.NodeSelector = map[string]string{"type": "kwok"}
		pod.Tolerations = []corev1.Toleration{{Key: fakeNode, Operator: corev1.TolerationOpExists}}
	}
}

// endsAtOnce has the Launcher succeed as soon as it runs.
func endsAtOnce(job *kubeflow.MPIJob) {
	job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher].Template.Annotations = map[string]string{succeeds: "true"}
}

// endLauncher has the Launcher of a running job succeed.
func (e *env) endLauncher(job *kubeflow.MPIJob) {
	e.t.Helper()
	pod := &e.podsOf(job, "launcher")[0]
	patch := client.MergeFrom(pod.DeepCopy())
	metav1.SetMetaDataAnnotation(&pod.ObjectMeta, succeeds, "true")
	e.must(e.admin.Client.Patch(e.ctx, pod, patch), "ending the Launcher")
}

// awaitJobs waits until the jobs of a namespace are as wanted.
func (e *env) awaitJobs(ns, what string, done func([]*kubeflow.MPIJob) bool) {
	e.t.Helper()
	e.await(e.admin.Client, &kubeflow.MPIJobList{}, what, func(objs []client.Object) bool {
		var jobs []*kubeflow.MPIJob
		for _, o := range objs {
			jobs = append(jobs, o.(*kubeflow.MPIJob))
		}
		return done(jobs)
	}, client.InNamespace(ns))
}
