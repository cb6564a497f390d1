package measure

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"time"

	"github.com/opendatahub-io/mpijob/bench/contender"
	"github.com/opendatahub-io/mpijob/bench/machine"
	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/stats"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// What is killed, and how long the status may take to say so.
const (
	victim    = "1"
	killBound = 20 * time.Second
)

// cause matches a message that names the Worker that was killed, in our words or as its pod.
var cause = regexp.MustCompile(`(?i)\bworker[ -]` + victim + `\b`)

// lasting is a program that is still there when its Worker is killed.
var lasting = []string{"sleep", "600"}

// Kill kills a Worker's container in mid-run, rounds times, and takes the time until the job's status
// names the cause.
func (r *Runner) Kill(ctx context.Context, c contender.Contender, rounds int) (result.Kill, error) {
	kill := result.Kill{Key: c.Key, Title: c.Title, Bound: killBound.Seconds()}
	var seconds []float64
	for round := range rounds {
		took, err := r.killOnce(ctx, c, fmt.Sprintf("kill-%02d", round), &kill)
		if err != nil {
			return kill, fmt.Errorf("killing a Worker of %s: %w", c.Title, err)
		}
		kill.Rounds++
		text := "not named"
		if took > 0 {
			kill.Named++
			seconds = append(seconds, took)
			text = fmt.Sprintf("named after %.2f s", took)
		}
		kill.Seconds = stats.Summarize(seconds)
		fmt.Fprintf(r.Out, "kill %d/%d  %s  %s: %s\n", round+1, rounds, c.Key, text, kill.State)
	}
	return kill, nil
}

// killOnce returns the seconds from the kill until the cause was named, 0 if it was not within the bound.
func (r *Runner) killOnce(ctx context.Context, c contender.Contender, name string, kill *result.Kill) (float64, error) {
	work := r.Work
	work.Program = lasting
	job, err := r.start(ctx, c, name, work)
	if err != nil {
		return 0, err
	}
	if err := job.untilRanksRun(ctx, work.Slots); err != nil {
		return 0, job.remove(ctx, err)
	}
	before := maps.Clone(job.messages)
	container, err := machine.NewContainer(job.tracker.victim())
	if err == nil {
		err = container.Kill()
	}
	killed := time.Now()
	var took float64
	if err == nil {
		took, err = job.untilNamed(ctx, killed, before)
	}
	kill.State = job.state
	kill.LauncherRestarts += job.tracker.launcherRestarts()
	return took, job.remove(ctx, err)
}

// untilRanksRun waits until the victim runs its ranks.
func (j *job) untilRanksRun(ctx context.Context, ranks int) error {
	bounded, cancel := context.WithTimeout(ctx, j.runner.Timeout)
	defer cancel()
	for {
		look, cancel := context.WithTimeout(bounded, 100*time.Millisecond)
		_, err := j.next(look)
		cancel()
		if bounded.Err() != nil {
			return fmt.Errorf("its ranks did not start: %w: %s", bounded.Err(), j.state)
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		container, err := machine.NewContainer(j.tracker.victim())
		if err == nil && container.Count(lasting[0]) >= ranks {
			return nil
		}
	}
}

// untilNamed waits until a message that was not there before names the victim; 0 if none does in time.
func (j *job) untilNamed(ctx context.Context, killed time.Time, before map[string]bool) (float64, error) {
	bounded, cancel := context.WithDeadline(ctx, killed.Add(killBound))
	defer cancel()
	for {
		seen, err := j.next(bounded)
		switch {
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case bounded.Err() != nil:
			return 0, nil
		case err != nil:
			return 0, err
		}
		if named(j.messages, before) {
			return seen.At.Sub(killed).Seconds(), nil
		}
	}
}

// named says whether a message beyond those before names the victim.
func named(messages, before map[string]bool) bool {
	for message := range messages {
		if !before[message] && cause.MatchString(message) {
			return true
		}
	}
	return false
}

type condition struct{ kind, message string }

// conditions are those that hold, in the order the status lists them.
func conditions(object *unstructured.Unstructured) []condition {
	list, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	var hold []condition
	for _, item := range list {
		c, ok := item.(map[string]any)
		if !ok || c["status"] != "True" {
			continue
		}
		hold = append(hold, condition{kind: fmt.Sprint(c["type"]), message: fmt.Sprint(c["message"])})
	}
	return hold
}
