//go:build e2e && parity

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// theirs is the namespace in which the sandbox's MPI operator works, and ours the one of this test.
const (
	theirs = "mpi-operator-bench"
	ours   = "default"
)

// facts are what a user can see of a job, each under a name that docs/fields.md may list as different.
type facts map[string]string

// The same manifests, run by the released MPI operator and by us, look the same to a user: pods,
// hostfile, Secret, Service, conditions, events. What differs is listed in docs/fields.md, and only that.
func TestSideBySide(t *testing.T) {
	e := setup(t)
	allowed := listedDifferences(t)
	seen := map[string]bool{}
	for _, c := range parityCases() {
		t.Run(c.name, func(t *testing.T) {
			e := e.in(t)
			got := map[string]facts{}
			for _, ns := range []string{theirs, ours} {
				job := c.job("parity-" + c.name)
				job.Namespace = ns
				e.submit(e.admin, job)
			}
			for _, ns := range []string{theirs, ours} {
				job := &kubeflow.MPIJob{}
				job.Namespace, job.Name = ns, "parity-"+c.name
				e.awaitJob(job, "finished", finished)
				got[ns] = e.facts(job)
			}
			for _, key := range union(got[theirs], got[ours]) {
				a, b := got[theirs][key], got[ours][key]
				if a == b {
					continue
				}
				if pattern := match(allowed, key); pattern != "" {
					seen[pattern] = true
					continue
				}
				t.Errorf("%s\n  MPI operator: %s\n  ours:         %s", key, orNone(a), orNone(b))
			}
		})
	}
	for _, pattern := range allowed {
		if !seen[pattern] {
			t.Errorf("docs/fields.md lists `%s` as different, but it isn't: remove the row", pattern)
		}
	}
}

type parityCase struct {
	name string
	job  func(name string) *kubeflow.MPIJob
}

// parityCases cover the implementations, both ends, and the fields that change what pods look like.
func parityCases() []parityCase {
	with := func(opts ...option) func(string) *kubeflow.MPIJob {
		return func(name string) *kubeflow.MPIJob { return parityJob(name, opts...) }
	}
	return []parityCase{
		{"openmpi", with(patiently("mpirun --allow-run-as-root -n 2"))},
		{"failing", with(command("sh", "-c", "sleep 5; exit 3"), func(j *kubeflow.MPIJob) {
			// Or the Job controller would take the Launcher's pod away with its log, as it does under upstream.
			j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher].RestartPolicy = kubeflow.RestartPolicyNever
		})},
		{"launcher-is-worker", with(patiently("mpirun --allow-run-as-root -n 6"), func(j *kubeflow.MPIJob) {
			j.Spec.RunLauncherAsWorker, j.Spec.SlotsPerWorker = ptr(true), ptr(int32(2))
		})},
		{"mpich", with(command("sleep", "5"), func(j *kubeflow.MPIJob) { j.Spec.MPIImplementation = kubeflow.MPIImplementationMPICH })},
		{"own-sshd", with(patiently("mpirun -n 2"), func(j *kubeflow.MPIJob) {
			j.Spec.SSHAuthMountPath = "/home/mpiuser/.ssh"
			for _, p := range []*corev1.PodSpec{launcherPod(j), workerPod(j)} {
				p.Containers[0].SecurityContext = &corev1.SecurityContext{RunAsUser: ptr(int64(1000))}
			}
			workerPod(j).Containers[0].Command = []string{"/usr/sbin/sshd", "-De", "-f", "/home/mpiuser/.sshd_config"}
		})},
		{"intel", with(command("sleep", "5"), func(j *kubeflow.MPIJob) {
			j.Spec.MPIImplementation = kubeflow.MPIImplementationIntel
			// What manifests add themselves stays.
			for _, p := range []*corev1.PodSpec{launcherPod(j), workerPod(j)} {
				p.Containers[0].Env = []corev1.EnvVar{{Name: "MINE", Value: "1"}, {Name: "I_MPI_PERHOST", Value: "7"}}
				p.Volumes = []corev1.Volume{{Name: "scratch", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
				p.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "scratch", MountPath: "/scratch"}}
				p.InitContainers = []corev1.Container{{Name: "first", Image: imageSSHD, Command: []string{"true"}}}
				p.DNSConfig = &corev1.PodDNSConfig{Searches: []string{"example.org"}}
			}
			j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Labels = map[string]string{"team": "blue"}
		})},
	}
}

// parityJob is of root, as most manifests for the MPI operator are: its Workers run sshd.
// patiently runs mpirun once the Workers can be reached: under the MPI operator they may not be when the
// Launcher starts, and a job that fails of that says nothing of the fields it is compared for.
func patiently(mpirun string) option {
	return command("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do "+mpirun+" true && break; sleep 1; done; "+mpirun+" sleep 5")
}

func parityJob(name string, opts ...option) *kubeflow.MPIJob {
	job := newJob("", name)
	for _, p := range []*corev1.PodSpec{launcherPod(job), workerPod(job)} {
		p.SecurityContext, p.Containers[0].SecurityContext = nil, nil
		p.Containers[0].Image = imageSSHD
	}
	job.Spec.SlotsPerWorker = ptr(int32(1))
	job.Spec.RunPolicy = kubeflow.RunPolicy{BackoffLimit: ptr(int32(0))}
	for _, o := range opts {
		o(job)
	}
	return job
}

// facts gathers them once the job has ended; cleanPodPolicy None keeps its pods.
func (e *env) facts(job *kubeflow.MPIJob) facts {
	f := facts{}
	// The agent's last word ends a job; the kubelet tells of the Launcher's pod a moment later.
	e.awaitPods(job, "a Launcher that has ended", func(pods []*corev1.Pod) bool {
		return !slices.ContainsFunc(pods, func(p *corev1.Pod) bool {
			return p.Labels[kubeflow.JobRoleLabel] == "launcher" && (p.Status.Phase == corev1.PodRunning || p.Status.Phase == corev1.PodPending)
		})
	})
	for _, role := range []string{"launcher", "worker"} {
		for _, p := range e.podsOf(job, role) {
			if role == "worker" && !strings.HasSuffix(p.Spec.Hostname, "-1") {
				continue
			}
			podFacts(f, role, &p)
		}
		var phases []string
		for _, p := range e.podsOf(job, role) {
			phases = append(phases, string(p.Status.Phase))
		}
		f["after."+role] = strings.Join(phases, " ")
	}
	key := func(suffix string) client.ObjectKey {
		return client.ObjectKey{Namespace: job.Namespace, Name: job.Name + suffix}
	}
	var cm corev1.ConfigMap
	e.must(e.admin.Client.Get(e.ctx, key("-config"), &cm), "reading the ConfigMap")
	for k, v := range cm.Data {
		f["config."+k] = v
	}
	var secret corev1.Secret
	e.must(e.admin.Client.Get(e.ctx, key("-ssh"), &secret), "reading the Secret")
	f["secret.type"], f["secret.keys"] = string(secret.Type), strings.Join(slices.Sorted(maps.Keys(secret.Data)), " ")
	var service corev1.Service
	e.must(e.admin.Client.Get(e.ctx, key(""), &service), "reading the Service")
	f["service.clusterIP"], f["service.selector"] = service.Spec.ClusterIP, brief(service.Spec.Selector)
	f["service.publishNotReadyAddresses"] = fmt.Sprint(service.Spec.PublishNotReadyAddresses)
	e.statusFacts(f, job)
	for k, v := range f {
		// "default" is part of other words too.
		f[k] = strings.NewReplacer("."+job.Namespace+".", ".NAMESPACE.", job.Namespace+"/", "NAMESPACE/").Replace(v)
	}
	return f
}

func (e *env) statusFacts(f facts, job *kubeflow.MPIJob) {
	got := e.awaitJob(job, "finished", finished)
	for _, c := range got.Status.Conditions {
		f["status.conditions."+string(c.Type)] = string(c.Status)
		f["status.conditions."+string(c.Type)+".reason"] = c.Reason
		f["status.conditions."+string(c.Type)+".message"] = c.Message
	}
	for kind, r := range got.Status.ReplicaStatuses {
		f["status.replicaStatuses."+string(kind)] = brief(r)
	}
	f["status.startTime"] = fmt.Sprint(got.Status.StartTime != nil)
	f["status.completionTime"] = fmt.Sprint(got.Status.CompletionTime != nil)
	var events corev1.EventList
	e.must(e.admin.Client.List(e.ctx, &events, client.InNamespace(job.Namespace), client.MatchingFields{"involvedObject.kind": "MPIJob", "involvedObject.name": job.Name}), "listing events")
	for _, ev := range events.Items {
		// MPIJobRunning depends on whether a short job was seen running.
		if ev.InvolvedObject.UID == got.UID && ev.Reason != "MPIJobRunning" {
			f["event."+ev.Reason] = ev.Type
		}
	}
}

func podFacts(f facts, role string, p *corev1.Pod) {
	c := p.Spec.Containers[0]
	for k, v := range p.Labels {
		f[role+".label."+k] = v
	}
	for _, v := range c.Env {
		value := v.Value
		if v.ValueFrom != nil {
			value = brief(v.ValueFrom)
		}
		f[role+".env."+v.Name] = value // the last one counts, as for the kubelet
	}
	for _, v := range p.Spec.Volumes {
		if !strings.HasPrefix(v.Name, "kube-api-access-") {
			f[role+".volume."+v.Name] = brief(v.VolumeSource)
		}
	}
	for _, m := range c.VolumeMounts {
		if !strings.HasPrefix(m.Name, "kube-api-access-") {
			f[role+".mount."+m.MountPath] = m.Name
		}
	}
	for _, i := range p.Spec.InitContainers {
		f[role+".initContainer."+i.Name] = brief(i.Command)
	}
	f[role+".command"] = brief(append(slices.Clone(c.Command), c.Args...))
	f[role+".hostname"], f[role+".subdomain"] = p.Spec.Hostname, p.Spec.Subdomain
	f[role+".dnsPolicy"], f[role+".dnsConfig"] = string(p.Spec.DNSPolicy), brief(p.Spec.DNSConfig)
	f[role+".restartPolicy"], f[role+".schedulerName"] = string(p.Spec.RestartPolicy), p.Spec.SchedulerName
	f[role+".automountServiceAccountToken"] = fmt.Sprint(p.Spec.AutomountServiceAccountToken == nil || *p.Spec.AutomountServiceAccountToken)
	f[role+".resources"] = brief(c.Resources)
	f[role+".ports"] = fmt.Sprint(len(c.Ports))
}

func brief(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// listedDifferences are the patterns in the first column of the table "Side by side" of docs/fields.md.
func listedDifferences(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repoRoot(t), "docs/fields.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "\n## Side by side\n")
	if !ok {
		t.Fatal("docs/fields.md has no section \"Side by side\"")
	}
	var out []string
	for _, line := range strings.Split(table, "\n") {
		if strings.HasPrefix(line, "| `") {
			for _, cell := range strings.Split(strings.Split(line, "|")[1], ",") {
				out = append(out, strings.Trim(cell, " `"))
			}
		}
	}
	return out
}

func match(patterns []string, key string) string {
	for _, p := range patterns {
		// Names hold slashes, which path.Match treats as borders.
		if ok, _ := path.Match(strings.ReplaceAll(p, "/", "|"), strings.ReplaceAll(key, "/", "|")); ok {
			return p
		}
	}
	return ""
}

func union(a, b facts) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

func orNone(s string) string {
	if s == "" {
		return "(nothing)"
	}
	return s
}
