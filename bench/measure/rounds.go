package measure

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/bench/contender"
	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/stats"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

type resource = schema.GroupVersionResource

// settle is between two jobs, so that the kubelet's sweeping after one is not billed to the next.
const settle = 500 * time.Millisecond

// WarmUp runs every contender once, unmeasured, and learns the agent's image from a job of ours.
func (r *Runner) WarmUp(ctx context.Context, contenders []contender.Contender) error {
	for _, c := range contenders {
		job, err := r.start(ctx, c, "warm-up", r.Work)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Title, err)
		}
		run, err := job.untilFinished(ctx, r.Timeout)
		if image := job.tracker.agentImage(); image != "" {
			r.Work.AgentImage = image
		}
		if err == nil && run.Outcome != result.Succeeded {
			err = fmt.Errorf("its first job %s: %s", run.Outcome, run.Message)
		}
		if err := job.remove(ctx, err); err != nil {
			return fmt.Errorf("%s: %w", c.Title, err)
		}
		fmt.Fprintf(r.Out, "warm-up  %-50s %5.1f s\n", c.Title, run.Seconds)
	}
	return nil
}

// Rounds runs every contender once a round, in an order that rotates, and calls save after each round. No
// round begins after the bound.
func (r *Runner) Rounds(ctx context.Context, contenders []contender.Contender, rounds int, bound time.Duration, into []result.Contender, save func() error) error {
	start := time.Now()
	for round := range rounds {
		if time.Since(start) > bound {
			return nil
		}
		var line strings.Builder
		began := time.Now()
		for _, i := range stats.Rotate(len(contenders), round) {
			run, err := r.Once(ctx, contenders[i], fmt.Sprintf("pi-%02d", round))
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round+1, contenders[i].Title, err)
			}
			run.Round = round
			into[i].Runs = append(into[i].Runs, run)
			if err := pause(ctx, settle); err != nil {
				return err
			}
		}
		for i, c := range contenders {
			line.WriteString("  " + c.Key + " " + brief(into[i].Runs[round]))
		}
		fmt.Fprintf(r.Out, "round %2d/%d (%2.0f s)%s\n", round+1, rounds, time.Since(began).Seconds(), line.String())
		if err := save(); err != nil {
			return err
		}
	}
	return nil
}

// Soak runs n jobs of one contender in a row and counts what must not happen.
func (r *Runner) Soak(ctx context.Context, c contender.Contender, n int) (*result.Soak, error) {
	soak := &result.Soak{}
	var seconds []float64
	for i := range n {
		run, err := r.Once(ctx, c, fmt.Sprintf("soak-%03d", i))
		if err != nil {
			return soak, fmt.Errorf("job %d in a row: %w", i+1, err)
		}
		soak.Jobs++
		soak.LauncherRestarts += run.LauncherRestarts
		if run.Outcome == result.Succeeded {
			seconds = append(seconds, run.Seconds)
		} else {
			soak.Failures++
			soak.Messages = append(soak.Messages, run.Message)
		}
		soak.Seconds = stats.Summarize(seconds)
		fmt.Fprintf(r.Out, "soak %3d/%d  %s  failures %d, launcher restarts %d\n", i+1, n, brief(run), soak.Failures, soak.LauncherRestarts)
	}
	return soak, nil
}

func brief(run result.Run) string {
	text := fmt.Sprintf("%.2f", run.Seconds)
	if run.Outcome != result.Succeeded {
		text = string(run.Outcome)
	}
	if run.LauncherRestarts > 0 {
		text += fmt.Sprintf(" (%d restarts)", run.LauncherRestarts)
	}
	return text
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
