package mpijob

import corev1 "k8s.io/api/core/v1"

// A service mesh's proxy breaks MPI: it takes over connections it doesn't understand, keeps pods from
// ending, and starts after the agent. These keep it off, in the words of Istio (which wants a label and
// used to want an annotation) and of Linkerd.
const (
	meshIstio   = "sidecar.istio.io/inject"
	meshLinkerd = "linkerd.io/inject"
)

// withoutMesh keeps meshes off a pod, unless its template says what it wants of them.
func withoutMesh(t *corev1.PodTemplateSpec) {
	says := func(key string) bool {
		_, label := t.Labels[key]
		_, annotation := t.Annotations[key]
		return label || annotation
	}
	if !says(meshIstio) {
		t.Labels = merge(t.Labels, map[string]string{meshIstio: "false"})
		t.Annotations = merge(t.Annotations, map[string]string{meshIstio: "false"})
	}
	if !says(meshLinkerd) {
		t.Annotations = merge(t.Annotations, map[string]string{meshLinkerd: "disabled"})
	}
}
