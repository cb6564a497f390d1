// Package contender describes the ways of running the same MPI work that are compared: each is data, a
// manifest and how to tell from the object it makes that the work is done.
package contender

import (
	"fmt"
	"strings"

	"github.com/opendatahub-io/mpijob/bench/result"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Contender is one way of running the work.
type Contender struct {
	Key       string
	Title     string // one line, for progress and the page
	About     string // what is measured here, for the page
	Namespace string
	// Target is the kind whose object, named after the run, says when the work is done.
	Target schema.GroupVersionResource
	// Finished reads the target: an empty outcome while the work goes on, else outcome and reason.
	Finished func(*unstructured.Unstructured) (result.Outcome, string)

	setup, manifest string // templates; setup may be empty
	waitForWorkers  bool
	// target is what Target's object is called in a run of this name.
	target func(name string) string
}

// TargetName is the name of the object to watch in the run called name.
func (c Contender) TargetName(name string) string {
	if c.target == nil {
		return name
	}
	return c.target(name)
}

// Namespaces of the contenders: each controller is confined to its own.
const (
	OursNamespace     = "bench-ours"
	OursSSHDNamespace = "bench-ours-sshd"
	OperatorNamespace = "mpi-operator-bench" // the sandbox confines the operator to it
	TrainerNamespace  = "bench-trainer"
	PodsNamespace     = "bench-pods"
)

var (
	mpijobs   = schema.GroupVersionResource{Group: "kubeflow.org", Version: "v2beta1", Resource: "mpijobs"}
	trainjobs = schema.GroupVersionResource{Group: "trainer.kubeflow.org", Version: "v1alpha1", Resource: "trainjobs"}
	pods      = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
)

// All are the contenders, ours first, the floor last.
func All() []Contender {
	return []Contender{
		{
			Key: "ours", Title: "MPIJob, built-in transport", Namespace: OursNamespace,
			About:  "our controller; an image without sshd",
			Target: mpijobs, Finished: ended("Succeeded"), manifest: "ours.yaml",
		},
		{
			Key: "ours-sshd", Title: "MPIJob, sshd image", Namespace: OursSSHDNamespace,
			About:  "our controller; the manifest the MPI operator gets",
			Target: mpijobs, Finished: ended("Succeeded"), manifest: "sshd.yaml",
		},
		{
			Key: "operator", Title: "MPI operator 0.8.2", Namespace: OperatorNamespace,
			About:  "upstream's controller, its defaults, upstream's pi manifest with sshd",
			Target: mpijobs, Finished: ended("Succeeded"), manifest: "sshd.yaml",
		},
		{
			Key: "operator-wait", Title: "MPI operator 0.8.2, waiting for ready workers", Namespace: OperatorNamespace,
			About:  "the same with `launcherCreationPolicy: WaitForWorkersReady` and a 1 s readiness probe",
			Target: mpijobs, Finished: ended("Succeeded"), manifest: "sshd.yaml", waitForWorkers: true,
		},
		{
			Key: "trainer", Title: "TrainJob, hand-written runtime", Namespace: TrainerNamespace,
			About:  "Kubeflow Trainer alone: launcher `dependsOn` Ready workers with sshd, 1 s readiness probe; the runtime exists beforehand",
			Target: trainjobs, Finished: ended("Complete"), setup: "trainer-setup.yaml", manifest: "trainer.yaml",
		},
		{
			Key: "pods", Title: "plain pods: the floor", Namespace: PodsNamespace,
			About:  "the pods of our job made at once by hand, built-in transport, no controller",
			Target: pods, Finished: podPhase, setup: "pods-setup.yaml", manifest: "pods.yaml",
			target: func(name string) string { return name + "-launcher" },
		},
	}
}

// Select returns the contenders with these keys, in their usual order; all of them for none.
func Select(keys []string) ([]Contender, error) {
	all := All()
	if len(keys) == 0 {
		return all, nil
	}
	var chosen []Contender
	known := make([]string, 0, len(all))
	wanted := map[string]bool{}
	for _, key := range keys {
		wanted[key] = true
	}
	for _, c := range all {
		known = append(known, c.Key)
		if wanted[c.Key] {
			chosen = append(chosen, c)
			delete(wanted, c.Key)
		}
	}
	for key := range wanted {
		return nil, fmt.Errorf("no contender is called %q: choose from %s", key, strings.Join(known, ", "))
	}
	return chosen, nil
}

// ended reads an object that ends with the condition success, or else Failed, turning True.
func ended(success string) func(*unstructured.Unstructured) (result.Outcome, string) {
	return func(obj *unstructured.Unstructured) (result.Outcome, string) {
		list, _, _ := unstructured.NestedSlice(obj.Object, "status", "conditions")
		for _, item := range list {
			condition, ok := item.(map[string]any)
			if !ok || condition["status"] != "True" {
				continue
			}
			switch condition["type"] {
			case success:
				return result.Succeeded, ""
			case "Failed":
				return result.Failed, fmt.Sprintf("%v: %v", condition["reason"], condition["message"])
			}
		}
		return "", ""
	}
}

func podPhase(obj *unstructured.Unstructured) (result.Outcome, string) {
	phase, _, _ := unstructured.NestedString(obj.Object, "status", "phase")
	switch phase {
	case "Succeeded":
		return result.Succeeded, ""
	case "Failed":
		return result.Failed, "the launcher's pod failed"
	}
	return "", ""
}
