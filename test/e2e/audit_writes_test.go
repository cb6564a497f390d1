//go:build e2e && writes

package e2e

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
)

var writesPage = flag.String("writes.page", "", "file that the page of these tests is written to")

// manyWorkers is the size of the large job.
const manyWorkers = 100

// What one job costs the API server in writes, by whom, at two sizes; ours is the same for both.
func TestWritesBySize(t *testing.T) {
	e := setup(t)
	ns := e.namespace("writes")
	e.fakeNodes(4)
	log := e.auditLog()
	log.untilQuiet(3*time.Second, writesFor(ns)) // of the namespace itself
	small := e.submit(e.admin, newJob(ns, "small"))
	e.awaitCondition(small, kubeflow.JobSucceeded)
	ofSmall := log.untilQuiet(8*time.Second, writesFor(ns))

	large := e.submit(e.admin, newJob(ns, "large", workers(manyWorkers), onFakeNodes))
	e.awaitCondition(large, kubeflow.JobRunning)
	e.endLauncher(large)
	e.awaitCondition(large, kubeflow.JobSucceeded)
	ofLarge := log.untilQuiet(8*time.Second, writesFor(ns))
	e.hold(ofSmall, 2)
	e.hold(ofLarge, manyWorkers)
	page := renderWrites(byWriter(ofSmall), byWriter(ofLarge))
	fmt.Println(page)
	if *writesPage != "" {
		e.must(os.WriteFile(*writesPage, []byte(page), 0o644), "writing the page")
	}
}

// A cluster with many jobs of which nothing changes costs nothing but the lease, also when another
// controller takes over.
func TestIdleClusterCausesNoWrites(t *testing.T) {
	e := setup(t)
	ns := e.namespace("idle")
	e.fakeNodes(4)
	for i := range 100 {
		e.submit(e.admin, newJob(ns, fmt.Sprintf("ended-%d", i), workers(1), onFakeNodes, endsAtOnce))
	}
	for i := range 20 {
		e.submit(e.admin, newJob(ns, fmt.Sprintf("runs-%d", i), onFakeNodes))
	}
	e.awaitJobs(ns, "100 to have ended and 20 to run", func(jobs []*kubeflow.MPIJob) bool {
		ended, running := 0, 0
		for _, j := range jobs {
			switch {
			case isTrue(j, kubeflow.JobSucceeded):
				ended++
			case isTrue(j, kubeflow.JobRunning):
				running++
			}
		}
		return ended == 100 && running == 20
	})
	log := e.auditLog()
	ours := audited.ours
	log.untilQuiet(10*time.Second, ours)
	time.Sleep(30 * time.Second) // what must not happen has this long to happen
	if writes := log.next(ours); len(writes) > 0 {
		t.Errorf("nothing goes on, yet the controller wrote %v: %+v", oursIn(writes), writes)
	}
	e.deleteLeader()
	e.leader()
	time.Sleep(15 * time.Second)
	// The new replica's own: it says who it is.
	news := slices.DeleteFunc(log.next(ours), func(a audited) bool { return a.ObjectRef.Namespace == controllerSpace })
	if len(news) > 0 {
		t.Errorf("another replica leads now, and it wrote %v: %+v", oursIn(news), news)
	}
}

// renderWrites is docs/api-writes.md.
func renderWrites(small, large map[string]map[string]int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<!-- Written by make test-writes. DO NOT EDIT. -->
# What a job costs the API server in writes

From the API server's audit log: everything that was written from the creation of a job until nothing was
written any more, by anyone. The job of 2 Workers really ran; of the one with %d Workers the kubelets are
[fake](decisions/0026-scale-on-fake-nodes.md), which write less than real ones. Events are counted. Leases and the
nodes' own status, which no job causes, are not.

| who | 2 Workers | %d Workers | for each Worker more |
|---|---:|---:|---:|
`, manyWorkers, manyWorkers)
	var sums [2]int
	row := func(who string, a, b int) string {
		return fmt.Sprintf("| %s | %d | %d | %.1f |\n", who, a, b, float64(b-a)/(manyWorkers-2))
	}
	for _, who := range sortedByTotal(small, large) {
		x, y := total(small[who]), total(large[who])
		sums[0], sums[1] = sums[0]+x, sums[1]+y
		b.WriteString(row(who, x, y))
	}
	b.WriteString(row("**all**", sums[0], sums[1]))
	fmt.Fprintf(&b, `
A test holds the controller to %s, whatever its size, and one to end each Worker that still runs
at the end, since these jobs have cleanPodPolicy Running: with None or All it deletes none. While nothing changes it
writes nothing: not for jobs that have ended, that are suspended or that run, nor when another replica takes over.
What remains is the renewal of its lease, one every two seconds. [`+"`mpijob_api_writes_total`"+`](metrics.md) counts all
of them.

## What they are

| who | what | 2 Workers | %d Workers |
|---|---|---:|---:|
`, heldTo, manyWorkers)
	for _, who := range sortedByTotal(small, large) {
		for _, what := range keysOf(small[who], large[who]) {
			fmt.Fprintf(&b, "| %s | %s | %d | %d |\n", who, what, small[who][what], large[who][what])
		}
	}
	return b.String()
}

func keysOf(counts ...map[string]int) []string {
	var keys []string
	for _, c := range counts {
		for k := range c {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// byWriter counts writes by who wrote and what.
func byWriter(writes []audited) map[string]map[string]int {
	count := map[string]map[string]int{}
	for _, a := range writes {
		if count[a.writer()] == nil {
			count[a.writer()] = map[string]int{}
		}
		count[a.writer()][a.what()]++
	}
	return count
}

// sortedByTotal are the writers of some counts, those that wrote most first.
func sortedByTotal(counts ...map[string]map[string]int) []string {
	all := map[string]int{}
	for _, count := range counts {
		for who, what := range count {
			all[who] += total(what)
		}
	}
	var names []string
	for who := range all {
		names = append(names, who)
	}
	slices.SortFunc(names, func(a, b string) int {
		if all[a] != all[b] {
			return all[b] - all[a]
		}
		return strings.Compare(a, b)
	})
	return names
}
