package training

import (
	"strings"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// Type is the kind of API object a job is.
type Type string

// The types. Everything can be done to MPIJobs. TrainJobs (Kubeflow Trainer v2) can be read with their logs and what
// they use, deleted, suspended and resumed, and commands run in their pods; the training operator's old jobs can only
// be read, with their logs and what they use.
const (
	TypeMPIJob     Type = "MPIJob"
	TypeTrainJob   Type = "TrainJob"
	TypePyTorchJob Type = "PyTorchJob"
	TypeTFJob      Type = "TFJob"
)

// Types returns every type of job.
func Types() []Type {
	out := make([]Type, len(kinds))
	for i, k := range kinds {
		out[i] = k.name
	}
	return out
}

// ParseType is the type a word names: in any case, in the plural, with its API group.
func ParseType(word string) (Type, bool) {
	word, group, _ := strings.Cut(strings.ToLower(word), ".")
	for _, k := range kinds {
		if (word == k.resource || word+"s" == k.resource) && (group == "" || group == k.group) {
			return k.name, true
		}
	}
	if word == "mj" && group == "" {
		return TypeMPIJob, true
	}
	return "", false
}

// Resource is the type's resource with its API group, as "mpijobs.kubeflow.org".
func (t Type) Resource() string {
	k := kindOf(t)
	return k.resource + "." + k.group
}

// kind is a type of job: how it is read, and how its objects become Jobs.
type kind struct {
	name            Type
	resource, group string
	old             bool   // one of the training operator's
	part            string // what its pods that train are called: "Worker"
	client          func(*Client) rest.Interface
	// notOurs selects the objects that are jobs of their own, and no part of another.
	notOurs string
	list    func() runtime.Object // an empty one to read into
	one     func() object
	job     func(o object, now time.Time) *Job
	// parts are the pods that a job is made of.
	parts func(o object) parts
}

var kinds = []*kind{
	{
		name: TypeMPIJob, resource: "mpijobs", group: kubeflow.GroupName, part: "Worker",
		client: func(c *Client) rest.Interface { return c.jobs },
		list:   func() runtime.Object { return &kubeflow.MPIJobList{} },
		one:    func() object { return &MPIJob{} },
		job:    func(o object, now time.Time) *Job { return newJob(o.(*MPIJob), now) },
		parts:  func(o object) parts { return mpijobParts(o.(*MPIJob)) },
	},
	{
		name: TypeTrainJob, resource: "trainjobs", group: trainer.GroupVersion.Group, part: "node",
		client:  func(c *Client) rest.Interface { return c.trainer },
		notOurs: "!" + mpijob.LabelJob,
		list:    func() runtime.Object { return &trainer.TrainJobList{} },
		one:     func() object { return &trainer.TrainJob{} },
		job:     func(o object, now time.Time) *Job { return jobOfTrainJob(o.(*trainer.TrainJob), now) },
		parts:   func(o object) parts { return trainJobParts(o.(*trainer.TrainJob)) },
	},
	oldKind(TypePyTorchJob, "pytorchjobs"),
	oldKind(TypeTFJob, "tfjobs"),
}

func oldKind(name Type, resource string) *kind {
	return &kind{
		name: name, resource: resource, group: oldVersion.Group, old: true, part: "Worker",
		client: func(c *Client) rest.Interface { return c.old },
		list:   func() runtime.Object { return &oldJobList{} },
		one:    func() object { return &oldJob{} },
		job:    func(o object, now time.Time) *Job { return jobOfOld(o.(*oldJob), name, now) },
		parts:  func(o object) parts { return oldJobParts(o.(*oldJob), name) },
	}
}

// kindOf is the kind of a type; MPIJob's for the empty one.
func kindOf(t Type) *kind {
	for _, k := range kinds {
		if k.name == t {
			return k
		}
	}
	return kinds[0]
}
