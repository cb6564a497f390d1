package mpijob

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// heard is a Launcher's pod as its agent's last word over the feed describes it. The kubelet will say
// the same, up to two seconds later: it looks at containers once a second. Where other containers
// have a say in how the pod ends, the kubelet is waited for.
func (o *Observed) heard(p *corev1.Pod) *corev1.Pod {
	if o.Report == nil || o.Reporter == "" || p.UID != o.Reporter {
		return p
	}
	if ended(p) || !p.DeletionTimestamp.IsZero() || len(p.Spec.Containers) != 1 {
		return p
	}
	word := ParseLastWord(o.Report.LastWord)
	if word == nil || word.ExitCode < 0 || word.ExitCode > 255 {
		return p
	}
	p = p.DeepCopy()
	end := &corev1.ContainerStateTerminated{
		ExitCode: int32(word.ExitCode), Reason: "Completed", Message: o.Report.LastWord, FinishedAt: metav1.NewTime(word.At),
	}
	p.Status.Phase = corev1.PodSucceeded
	if word.ExitCode != 0 {
		p.Status.Phase, end.Reason = corev1.PodFailed, "Error"
	}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: p.Spec.Containers[0].Name, State: corev1.ContainerState{Terminated: end},
	}}
	return p
}
