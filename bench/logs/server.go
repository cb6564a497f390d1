// Package logs measures how the logs of many Workers are merged: against a server that does as an API
// server and its kubelets do, in a process of its own, so that the CPU measured is the reader's alone.
package logs

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// Job and Namespace are what the server has.
const (
	Job       = "bench"
	Namespace = "team"
)

// Load is what the Workers write.
type Load struct {
	Workers int
	Rate    int           // lines a second, of each; 0 is all at once
	For     time.Duration // how long they write, from the first reader on, with a Rate
	Lines   int           // of each, without a Rate
	Width   int           // bytes of a line, about
}

// each is how many lines each Worker writes.
func (l Load) each() int {
	if l.Rate > 0 {
		return int(l.For.Seconds() * float64(l.Rate))
	}
	return l.Lines
}

// server is an API server with one job.
type server struct {
	load  Load
	begun sync.Once
	start chan struct{}
	since time.Time
	left  sync.WaitGroup // Workers that still write
	ended chan struct{}  // all have written
}

// Handler serves a job that runs until its Workers have written.
func Handler(l Load) http.Handler {
	s := &server{load: l, start: make(chan struct{}), ended: make(chan struct{})}
	s.left.Add(l.Workers)
	go func() {
		<-s.start
		s.left.Wait()
		close(s.ended)
	}()
	return s
}

func (s *server) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return s.load.Rate == 0
	}
}

func (s *server) job() *kubeflow.MPIJob {
	worker := corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "i"}}}}
	m := &kubeflow.MPIJob{
		TypeMeta:   metav1.TypeMeta{Kind: "MPIJob", APIVersion: "kubeflow.org/v2beta1"},
		ObjectMeta: metav1.ObjectMeta{Name: Job, Namespace: Namespace, UID: "u", ResourceVersion: "1", CreationTimestamp: metav1.Unix(0, 0)},
		Spec: kubeflow.MPIJobSpec{MPIReplicaSpecs: map[kubeflow.MPIReplicaType]*kubeflow.ReplicaSpec{
			kubeflow.MPIReplicaTypeLauncher: {Template: worker},
			kubeflow.MPIReplicaTypeWorker:   {Replicas: ptr.To(int32(s.load.Workers)), Template: worker},
		}},
	}
	phase := kubeflow.JobRunning
	if s.over() {
		phase, m.ResourceVersion = kubeflow.JobSucceeded, "2"
	}
	m.Status.Conditions = []kubeflow.JobCondition{{Type: phase, Status: corev1.ConditionTrue}}
	return m
}

func (s *server) pod(i int) *corev1.Pod {
	p := &corev1.Pod{
		TypeMeta: metav1.TypeMeta{Kind: "Pod", APIVersion: "v1"},
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("w-%d", i), Namespace: Namespace, ResourceVersion: "1", CreationTimestamp: metav1.Unix(0, 0), Labels: map[string]string{
			kubeflow.OperatorNameLabel: kubeflow.OperatorName, kubeflow.JobNameLabel: Job,
			kubeflow.JobRoleLabel: "worker", kubeflow.ReplicaIndexLabel: strconv.Itoa(i),
		}},
		Spec:   corev1.PodSpec{Containers: []corev1.Container{{Name: "main"}}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{Name: "main", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}},
	}
	if s.over() {
		p.ResourceVersion, p.Status.Phase = "2", corev1.PodSucceeded
		p.Status.ContainerStatuses[0].State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{}}
	}
	return p
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	part := strings.Split(r.URL.Path, "/")
	resource := part[len(part)-1]
	objects := func() (kind, version string, list []any) {
		switch resource {
		case "mpijobs":
			return "MPIJobList", "kubeflow.org/v2beta1", []any{s.job()}
		case "pods":
			for i := range s.load.Workers {
				list = append(list, s.pod(i))
			}
			return "PodList", "v1", list
		}
		return "ConfigMapList", "v1", []any{}
	}
	switch {
	case resource == "log":
		i, err := strconv.Atoi(strings.TrimPrefix(part[len(part)-2], "w-"))
		if err != nil || i < 0 || i >= s.load.Workers {
			http.NotFound(w, r)
			return
		}
		s.log(w, r, i)
	case resource == Job:
		s.answer(w, s.job())
	case r.URL.Query().Get("watch") != "":
		s.watch(w, r, objects)
	default:
		kind, version, list := objects()
		s.answer(w, map[string]any{"kind": kind, "apiVersion": version, "metadata": map[string]string{"resourceVersion": "1"}, "items": list})
	}
}

func (s *server) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// watch tells once of the end.
func (s *server) watch(w http.ResponseWriter, r *http.Request, objects func() (string, string, []any)) {
	w.Header().Set("Content-Type", "application/json")
	w.(http.Flusher).Flush()
	select {
	case <-s.ended:
		_, _, list := objects()
		for _, o := range list {
			_ = json.NewEncoder(w).Encode(map[string]any{"type": "MODIFIED", "object": o})
		}
		w.(http.Flusher).Flush()
	case <-r.Context().Done():
	}
	<-r.Context().Done()
}

// log writes a Worker's lines: each has its number, so that none can be missed or taken twice.
func (s *server) log(w http.ResponseWriter, r *http.Request, worker int) {
	out := bufio.NewWriterSize(w, 32<<10)
	pad := strings.Repeat("x", max(0, s.load.Width-20))
	line := func(n int, at time.Time) {
		_, _ = out.WriteString(at.UTC().Format(time.RFC3339Nano))
		_, _ = out.WriteString(" step ")
		_, _ = out.WriteString(strconv.Itoa(n))
		_ = out.WriteByte(' ')
		_, _ = out.WriteString(pad)
		_ = out.WriteByte('\n')
	}
	if s.load.Rate == 0 || s.over() {
		at := time.Unix(1<<30, int64(worker))
		for n := range s.load.each() {
			line(n, at.Add(time.Duration(n)*time.Millisecond))
		}
		_ = out.Flush()
		return
	}
	s.begun.Do(func() { s.since = time.Now(); close(s.start) })
	<-s.start
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for n, each := 0, s.load.each(); n < each; {
		select {
		case <-r.Context().Done():
			return // and nobody will see the end: a reader that loses its connection fails the run
		case now := <-tick.C:
			for due := min(each, int(now.Sub(s.since).Seconds()*float64(s.load.Rate))); n < due; n++ {
				line(n, time.Now())
			}
			_ = out.Flush()
			w.(http.Flusher).Flush()
		}
	}
	s.left.Done()
	<-s.ended
}
