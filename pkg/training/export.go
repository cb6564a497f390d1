package training

import (
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/yamltext"
)

// Export returns a job as the YAML manifest that creates it again, in the same namespace under the same
// name: spec, labels and the annotations users may set, without status, UID and whatever else only a
// cluster or a tool writes.
func (j *Jobs) Export(ctx context.Context, name string, o ReadOptions) ([]byte, error) {
	k := kindOf(j.typ)
	// As the cluster has it, so that no field is lost that our types don't know.
	answer := k.client(j.c).Get().Namespace(j.namespace).Resource(k.resource).Name(name).Do(ctx)
	if err := answer.Error(); err != nil { // Raw's has lost what the server said
		return nil, j.c.typed(err, j.aboutKind(k, "get", name))
	}
	text, err := answer.Raw()
	if err != nil {
		return nil, j.c.typed(err, j.aboutKind(k, "get", name))
	}
	var has metav1.PartialObjectMetadata
	if err := json.Unmarshal(text, &has); err != nil {
		return nil, fmt.Errorf("reading a job: %w", err)
	}
	if err := meant(&has, k.name, o.UID); err != nil {
		return nil, err
	}
	return exported(text)
}

// Exported is the manifest of an MPIJob at hand; see Export.
func Exported(m *MPIJob) ([]byte, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", title(m), err)
	}
	return exported(text)
}

func exported(text []byte) ([]byte, error) {
	var has struct {
		APIVersion string         `json:"apiVersion"`
		Kind       string         `json:"kind"`
		Metadata   map[string]any `json:"metadata"`
		Spec       any            `json:"spec"`
	}
	if err := json.Unmarshal(text, &has); err != nil {
		return nil, fmt.Errorf("reading a job: %w", err)
	}
	metadata := map[string]any{}
	for _, field := range []string{"name", "namespace", "labels"} {
		if v, ok := has.Metadata[field]; ok {
			metadata[field] = v
		}
	}
	if annotations, ok := has.Metadata["annotations"].(map[string]any); ok {
		if mpijob.SourceOfTimeout(texts(annotations)) != mpijob.TimeoutAsked { // admission wrote it
			delete(annotations, mpijob.AnnotationTimeout)
		}
		for key := range annotations {
			if !usersAnnotation(key) {
				delete(annotations, key)
			}
		}
		if len(annotations) > 0 {
			metadata["annotations"] = annotations
		}
	}
	withoutNulls(has.Spec)
	out, err := yamltext.Marshal(map[string]any{"apiVersion": has.APIVersion, "kind": has.Kind, "metadata": metadata, "spec": has.Spec})
	if err != nil {
		return nil, fmt.Errorf("writing a manifest: %w", err)
	}
	return out, nil
}

// texts are those of some values that are text, as all of an object's annotations are.
func texts(values map[string]any) map[string]string {
	out := map[string]string{}
	for key, v := range values {
		if text, ok := v.(string); ok {
			out[key] = text
		}
	}
	return out
}

// usersAnnotation says whether an annotation is the user's own: neither the product's nor a tool's note.
func usersAnnotation(key string) bool {
	if key == "kubectl.kubernetes.io/last-applied-configuration" {
		return false
	}
	for _, a := range mpijob.Annotations() {
		if a.Key == key {
			return a.User
		}
	}
	return true
}

// withoutNulls drops what Kubernetes' types print although it was never written: a template's
// creationTimestamp null, and the metadata that holds nothing else.
func withoutNulls(v any) {
	switch t := v.(type) {
	case map[string]any:
		for key, child := range t {
			withoutNulls(child)
			if m, ok := child.(map[string]any); child == nil || key == "metadata" && ok && len(m) == 0 {
				delete(t, key)
			}
		}
	case []any:
		for _, child := range t {
			withoutNulls(child)
		}
	}
}
