package training

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
)

// parts are the pods that one job is made of. What is done with pods (logs, states, measurements, commands)
// is the same for every type of job; how they are found, numbered and called is here.
type parts interface {
	// selector selects the job's pods by their labels.
	selector() string
	// index is which part a pod is, by its labels; ok is false for one that is none.
	index(p *corev1.Pod) (index int, ok bool)
	// where is what a part is called, as "Worker 3".
	where(index int) string
	// all are the parts of the job in the order in which they are shown, those of pods that were seen among them. Of
	// more than maxParts that have no pod yet the rest is left out.
	all(seen map[int]*corev1.Pod) []int
	// event is whose event it is, of what was made for the job and may be gone: its pods, and what lies between.
	event(e *corev1.Event) (who string, ok bool)
	// attempt is the number of the attempt that a pod is of, from 1; 0 where that isn't known.
	attempt(p *corev1.Pod) int
}

// launcherAndWorkers are the parts of an MPIJob; the Launcher's index is -1.
type launcherAndWorkers struct {
	job  *MPIJob
	made func() madeOf
}

func mpijobParts(m *MPIJob) parts {
	return launcherAndWorkers{m, sync.OnceValue(func() madeOf { return newMadeOf(m) })}
}

func (l launcherAndWorkers) selector() string { return podSelector(l.job.Name) }

func (launcherAndWorkers) index(p *corev1.Pod) (int, bool) {
	role, index := podRole(p)
	if role == roleLauncher {
		return -1, true
	}
	return index, role == roleWorker && index >= 0
}

func (launcherAndWorkers) where(index int) string { return where(index) }

func (l launcherAndWorkers) all(map[int]*corev1.Pod) []int {
	out := []int{-1}
	if w := l.job.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker]; w != nil && w.Replicas != nil {
		for i := range min(int(*w.Replicas), maxParts) {
			out = append(out, i)
		}
	}
	return out
}

func (l launcherAndWorkers) event(e *corev1.Event) (string, bool) {
	made := l.made()
	of := e.InvolvedObject
	if of.Kind == "Pod" {
		return made.pod(of.Name)
	}
	// A Job that may not create its pods (quota) says so on itself.
	ours := of.Kind == "Job" && e.Type == corev1.EventTypeWarning && made.job(of.Name) && !eventTime(e).Before(l.job.CreationTimestamp.Time)
	return string(TypeMPIJob), ours
}

func (launcherAndWorkers) attempt(p *corev1.Pod) int {
	n, _ := strconv.Atoi(p.Labels[mpijob.LabelAttempt]) // 0 for another controller's pods
	return n
}

// groupsFrom is the index of the first part that isn't in a job's first group: the first are numbered as Workers are.
const groupsFrom = 50_000

// maxParts is how many pods of a group have a number: as many as an MPIJob may have Workers. A manifest of another type,
// or a pod's label, may name any.
const maxParts = mpijob.MaxWorkers

// group is a set of a job's pods that are alike, as the job's author calls it.
type group struct {
	name string
	size int // 0 where the job's runtime says it, which isn't read
}

// groups are the parts of a job whose pods are told apart by labels: the group's name, and a number in it. The first
// group trains; the others help it.
type groups struct {
	kind     Type
	job      object
	selected string
	// name and number are the labels.
	name, number string
	is           []group
	// event and attempt are as those of parts; nil where there is nothing to say.
	eventOf   func(groups, *corev1.Event) (string, bool)
	attemptOf func(*corev1.Pod) int
}

func (g groups) selector() string { return g.selected }

func (g groups) index(p *corev1.Pod) (int, bool) {
	return g.indexOf(p.Labels[g.name], orElse(p.Labels[g.number], p.Annotations[g.number]))
}

// indexOf is the index of the part that pods call themselves: the group's name, and the number in it.
func (g groups) indexOf(name, number string) (int, bool) {
	at := slices.IndexFunc(g.is, func(o group) bool { return strings.EqualFold(o.name, name) })
	n, err := strconv.ParseUint(number, 10, 31)
	if at < 0 || err != nil || n >= maxParts {
		return 0, false
	}
	return g.place(at, int(n)), true
}

// place is the index of a group's part.
func (g groups) place(at, n int) int {
	if at == 0 {
		return n
	}
	return groupsFrom + at - 1 + n*(len(g.is)-1)
}

// part is place's inverse: which group, and which number in it.
func (g groups) part(index int) (at, n int) {
	others := len(g.is) - 1
	if index < groupsFrom || others == 0 {
		return 0, index
	}
	return 1 + (index-groupsFrom)%others, (index - groupsFrom) / others
}

func (g groups) where(index int) string {
	at, n := g.part(index)
	return titled(g.is[at].name, n)
}

// titled is what a pod of a group is called: "Node 3", "Dataset initializer 0".
func titled(group string, n int) string {
	text := strings.ReplaceAll(group, "-", " ")
	_, first := utf8.DecodeRuneInString(text)
	return fmt.Sprintf("%s%s %d", strings.ToUpper(text[:first]), text[first:], n)
}

// groupName says whether pods can be labelled as those of a group: a manifest may name one that none ever is.
func groupName(name string) bool {
	return name != "" && len(validation.IsValidLabelValue(name)) == 0
}

func (g groups) all(seen map[int]*corev1.Pod) []int {
	numbers := make([][]int, len(g.is)) // of those seen
	for _, index := range slices.Sorted(maps.Keys(seen)) {
		at, n := g.part(index)
		numbers[at] = append(numbers[at], n)
	}
	var out []int
	room := maxParts
	for at, of := range g.is {
		size, has := of.size, numbers[at]
		if at == 0 && len(has) > 0 {
			size = max(size, has[len(has)-1]+1)
		}
		size = max(0, min(size, room))
		room -= size
		for n := range size {
			out = append(out, g.place(at, n))
		}
		for _, n := range has {
			if n >= size {
				out = append(out, g.place(at, n))
			}
		}
	}
	return out
}

func (g groups) event(e *corev1.Event) (string, bool) {
	if g.eventOf == nil || eventTime(e).Before(g.job.GetCreationTimestamp().Time) {
		return "", false
	}
	return g.eventOf(g, e)
}

func (g groups) attempt(p *corev1.Pod) int {
	if g.attemptOf == nil {
		return 0
	}
	return g.attemptOf(p)
}
