package controller

import (
	"context"
	"slices"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	volcano "volcano.sh/apis/pkg/apis/scheduling/v1beta1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/internal/testkit/mpijobtest"
)

// mapped is a client of an API server that serves what mapper knows.
type mapped struct {
	client.Client
	mapper meta.RESTMapper
}

func (m mapped) RESTMapper() meta.RESTMapper { return m.mapper }

// kinds are those an API server serves: Volcano's, or none.
func kinds(withVolcano bool) meta.RESTMapper {
	m := meta.NewDefaultRESTMapper([]schema.GroupVersion{volcano.SchemeGroupVersion})
	if withVolcano {
		m.Add(volcano.SchemeGroupVersion.WithKind("PodGroup"), meta.RESTScopeNamespace)
	}
	return m
}

func TestHasVolcano(t *testing.T) {
	for _, tt := range []struct {
		mode       GangScheduler
		there, has bool
		fails      bool
	}{
		{GangAuto, true, true, false}, {GangAuto, false, false, false},
		{GangVolcano, true, true, false}, {GangVolcano, false, false, true},
		{GangNone, true, false, false}, {GangNone, false, false, false},
	} {
		has, err := hasVolcano(tt.mode, kinds(tt.there))
		if has != tt.has || (err != nil) != tt.fails {
			t.Errorf("--gang-scheduler=%s, Volcano there: %v: has %v, error %v", tt.mode, tt.there, has, err)
		}
	}
	var g GangScheduler
	if err := g.Set("yunikorn"); err == nil {
		t.Error("a scheduler we don't know was accepted")
	}
}

func TestGangOfAnAttempt(t *testing.T) {
	job := mpijobtest.Job("pi").RunPolicy(func(p *kubeflow.RunPolicy) {
		p.SchedulingPolicy = &kubeflow.SchedulingPolicy{Queue: "team"}
	}).Obj()
	name := mpijob.AttemptName(job, 1)
	c := newCluster(t, job)
	c.Gang = GangAuto
	c.Client = mapped{c.Client, kinds(true)}
	if got, _ := c.round(t, job); !slices.Contains(got, "create PodGroup "+name) {
		t.Fatalf("a gang without a PodGroup: %v", got)
	}
	c.round(t, job) // its queue doesn't exist, which is said
	var stored kubeflow.MPIJob
	if err := c.Live.Get(context.Background(), client.ObjectKeyFromObject(job), &stored); err != nil {
		t.Fatal(err)
	}
	// Someone deletes it while the gang waits.
	group := &volcano.PodGroup{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name}}
	if err := c.Delete(context.Background(), group); err != nil {
		t.Fatal(err)
	}
	if got, _ := c.round(t, job); !slices.Contains(got, "create PodGroup "+name) {
		t.Errorf("it isn't made again: %v", got)
	}
	if got, _ := c.round(t, job); len(got) > 0 {
		t.Errorf("nothing changed, yet it wrote %v", got)
	}
	// The end frees the queue before anyone learns of it.
	if err := c.Create(context.Background(), mpijobtest.Launcher(job, 1).Exited(0, "Completed", "", mpijobtest.At(time.Second)).Obj()); err != nil {
		t.Fatal(err)
	}
	got, _ := c.round(t, job)
	freed, told := slices.Index(got, "delete PodGroup "+name), slices.Index(got, "write status of MPIJob pi")
	if freed < 0 || told < freed {
		t.Errorf("the queue is freed, then the job is finished: %v", got)
	}
	if got, _ := c.round(t, job); len(got) > 0 {
		t.Errorf("a finished job's gang is looked after for ever: %v", got)
	}
}

func TestPrioritiesOfAGangOfFewer(t *testing.T) {
	job := mpijob.WithDefaults(mpijobtest.Job("pi").With(func(j *kubeflow.MPIJob) {
		j.Spec.RunPolicy.SchedulingPolicy = &kubeflow.SchedulingPolicy{MinAvailable: ptr.To[int32](2)}
		j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeLauncher].Template.Spec.PriorityClassName = "gone"
		j.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Template.Spec.PriorityClassName = "high"
	}).Obj())
	c := newCluster(t, &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: "high"}, Value: 7})
	got, err := c.priorities(context.Background(), job)
	if err != nil || got["high"] != 7 || got["gone"] != 0 {
		t.Errorf("priorities %v, %v", got, err)
	}
}
