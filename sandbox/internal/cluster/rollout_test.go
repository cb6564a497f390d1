package cluster

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/opendatahub-io/mpijob/sandbox/internal/config"
)

// TestControllerBundle renders the product's own manifests: everything but the Deployment for one step,
// the Deployment alone for the other.
func TestControllerBundle(t *testing.T) {
	repo, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	c := config.Config{Repo: repo}
	b := bundles(c)["controller"]
	objects, err := b.build(t.TempDir(), []byte("CA"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, o := range objects {
		kinds[o.GetKind()]++
		if o.GetKind() == "ValidatingWebhookConfiguration" {
			hooks, _, _ := unstructured.NestedSlice(o.Object, "webhooks")
			client := hooks[0].(map[string]any)["clientConfig"].(map[string]any)
			if client["caBundle"] != "Q0E=" || client["service"] == nil || client["url"] != nil {
				t.Errorf("the webhook is reached at %v", client)
			}
		}
	}
	if kinds["Deployment"] != 0 || kinds["Service"] != 2 || kinds["PodDisruptionBudget"] != 1 || kinds["ValidatingWebhookConfiguration"] != 1 {
		t.Errorf("kinds: %v", kinds)
	}
	b.only = []string{"Deployment"}
	objects, err = b.build(t.TempDir(), nil)
	if err != nil || len(objects) != 1 {
		t.Fatalf("%d objects, %v", len(objects), err)
	}
	if err := adaptDeployment(objects[0], "image:1", []string{"--namespace=a", "--agent-image=agent:1"}); err != nil {
		t.Fatal(err)
	}
	containers, _, _ := unstructured.NestedSlice(objects[0].Object, "spec", "template", "spec", "containers")
	container := containers[0].(map[string]any)
	args := container["args"].([]any)
	if diff := cmp.Diff([]any{"--namespace=a", "--agent-image=agent:1"}, args[len(args)-2:]); diff != "" || container["image"] != "image:1" {
		t.Errorf("image %v, arguments (-want +got):\n%s", container["image"], diff)
	}
}
