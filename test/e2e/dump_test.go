//go:build e2e

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// dump writes all there is to know about a job to the test's log, to be read when it has failed.
func (e *env) dump(job *kubeflow.MPIJob) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var b strings.Builder
	section := func(title string) { b.WriteString("\n──── " + title + "\n") }
	show := func(obj client.Object) {
		obj.SetManagedFields(nil)
		text, err := yaml.Marshal(obj)
		if err != nil {
			text = []byte(err.Error())
		}
		b.Write(text)
	}
	defer func() { e.t.Log(b.String()) }()

	section("job " + job.Namespace + "/" + job.Name)
	var got kubeflow.MPIJob
	if err := e.admin.Client.Get(ctx, client.ObjectKeyFromObject(job), &got); err != nil {
		b.WriteString(err.Error())
	} else {
		show(&got)
	}

	var pods corev1.PodList
	if err := e.admin.Client.List(ctx, &pods, client.InNamespace(job.Namespace), client.MatchingLabels{kubeflow.JobNameLabel: job.Name}); err != nil {
		b.WriteString(err.Error())
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		section("pod " + pod.Name + ": " + string(pod.Status.Phase))
		status, _ := yaml.Marshal(pod.Status.ContainerStatuses)
		inits, _ := yaml.Marshal(pod.Status.InitContainerStatuses)
		b.Write(inits)
		b.Write(status)
		for _, c := range append(append([]corev1.Container{}, pod.Spec.InitContainers...), pod.Spec.Containers...) {
			section("log of " + pod.Name + "/" + c.Name)
			log, err := e.admin.Kube.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name,
				&corev1.PodLogOptions{Container: c.Name, TailLines: ptr(int64(60))}).DoRaw(ctx)
			if err != nil {
				log = []byte(err.Error())
			}
			b.Write(log)
		}
	}

	section("events of " + job.Name)
	var events corev1.EventList
	_ = e.admin.Client.List(ctx, &events, client.InNamespace(job.Namespace))
	for _, ev := range events.Items {
		if strings.HasPrefix(ev.InvolvedObject.Name, job.Name) {
			b.WriteString(ev.InvolvedObject.Kind + "/" + ev.InvolvedObject.Name + " " + ev.Type + " " + ev.Reason + ": " + ev.Message + "\n")
		}
	}

	section("controller log, last lines")
	if cwd, err := os.Getwd(); err == nil {
		out, err := exec.CommandContext(ctx, filepath.Join(cwd, "../../bin/sandbox"), "logs", "controller").CombinedOutput()
		if err != nil {
			b.WriteString(err.Error() + "\n")
		}
		log := strings.Split(string(out), "\n")
		b.WriteString(strings.Join(log[max(0, len(log)-40):], "\n"))
	}
}
