package training

import (
	"slices"
	"strconv"
	"strings"

	trainer "github.com/kubeflow/trainer/v2/pkg/apis/trainer/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"
	jobset "sigs.k8s.io/jobset/api/jobset/v1alpha2"
)

// restartsLabel is JobSet's, on pods: how often all of the JobSet was begun again.
const restartsLabel = "jobset.sigs.k8s.io/restart-attempt"

// trainJobParts are a TrainJob's pods. Trainer makes of it a JobSet of the same name, whose replicated jobs are its
// groups: "node" trains, unless the runtime has only one, of whatever name.
func trainJobParts(t *trainer.TrainJob) parts {
	nodes := 0
	if w := t.Spec.Trainer; w != nil {
		nodes = int(ptr.Deref(w.NumNodes, 0))
	}
	var others []string
	for _, s := range t.Status.JobsStatus {
		if s.Name != trainerJob && groupName(s.Name) {
			others = append(others, s.Name)
		}
	}
	slices.Sort(others)
	first := trainerJob
	if len(t.Status.JobsStatus) == 1 && len(others) == 1 {
		first, others = others[0], nil
	}
	g := groups{
		kind: TypeTrainJob, job: t,
		selected: labels.Set{jobset.JobSetNameKey: t.Name}.String(),
		name:     jobset.ReplicatedJobNameKey, number: completionIndexLabel,
		is:        []group{{first, nodes}},
		eventOf:   jobSetEvent,
		attemptOf: jobSetAttempt,
	}
	for _, o := range others {
		g.is = append(g.is, group{name: o})
	}
	return g
}

func jobSetAttempt(p *corev1.Pod) int {
	n, err := strconv.ParseUint(p.Labels[restartsLabel], 10, 31)
	if err != nil {
		return 0
	}
	return int(n) + 1 //nolint:gosec // of 31 bits
}

// jobSetEvent knows what JobSet makes by name: the Job "tune-node-0" of the JobSet "tune", and its pods
// "tune-node-0-3-x7k2p".
func jobSetEvent(g groups, e *corev1.Event) (string, bool) {
	of := e.InvolvedObject
	switch {
	case of.Kind == "JobSet" && of.Name == g.job.GetName():
		return "JobSet", true
	case of.Kind != "Job" && of.Kind != "Pod":
		return "", false
	}
	for _, group := range g.is {
		rest, ok := strings.CutPrefix(of.Name, g.job.GetName()+"-"+group.name+"-")
		if !ok {
			continue
		}
		numbers := strings.Split(rest, "-")
		if _, err := strconv.ParseUint(numbers[0], 10, 31); err != nil {
			continue
		}
		switch {
		case of.Kind == "Job" && len(numbers) == 1:
			return "Job " + of.Name, true
		case of.Kind == "Pod" && len(numbers) == 3:
			if index, ok := g.indexOf(group.name, numbers[1]); ok {
				return g.where(index), true
			}
		}
	}
	return "", false
}
