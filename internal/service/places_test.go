package service

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	"k8s.io/utils/ptr"

	"github.com/opendatahub-io/mpijob/pkg/training"
)

// The place of many logs is longer than their lines are: it is told once for many of them.
func TestThePlaceOfManyLogsIsNotToldWithEachLine(t *testing.T) {
	const workers, lines = 100, 20
	c := newCluster(t)
	m := job("team-a", "first")
	m.Spec.MPIReplicaSpecs[kubeflow.MPIReplicaTypeWorker].Replicas = ptr.To[int32](workers)
	c.put(m)
	for i := range workers {
		c.add("pods", pod("first", "worker", strconv.Itoa(i), true))
		var log strings.Builder
		for n := range lines {
			log.WriteString(logLine(time.Duration(n)*time.Second+time.Duration(i)*time.Millisecond, fmt.Sprint("step ", n)))
		}
		c.core.logs[fmt.Sprintf("/api/v1/namespaces/team-a/pods/first-worker%d/previous", i)] = log.String()
	}
	s := c.start(t, func(o *Options) { o.Places = time.Hour })
	_, text := call(t, s, "ann-token", "GET", "/api/v1/streams/namespaces/team-a/trainingjobs/first/logs?previous=true&allWorkers=true", "")
	told, places, after := 0, 0, 0
	for _, e := range eventsOf(t, text) {
		after++
		switch e.kind {
		case "place":
			if p, ok := parseLogID(e.id); !ok || len(p.of) == 0 {
				t.Errorf("the place %q can't be resumed from", e.id)
			}
			places, after = places+1, 0
		case "line":
			told++
			if e.id != "" {
				t.Fatalf("%s has the id %s", e.data, e.id)
			}
		}
	}
	// Behind the first line, and before the end.
	if told != workers*lines || places != 2 || after != 1 {
		t.Errorf("%d lines, %d places, %d events behind the last one", told, places, after)
	}
	if each := len(text) / told; each > 200 {
		t.Errorf("%d bytes for a line of 10", each)
	}
}

// A reader keeps the last id it was given: where there is none to resume from it must be taken away.
func TestAPlaceThatIsNoneTakesTheIDAway(t *testing.T) {
	w := httptest.NewRecorder()
	out := &sse{w: w, control: http.NewResponseController(w)}
	st := &logStream{s: &Service{Options: Options{Places: time.Nanosecond}}, due: time.NewTimer(time.Hour)}
	for i := range 3000 {
		if err := st.tellLine(out, training.LogLine{Index: i, At: logNoon.Add(-time.Duration(i) * time.Minute), Nth: 1, Text: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	first, last := strings.Index(w.Body.String(), "\nid: "), strings.LastIndex(w.Body.String(), "\nid: ")
	if !strings.HasPrefix(w.Body.String()[last:], "\nid: \n") || strings.HasPrefix(w.Body.String()[first:], "\nid: \n") {
		t.Errorf("the first id is %.40q, the last %.40q", w.Body.String()[first:], w.Body.String()[last:])
	}
}
