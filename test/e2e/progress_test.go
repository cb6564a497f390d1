//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/mpijob"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// A rank on a Worker tells how far it is; the terminal, REST and its stream show it while the job runs, and
// the last of it when the job is over.
func TestProgress(t *testing.T) {
	t.Parallel()
	e := setup(t)
	scientist := e.face(e.scientist)
	const name, path = "e2e-progress", "/namespaces/" + teamA + "/trainingjobs/e2e-progress"
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	stream := scientist.do(ctx, "GET", "/streams/namespaces/"+teamA+"/trainingjobs?search="+name, "")
	defer stream.Body.Close()

	job := readJob(t, "examples", "progress", "progress.yaml")
	job.Namespace, job.Name = teamA, name
	e.submit(e.scientist, job)
	var seen []training.Job
	for lines := bufio.NewScanner(stream.Body); lines.Scan(); {
		var j training.Job
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok || json.Unmarshal([]byte(data), &j) != nil || j.Name != name || j.Progress == nil {
			continue
		}
		if seen = append(seen, j); len(seen) == 1 {
			e.in(t).showsProgress(path, j.Name)
		}
		if j.Phase.Finished() {
			break
		}
	}
	// The feed is faster than the kubelet: the first can come while the job is still said to be pending.
	if len(seen) < 2 || seen[0].Phase.Finished() {
		t.Fatalf("the stream told of %+v", seen)
	}
	// A write each ten seconds at most: the program ran for twenty, and told each second. Other writes of the job's status
	// carry the newest progress along, so a few more are fine.
	told := map[int64]bool{}
	for _, j := range seen {
		told[j.Progress.At.UnixNano()] = true
	}
	if len(told) > 6 || len(seen) > 12 {
		t.Errorf("%d changes of a job that ran for 20 s, %d of its progress", len(seen), len(told))
	}
	first, last := seen[0].Progress, seen[len(seen)-1].Progress
	if first.Percent == nil || *first.Percent >= 100 || first.ExpectedEnd == nil || !first.ExpectedEnd.After(first.At) {
		t.Errorf("first %+v", first)
	}
	if last.Percent != nil || last.ExpectedEnd != nil || len(last.Metrics) != 2 || last.Metrics[1] != (training.TrainingMetric{Name: "pass", Value: 20}) {
		t.Errorf("last %+v", last)
	}
	if loss := last.Metrics[0]; loss.Name != "loss" || loss.Value <= 0 || loss.Value >= first.Metrics[0].Value {
		t.Errorf("loss %v, at first %v", loss, first.Metrics[0])
	}
	done := e.awaitCondition(job, kubeflow.JobSucceeded)
	if c := condition(done, mpijob.ConditionProgress); c == nil || c.Status != corev1.ConditionTrue || !strings.HasPrefix(c.Message, "100% done") || done.Status.Conditions[0].Type != mpijob.ConditionProgress {
		t.Errorf("conditions %s", conditions(done))
	}
}

// showsProgress looks at a job that has told some, as people and programs do.
func (e *env) showsProgress(path, name string) {
	e.t.Helper()
	var j training.Job
	if status, text := e.face(e.scientist).call("GET", path, ""); status != http.StatusOK || json.Unmarshal([]byte(text), &j) != nil || j.Progress == nil || j.Progress.Percent == nil {
		e.t.Errorf("REST: %d %s", status, text)
	}
	odh := func(args ...string) string {
		cmd := exec.CommandContext(e.ctx, filepath.Join(repoRoot(e.t), "bin", "odh"), append([]string{"training"}, args...)...) //nolint:gosec // its own
		cmd.Env = append(os.Environ(), "KUBECONFIG="+e.scientist.Kubeconfig)
		out, err := cmd.CombinedOutput()
		if err != nil {
			e.t.Errorf("odh training %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	for _, args := range [][]string{{"list", "--search", name, "-o", "wide"}, {"describe", name}} {
		if out := odh(args...); !strings.Contains(out, "%, ") || !strings.Contains(out, "s left") {
			e.t.Errorf("odh training %v:\n%s", args, out)
		}
	}
	if out := odh("describe", name); !strings.Contains(out, "metrics    loss ") {
		e.t.Errorf("describe has no metrics:\n%s", out)
	}
}
