//go:build e2e

package e2e

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// volume makes a PersistentVolume of a folder on this machine and a claim on it, as an administrator's
// storage class would: every pod of a job can mount it at once. Both go at the end of the test.
func (e *env) volume(ns, claim string) (folder string) {
	e.t.Helper()
	folder, err := os.MkdirTemp("", "mpijob-e2e-volume-")
	e.must(err, "making a folder for the volume")
	e.t.Cleanup(func() { _ = os.RemoveAll(folder) })
	e.must(os.Chmod(folder, 0o777), "opening the folder to any user")
	size := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("16Mi")}
	modes := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
	pv := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{GenerateName: ns + "-" + claim + "-"}, Spec: corev1.PersistentVolumeSpec{
		Capacity: size, AccessModes: modes, StorageClassName: ns, PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
		PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: folder}},
	}}
	e.put(pv)
	e.put(&corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: claim}, Spec: corev1.PersistentVolumeClaimSpec{
		AccessModes: modes, StorageClassName: &ns, VolumeName: pv.Name, Resources: corev1.VolumeResourceRequirements{Requests: size},
	}})
	return folder
}

// A job that uses all that a template can hold: a private registry's pull secret, a Secret as file, S3
// credentials as environment, a claim all Workers write to, a service account of its own, init
// containers before the Workers, and a sidecar beside them.
func TestPassThrough(t *testing.T) {
	t.Parallel()
	e := setup(t)
	ns := e.namespace("through")
	folder := e.volume(ns, "results")
	registry := fmt.Sprintf(`{"auths":{"registry.example.com":{"auth":%q}}}`, base64.StdEncoding.EncodeToString([]byte("user:secret")))
	for _, o := range []client.Object{
		&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "trainer"}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "registry"}, Type: corev1.SecretTypeDockerConfigJson,
			StringData: map[string]string{corev1.DockerConfigJsonKey: registry}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "s3"}, StringData: map[string]string{
			"AWS_ACCESS_KEY_ID": "key-of-s3", "AWS_SECRET_ACCESS_KEY": "secret-of-s3", "AWS_S3_ENDPOINT": "https://s3.example.com"}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "licence"}, StringData: map[string]string{"licence.txt": "granted"}},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "params"}, Data: map[string]string{"lr": "0.1"}},
	} {
		e.must(e.admin.Client.Create(e.ctx, o), "creating "+o.GetName())
	}
	const script = `echo "rank $RANK: $AWS_ACCESS_KEY_ID at $AWS_S3_ENDPOINT, licence $(cat /licence/licence.txt), lr $(cat /params/lr), $(cat /scratch/prepared), token $([ -s /var/run/secrets/kubernetes.io/serviceaccount/token ] && echo yes)"; echo "by rank $RANK" > /results/$RANK`
	job := e.submit(e.admin, newJob(ns, "job", ranks(script), func(job *kubeflow.MPIJob) {
		for _, pod := range []*corev1.PodSpec{launcherPod(job), workerPod(job)} {
			pod.ServiceAccountName = "trainer"
			pod.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "registry"}}
			main := &pod.Containers[0]
			main.EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "s3"}}}}
			pod.Volumes = []corev1.Volume{
				{Name: "results", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "results"}}},
				{Name: "licence", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "licence"}}},
				{Name: "params", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "params"}}}},
				{Name: "scratch", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
				{Name: "shm", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory}}},
			}
			main.VolumeMounts = []corev1.VolumeMount{{Name: "results", MountPath: "/results"}, {Name: "licence", MountPath: "/licence"},
				{Name: "params", MountPath: "/params"}, {Name: "scratch", MountPath: "/scratch"}, {Name: "shm", MountPath: "/dev/shm"}}
		}
		w := workerPod(job)
		prepare, watch := *w.Containers[0].DeepCopy(), *w.Containers[0].DeepCopy()
		prepare.Name, prepare.Command = "prepare", []string{"sh", "-c", "echo prepared by $HOSTNAME > /scratch/prepared"}
		watch.Name, watch.Command = "watch", []string{"sh", "-c", "trap 'exit 0' TERM; touch /scratch/watched; while :; do sleep 0.2; done"}
		w.InitContainers, w.Containers = []corev1.Container{prepare}, append(w.Containers, watch)
	}))
	e.awaitCondition(job, kubeflow.JobSucceeded)
	log := e.launcherLog(e.admin, job)
	for rank := range 4 {
		want := fmt.Sprintf("rank %d: key-of-s3 at https://s3.example.com, licence granted, lr 0.1, prepared by job-worker-%d, token yes", rank, rank/2)
		if !strings.Contains(log, want) {
			t.Errorf("the log should have %q:\n%s", want, log)
		}
		text, err := os.ReadFile(filepath.Join(folder, fmt.Sprint(rank)))
		if err != nil || string(text) != fmt.Sprintf("by rank %d\n", rank) {
			t.Errorf("what rank %d wrote to the claim: %q, %v", rank, text, err)
		}
	}
	for _, p := range e.podsOf(job, "") {
		if p.Spec.ServiceAccountName != "trainer" || len(p.Spec.ImagePullSecrets) != 1 || p.Spec.ImagePullSecrets[0].Name != "registry" {
			t.Errorf("%s: account %q, pull secrets %v", p.Name, p.Spec.ServiceAccountName, p.Spec.ImagePullSecrets)
		}
	}
	if strings.Contains(e.controllersWord(job), "secret-of-s3") {
		t.Error("a job's secret shows in its status or report")
	}
}

// controllersWord is all that the controller says about a job: its status, and its report.
func (e *env) controllersWord(job *kubeflow.MPIJob) string {
	e.t.Helper()
	now := &kubeflow.MPIJob{}
	e.must(e.admin.Client.Get(e.ctx, client.ObjectKeyFromObject(job), now), "reading the job")
	var maps corev1.ConfigMapList
	e.must(e.admin.Client.List(e.ctx, &maps, client.InNamespace(job.Namespace)), "listing ConfigMaps")
	return fmt.Sprint(now.Status, maps.Items)
}
