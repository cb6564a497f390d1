// Package scale measures many pods at once, on nodes that don't exist: what is compared is how fast a
// control plane makes jobs into running pods, and what memory a controller needs. Nothing runs in the
// pods.
package scale

import (
	"bytes"
	"embed"
	"fmt"
	"strconv"
	"text/template"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/opendatahub-io/mpijob/bench/cluster"
	"github.com/opendatahub-io/mpijob/bench/contender"
	"github.com/opendatahub-io/mpijob/bench/result"
)

//go:embed manifests/*.yaml
var files embed.FS

// parsed fails at start-up where a template is broken.
var parsed = template.Must(template.New("").Option("missingkey=error").ParseFS(files, "manifests/*.yaml"))

// Nodes is how many fake nodes there are.
const Nodes = 20

// Contender is one way of making pods of jobs.
type Contender struct {
	Key       string
	Title     string
	About     string // for the page
	Namespace string
	// Target is the kind that is deleted after a run.
	Target schema.GroupVersionResource
	// Operator is what the MPI operator must be started with, nil where it has no part.
	Operator *Operator

	setup, manifest string // templates; setup may be empty
}

// Operator is how the MPI operator is started, beyond what the sandbox does.
type Operator struct{ Args []string }

// The keys that ratios are taken between.
const (
	Ours         = result.ScaleOurs
	OperatorKey  = result.ScaleOperator
	operatorFast = "operator-tuned"
	Trainer      = result.ScaleTrainer
)

var (
	mpijobs   = schema.GroupVersionResource{Group: "kubeflow.org", Version: "v2beta1", Resource: "mpijobs"}
	trainjobs = schema.GroupVersionResource{Group: "trainer.kubeflow.org", Version: "v1alpha1", Resource: "trainjobs"}
)

// Tuned are the MPI operator's flags that let it make requests as fast as ours does.
var Tuned = Operator{Args: []string{"--kube-api-qps=500", "--kube-api-burst=1000"}}

// All are the contenders, ours first, the floor last.
func All() []Contender {
	return []Contender{
		{
			Key: Ours, Title: "MPIJob, our controller", Namespace: contender.OursNamespace, Target: mpijobs, manifest: "mpijob.yaml",
			About: "our controller on Trainer and JobSet, built-in transport",
		},
		{
			Key: OperatorKey, Title: "MPI operator 0.8.2", Namespace: contender.OperatorNamespace, Target: mpijobs, manifest: "mpijob.yaml",
			Operator: &Operator{},
			About:    "upstream's controller at its defaults, 5 requests a second; the same manifest",
		},
		{
			Key: operatorFast, Title: "MPI operator 0.8.2, tuned", Namespace: contender.OperatorNamespace, Target: mpijobs, manifest: "mpijob.yaml",
			Operator: &Tuned,
			About:    "the same with `--kube-api-qps=500 --kube-api-burst=1000`",
		},
		{
			Key: Trainer, Title: "TrainJob, hand-written runtime", Namespace: contender.TrainerNamespace, Target: trainjobs,
			setup: "trainer-setup.yaml", manifest: "trainer.yaml",
			About: "Kubeflow Trainer alone; the runtime exists beforehand, the launcher waits for nothing",
		},
		{
			Key: "pods", Title: "plain pods: the floor", Namespace: contender.PodsNamespace, Target: cluster.Pods, manifest: "pods.yaml",
			About: "the same number of pods, created by the benchmark itself",
		},
	}
}

// values is what the templates see.
type values struct {
	Name, Namespace string
	Workers         int
	Succeeds        bool // the Launcher's pod, by kwok's hand, as soon as it runs
}

// Pods are the ends of the names of plain pods.
func (v values) Pods() []string {
	pods := make([]string, 0, v.Workers+1)
	for i := range v.Workers {
		pods = append(pods, "worker-"+strconv.Itoa(i))
	}
	return append(pods, "launcher")
}

// Job is one job's objects.
func (c Contender) Job(name string, workers int, succeeds bool) ([]*unstructured.Unstructured, error) {
	return render(c.manifest, values{Name: name, Namespace: c.Namespace, Workers: workers, Succeeds: succeeds})
}

// Jobs are the objects of a whole run.
func (c Contender) Jobs(name string, shape result.Shape) ([]*unstructured.Unstructured, error) {
	return c.jobs(name, shape, false)
}

func (c Contender) jobs(name string, shape result.Shape, succeed bool) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for i := range shape.Jobs {
		objects, err := c.Job(fmt.Sprintf("%s-%03d", name, i), shape.Workers, succeed)
		if err != nil {
			return nil, err
		}
		all = append(all, objects...)
	}
	return all, nil
}

// Setup is what must exist before jobs of this many Workers.
func (c Contender) Setup(workers int) ([]*unstructured.Unstructured, error) {
	if c.setup == "" {
		return nil, nil
	}
	return render(c.setup, values{Namespace: c.Namespace, Workers: workers})
}

// FakeNodes are the nodes kwok plays the kubelet of.
func FakeNodes() ([]*unstructured.Unstructured, error) {
	names := make([]string, Nodes)
	for i := range names {
		names[i] = fmt.Sprintf("kwok-%02d", i)
	}
	return render("nodes.yaml", struct{ Nodes []string }{names})
}

func render(file string, with any) ([]*unstructured.Unstructured, error) {
	var out bytes.Buffer
	if err := parsed.ExecuteTemplate(&out, file, with); err != nil {
		return nil, fmt.Errorf("rendering %s: %w", file, err)
	}
	return cluster.Decode(out.Bytes())
}
