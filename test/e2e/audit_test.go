//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
)

// mostWrites is what one job may cost the controller, whatever its size; besides, it deletes the Workers
// that still run at the end of one whose cleanPodPolicy is Running.
const mostWrites = 18

// heldTo is how docs/api-writes.md tells of it.
var heldTo = fmt.Sprintf("at most %d writes a job", mostWrites)

// hold fails the test where a job of so many Workers cost the controller more than it may.
func (e *env) hold(writes []audited, workers int) {
	e.t.Helper()
	ours := oursIn(writes)
	e.t.Logf("%d writes for %d Workers: %v", total(ours), workers, ours)
	// A Worker may be deleted again before its deletion is seen.
	if n := ours["delete pods"]; n > 2*workers {
		e.t.Errorf("the controller deleted %d pods of %d Workers", n, workers)
	}
	delete(ours, "delete pods")
	if n := total(ours); n == 0 || n > mostWrites {
		e.t.Errorf("the controller wrote %d times for a job of %d Workers, at most %d are meant: %v", n, workers, mostWrites, ours)
	}
}

// What one job costs the controller in writes. Not parallel: reviews of other jobs' tokens would count.
func TestWritesOfAJob(t *testing.T) {
	e := setup(t)
	ns := e.namespace("writes")
	log := e.auditLog()
	log.untilQuiet(2*time.Second, writesFor(ns)) // of the namespace itself
	job := e.submit(e.admin, newJob(ns, "pi"))
	e.awaitCondition(job, kubeflow.JobSucceeded)
	e.hold(log.untilQuiet(4*time.Second, writesFor(ns)), 2)
	page, err := os.ReadFile(filepath.Join(repoRoot(t), "docs", "api-writes.md"))
	e.must(err, "reading docs/api-writes.md")
	if !strings.Contains(string(page), heldTo) {
		t.Errorf("docs/api-writes.md doesn't say %q", heldTo)
	}
}

// Jobs of which nothing changes cause no write: neither those that have ended nor one that is suspended
// or runs.
func TestQuietJobsWriteNothing(t *testing.T) {
	t.Parallel()
	e := setup(t)
	ns := e.namespace("quiet")
	log := e.auditLog()
	here := func(a audited) bool { return a.ours() && a.ObjectRef.Namespace == ns }
	var ended []*kubeflow.MPIJob
	for i := range 3 {
		ended = append(ended, e.submit(e.admin, newJob(ns, fmt.Sprintf("ended-%d", i), workers(1), once, command("sh", "-c", fmt.Sprintf("exit %d", i%2)))))
	}
	for _, job := range ended {
		e.awaitJob(job, "finished", finished)
	}
	e.awaitCondition(e.submit(e.admin, newJob(ns, "waits", suspended)), kubeflow.JobSuspended)
	e.awaitCondition(e.submit(e.admin, newJob(ns, "runs", workers(1), command("sleep", "600"))), kubeflow.JobRunning)
	if len(log.untilQuiet(5*time.Second, here)) == 0 {
		t.Fatal("the controller's writes aren't in the audit log: this test would see nothing")
	}
	time.Sleep(15 * time.Second) // what must not happen has this long to happen
	if writes := log.next(here); len(writes) > 0 {
		t.Errorf("nothing goes on, yet the controller wrote %+v", writes)
	}
}
