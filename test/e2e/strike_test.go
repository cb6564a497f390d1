//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/opendatahub-io/mpijob/internal/failure"
	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// killContainer kills the main process of a pod's main container from the host, as the kernel would.
func killContainer(host string) func(*env, *kubeflow.MPIJob) {
	return func(e *env, job *kubeflow.MPIJob) {
		e.t.Helper()
		e.signalContainer(job, host, syscall.SIGKILL)
	}
}

// signalContainer signals the main process of a pod's main container from the host.
func (e *env) signalContainer(job *kubeflow.MPIJob, host string, signal syscall.Signal) {
	e.t.Helper()
	for _, p := range e.podsOf(job, "") {
		if p.Spec.Hostname != job.Name+"-"+host {
			continue
		}
		pid, err := mainProcess(&p)
		e.must(err, "finding the main process of "+p.Name)
		e.must(syscall.Kill(pid, signal), "sending the main process of "+p.Name+" a signal")
		return
	}
	e.t.Fatalf("no pod has the hostname %s-%s", job.Name, host)
}

// mainProcess finds PID 1 of a pod's main container by its control group and its PID inside.
func mainProcess(pod *corev1.Pod) (int, error) {
	if len(pod.Status.ContainerStatuses) == 0 {
		return 0, fmt.Errorf("pod %s has no container yet", pod.Name)
	}
	_, id, _ := strings.Cut(pod.Status.ContainerStatuses[0].ContainerID, "://")
	groups, err := filepath.Glob("/proc/[0-9]*/cgroup")
	if err != nil {
		return 0, err
	}
	for _, path := range groups {
		text, err := os.ReadFile(path)
		if err != nil || id == "" || !strings.Contains(string(text), id) {
			continue
		}
		dir := filepath.Dir(path)
		status, err := os.ReadFile(filepath.Join(dir, "status"))
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(status), "\n") {
			if f := strings.Fields(line); len(f) > 2 && f[0] == "NSpid:" && f[len(f)-1] == "1" {
				var pid int
				_, err := fmt.Sscan(filepath.Base(dir), &pid)
				return pid, err
			}
		}
	}
	return 0, fmt.Errorf("no process belongs to container %q of pod %s: the tests must run on the sandbox's machine, as root", id, pod.Name)
}

// report waits for the job's failure report.
func (e *env) report(job *kubeflow.MPIJob) failure.Report {
	e.t.Helper()
	var r failure.Report
	reader := e.scientist
	if job.Namespace == "default" {
		reader = e.admin // the teams have no rights there
	}
	e.await(reader.Client, &corev1.ConfigMapList{}, "the report of "+job.Name, func(objs []client.Object) bool {
		cm, ok := find(objs, mpijob.ReportName(job)).(*corev1.ConfigMap)
		if !ok {
			return false
		}
		r = failure.Report{}
		e.must(json.Unmarshal([]byte(cm.Data[failure.ReportKey]), &r), "reading the report")
		return r.Outcome != "Running"
	}, client.InNamespace(job.Namespace))
	return r
}

// readUntil reads lines until one contains the text.
func readUntil(r io.Reader, text string) (read string, found bool) {
	var b strings.Builder
	for s := bufio.NewScanner(r); s.Scan(); {
		b.WriteString(s.Text() + "\n")
		if strings.Contains(s.Text(), text) {
			return b.String(), true
		}
	}
	return b.String(), false
}
