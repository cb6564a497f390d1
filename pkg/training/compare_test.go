package training

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// several serves MPIJobs by their names.
func several(t *testing.T, jobs ...*MPIJob) *Client {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		for _, m := range jobs {
			if strings.HasSuffix(r.URL.Path, "/mpijobs/"+m.Name) {
				answer(w, 200, m)
				return
			}
		}
		status(404, "NotFound", "not found", &metav1.StatusDetails{Name: "x"})(w, r)
	})
}

func fieldsText(c *Comparison) string {
	var lines []string
	for _, f := range c.Fields {
		lines = append(lines, string(f.Group)+" "+f.Field+": "+strings.Join(f.Values, " | "))
	}
	return strings.Join(lines, "\n")
}

func TestCompare(t *testing.T) {
	a := aJob(cond("Succeeded", "", ""))
	a.Status.StartTime, a.Status.CompletionTime = ptr.To(metav1.NewTime(noon.Add(2*time.Second))), ptr.To(metav1.NewTime(noon.Add(62*time.Second)))
	b := aJob(cond("Failed", "RankExited", "Worker 1, rank 3: exited with code 3"), func(m *MPIJob) {
		m.Name = "pi-2"
		m.Labels = map[string]string{"stage": "dev"}
		m.Spec.RunPolicy.BackoffLimit = ptr.To[int32](1_000_000)
		w := m.Spec.MPIReplicaSpecs["Worker"]
		w.Replicas = ptr.To[int32](4)
		w.Template.Spec.NodeSelector = map[string]string{"gpu": "a100"}
		w.Template.Spec.Containers[0].Resources.Limits = corev1.ResourceList{"memory": resource.MustParse("2Gi")}
		w.Template.Spec.Containers[0].Env = append(w.Template.Spec.Containers[0].Env, corev1.EnvVar{Name: "LR", Value: "0.1"})
	})
	c, err := several(t, a, b).Jobs("").Compare(t.Context(), []string{"pi", "pi-2"}, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := `spec workers: 2 | 4
spec env LR:  | 0.1
spec spec.runPolicy.backoffLimit: 0 | 1000000
spec metadata.labels.stage:  | dev
spec spec.mpiReplicaSpecs.Worker.template.spec.nodeSelector.gpu:  | a100
resources memoryPerWorker:  | 2Gi
resources totalMemory: 128Mi | 8320Mi
durations waited: 2s | 
durations duration: 1m0s | 
outcome phase: Succeeded | Failed
outcome reason:  | RankExited
outcome cause:  | Worker 1, rank 3: exited with code 3`
	if got := fieldsText(c); got != want {
		t.Errorf("got\n%s", got)
	}
	all, err := several(t, a, b).Jobs("").Compare(t.Context(), []string{"pi", "pi-2"}, CompareOptions{All: true})
	if err != nil || len(all.Fields) != len(c.Fields)+c.Same || c.Same == 0 {
		t.Errorf("all: %d fields, same %d, error %v", len(all.Fields), c.Same, err)
	}
	same, err := several(t, a).Jobs("").Compare(t.Context(), []string{"pi", "pi"}, CompareOptions{})
	if err != nil || len(same.Fields) != 0 {
		t.Errorf("a job differs from itself: %s, error %v", fieldsText(same), err)
	}
	var missing *NotFoundError
	if _, err := several(t, a).Jobs("").Compare(t.Context(), []string{"pi", "none"}, CompareOptions{}); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
	var bad *InvalidError
	for _, names := range [][]string{nil, {"pi"}, make([]string, MaxCompared+1)} {
		if _, err := several(t, a).Jobs("").Compare(t.Context(), names, CompareOptions{}); !errors.As(err, &bad) {
			t.Errorf("%d jobs: got %v", len(names), err)
		}
	}
}

// No field of a spec is lost in a comparison: whatever changes shows up in it.
func TestCompareSeesEveryField(t *testing.T) {
	for name, change := range map[string]func(*MPIJob){
		"a variable's Secret": func(m *MPIJob) {
			for _, r := range m.Spec.MPIReplicaSpecs {
				c := &r.Template.Spec.Containers[0]
				c.Env = append(c.Env, corev1.EnvVar{Name: "TOKEN", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
					LocalObjectReference: corev1.LocalObjectReference{Name: "another"}, Key: "token"}}})
			}
		},
		"the first of two mounts of one volume": func(m *MPIJob) {
			c := &m.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Containers[0]
			c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: "data", MountPath: "/a", SubPath: "x"}, corev1.VolumeMount{Name: "data", MountPath: "/b"})
		},
		"image of the Launcher alone": func(m *MPIJob) { m.Spec.MPIReplicaSpecs["Launcher"].Template.Spec.Containers[0].Image = "other" },
		"image": func(m *MPIJob) {
			for _, r := range m.Spec.MPIReplicaSpecs {
				r.Template.Spec.Containers[0].Image = "other"
			}
		},
		"a variable of the Launcher alone": func(m *MPIJob) {
			c := &m.Spec.MPIReplicaSpecs["Launcher"].Template.Spec.Containers[0]
			c.Env = append(c.Env, corev1.EnvVar{Name: "A", Value: "1"})
		},
		"a request below its limit": func(m *MPIJob) {
			m.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Containers[0].Resources = corev1.ResourceRequirements{
				Requests: corev1.ResourceList{"cpu": resource.MustParse("1")}, Limits: corev1.ResourceList{"cpu": resource.MustParse("2")}}
		},
		"memory of the Launcher": func(m *MPIJob) {
			m.Spec.MPIReplicaSpecs["Launcher"].Template.Spec.Containers[0].Resources.Limits = corev1.ResourceList{"memory": resource.MustParse("1Gi")}
		},
		"command":           func(m *MPIJob) { m.Spec.MPIReplicaSpecs["Launcher"].Template.Spec.Containers[0].Args = []string{"x"} },
		"slots":             func(m *MPIJob) { m.Spec.SlotsPerWorker = ptr.To[int32](7) },
		"clean policy":      func(m *MPIJob) { m.Spec.RunPolicy.CleanPodPolicy = ptr.To(kubeflow.CleanPodPolicyAll) },
		"an annotation":     func(m *MPIJob) { m.Annotations = map[string]string{"training.opendatahub.io/timeout": "1h0m1s"} },
		"suspension":        suspended,
		"another volume":    func(m *MPIJob) { m.Spec.MPIReplicaSpecs["Worker"].Template.Spec.Volumes = []corev1.Volume{{Name: "v"}} },
		"a service account": func(m *MPIJob) { m.Spec.MPIReplicaSpecs["Worker"].Template.Spec.ServiceAccountName = "s" },
	} {
		a, b := aJob(), aJob(change, func(m *MPIJob) { m.Name = "pi-2" })
		c, err := several(t, a, b).Jobs("").Compare(t.Context(), []string{"pi", "pi-2"}, CompareOptions{})
		if err != nil || len(c.Fields) == 0 {
			t.Errorf("%s isn't seen, error %v", name, err)
		}
	}
}
