package measure

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/bench/contender"
	"github.com/opendatahub-io/mpijob/bench/machine"
	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/stats"
)

// CLI times `odh training list` as a whole process, n times, while a finished job is there to be listed.
func (r *Runner) CLI(ctx context.Context, odh, kubeconfig string, c contender.Contender, n int) (*result.CLI, error) {
	job, err := r.start(ctx, c, "listed", r.Work)
	if err != nil {
		return nil, err
	}
	_, err = job.untilFinished(ctx, r.Timeout)
	var seconds []float64
	args := []string{"training", "list", "-n", c.Namespace}
	for i := 0; i <= n && err == nil; i++ {
		command := exec.CommandContext(ctx, odh, args...)
		command.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
		began := time.Now()
		output, failed := command.CombinedOutput()
		took := time.Since(began).Seconds()
		if failed != nil {
			err = fmt.Errorf("odh %s: %w: %s", strings.Join(args, " "), failed, output)
		} else if i > 0 { // the first brings the file into memory
			seconds = append(seconds, took)
		}
	}
	if err := job.remove(ctx, err); err != nil {
		return nil, err
	}
	summary := stats.Summarize(seconds)
	fmt.Fprintf(r.Out, "odh training list  p50 %.0f ms, p95 %.0f ms\n", summary.P50*1000, summary.P95*1000)
	return &result.CLI{Command: "odh training list", Seconds: summary}, nil
}

// Agent weighs the agent that a Worker of this contender runs.
func (r *Runner) Agent(ctx context.Context, c contender.Contender) (*result.Agent, error) {
	work := r.Work
	work.Program = lasting
	job, err := r.start(ctx, c, "weighed", work)
	if err != nil {
		return nil, err
	}
	agent := &result.Agent{}
	if err = job.untilRanksRun(ctx, work.Slots); err == nil {
		var container machine.Container
		if container, err = machine.NewContainer(job.tracker.victim()); err == nil {
			agent.Bytes, err = container.ProgramSize()
		}
	}
	if err := job.remove(ctx, err); err != nil {
		return nil, err
	}
	fmt.Fprintf(r.Out, "mpi-agent  %.2f MB\n", float64(agent.Bytes)/1e6)
	return agent, nil
}
