//go:build e2e && failures

package e2e

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/failure"
)

// failureCase provokes one reason of the catalogue for real, or is a control: something that looks
// like it and must be called by another name.
type failureCase struct {
	name string
	// reason is what must be reported; empty: the job must succeed.
	reason failure.Reason
	// not makes a control of it: the reason it must not be taken for.
	not failure.Reason
	// provoked is how, in a few words, for the table at the end.
	provoked string
	// namespace makes the place it happens in; nil: team-a.
	namespace func(*env) string
	// prepare changes the job by what only the running test knows, such as a registry's address.
	prepare func(*env, *kubeflow.MPIJob)
	opts    []option
	// early is done as soon as the job exists, strike once its ranks have said that they run.
	early, strike func(*env, *kubeflow.MPIJob)
	// waits: the job must say so while it waits, instead of failing.
	waits bool
	// alone: it harms the whole sandbox for a while, so nothing may run beside it.
	alone bool

	where      string // beginning of the place
	rank       *int
	confidence failure.Confidence
	says       []string // all in the message
	log        string   // in the kept lines of the log; "" where there need be none
	limit      bool     // the memory limit is known
}

// failureGroups is every case of the suite. A part of the product that adds a reason adds its cases
// in a file of its own, and a line here.
var failureGroups = []func() []failureCase{
	startFailures,
	rankFailures,
	workerFailures,
	jobFailures,
	mpiFailures,
}

func failureCases() []failureCase {
	var all []failureCase
	for _, group := range failureGroups {
		all = append(all, group()...)
	}
	return all
}

// provokedElsewhere are reasons that need the whole node, or Volcano, to themselves: other suites
// provoke them for real.
var provokedElsewhere = map[failure.Reason]string{
	failure.Unschedulable:             "TestWaitingForRoom", // fills the node's GPUs; make test-e2e
	failure.GangIncomplete:            "TestWaitingForRoom",
	failure.PreemptedByHigherPriority: "TestGangPriority", // needs Volcano; make test-gang
}

// TestEveryReasonHasACase holds the suite to the catalogue.
func TestEveryReasonHasACase(t *testing.T) {
	has := map[failure.Reason]bool{}
	names := map[string]bool{}
	for _, c := range failureCases() {
		has[c.reason] = true
		if c.provoked == "" || c.reason == c.not || names[c.name] {
			t.Errorf("case %s: needs a name of its own, a word on how it is provoked, and as a control another reason than %q", c.name, c.not)
		}
		names[c.name] = true
	}
	sources, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for reason, test := range provokedElsewhere {
		has[reason] = slices.ContainsFunc(sources, func(path string) bool {
			text, err := os.ReadFile(path)
			return err == nil && strings.Contains(string(text), "func "+test+"(")
		})
	}
	for _, e := range failure.Catalogue() {
		if !has[e.Reason] {
			t.Errorf("no case of the suite provokes %s", e.Reason)
		}
	}
}

// TestFailures runs every case and prints what was reported.
func TestFailures(t *testing.T) {
	e := setup(t)
	var table failureTable
	t.Cleanup(func() { fmt.Print(table.String()) })
	t.Run("side by side", func(t *testing.T) {
		for _, c := range failureCases() {
			if !c.alone {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					table.add(c, e.in(t).provoke(c))
				})
			}
		}
	})
	for _, c := range failureCases() {
		if c.alone {
			t.Run(c.name, func(t *testing.T) { table.add(c, e.in(t).provoke(c)) })
		}
	}
}

// reported is what came of a case.
type reported struct {
	reason   failure.Reason
	sentence string
	took     time.Duration
	since    string
}

func (e *env) provoke(c failureCase) reported {
	e.t.Helper()
	ns := teamA
	if c.namespace != nil {
		ns = c.namespace(e)
	}
	job := newJob(ns, "fail-"+c.name, c.opts...)
	if c.prepare != nil {
		c.prepare(e, job)
	}
	job = e.submit(e.admin, job)
	from, since := time.Now(), "creation"
	if c.early != nil {
		c.early(e, job)
	}
	if c.strike != nil {
		e.awaitCondition(job, kubeflow.JobRunning)
		e.awaitLog(job, started)
		from, since = time.Now(), "strike"
		c.strike(e, job)
	}
	if c.waits {
		message := e.awaitWaiting(job, c.says)
		return reported{c.reason, message, time.Since(from), since}
	}
	if c.reason == "" {
		e.awaitCondition(job, kubeflow.JobSucceeded)
		return reported{"", "succeeded", time.Since(from), since}
	}
	got := e.awaitCondition(job, kubeflow.JobFailed)
	took := time.Since(from)
	r := e.report(got)
	e.checkCase(got, r, c)
	return reported{r.Failure.Reason, r.Sentence, took, since}
}

// awaitWaiting waits until the job says all of this about what it waits for, and returns the message.
func (e *env) awaitWaiting(job *kubeflow.MPIJob, says []string) string {
	e.t.Helper()
	got := e.awaitJob(job, "waiting, and saying "+strings.Join(says, ", "), func(j *kubeflow.MPIJob) bool {
		c := condition(j, kubeflow.JobCreated)
		return c != nil && !slices.ContainsFunc(says, func(s string) bool { return !strings.Contains(c.Message, s) })
	})
	return condition(got, kubeflow.JobCreated).Message
}

// checkCase checks all that is said about a failed job, and that everyone says the same.
func (e *env) checkCase(job *kubeflow.MPIJob, r failure.Report, c failureCase) {
	e.t.Helper()
	e.checkFailure(job, fault{reason: c.reason, where: c.where, says: c.says})
	f := r.Failure
	if f.Reason == c.not {
		e.t.Errorf("this is no %s: %s", c.not, r.Sentence)
	}
	if c.rank != nil && (f.Rank == nil || *f.Rank != *c.rank) {
		e.t.Errorf("the rank should be %d: %s", *c.rank, r.Sentence)
	}
	if c.confidence != "" && f.Confidence != c.confidence {
		e.t.Errorf("it should be %s, not %s: %s", c.confidence, f.Confidence, r.Sentence)
	}
	if f.Evidence == "" || f.Confidence == "" {
		e.t.Errorf("no evidence or confidence: %+v", f)
	}
	if c.log != "" && !strings.Contains(strings.Join(f.LogTail, "\n"), c.log) {
		e.t.Errorf("the kept lines of the log are without %q: %q", c.log, f.LogTail)
	}
	if c.limit && f.Limit == 0 {
		e.t.Errorf("the limit isn't known: %+v", f)
	}
}

// failureTable collects what the cases reported.
type failureTable struct {
	mu   sync.Mutex
	rows []string
}

func (t *failureTable) add(c failureCase, got reported) {
	t.mu.Lock()
	defer t.mu.Unlock()
	reason := string(got.reason)
	if c.not != "" {
		reason = fmt.Sprintf("%s, not %s", cmp.Or(reason, "(no failure)"), c.not)
	}
	t.rows = append(t.rows, fmt.Sprintf("| %s | %s | %s | %.1f s after %s |", reason, c.provoked, got.sentence, got.took.Seconds(), got.since))
}

func (t *failureTable) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.Sort(t.rows)
	return "\n| Reason | Provoked by | Reported | Time |\n|---|---|---|---|\n" + strings.Join(t.rows, "\n") + "\n\n"
}

// onWorkers changes the Workers' main container.
func onWorkers(change func(*corev1.Container)) option {
	return func(job *kubeflow.MPIJob) { change(&workerPod(job).Containers[0]) }
}
