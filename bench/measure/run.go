// Package measure runs contenders and takes the time.
package measure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/opendatahub-io/mpijob/bench/cluster"
	"github.com/opendatahub-io/mpijob/bench/contender"
	"github.com/opendatahub-io/mpijob/bench/machine"
	"github.com/opendatahub-io/mpijob/bench/result"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

// Runner runs contenders on one cluster, one job at a time.
type Runner struct {
	Client  *cluster.Client
	Work    contender.Work
	Timeout time.Duration // of one job, and of its deletion
	Out     io.Writer     // one line of progress a round
}

// Prepare makes the contender's namespace and what must be in it before the first run.
func (r *Runner) Prepare(ctx context.Context, c contender.Contender) error {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	if err := r.Client.EnsureNamespace(ctx, c.Namespace, c.Target); err != nil {
		return err
	}
	setup, err := c.Setup(r.Work)
	if err != nil {
		return err
	}
	objects, err := cluster.Decode(setup)
	if err != nil {
		return err
	}
	resources, err := r.Client.Resources(objects)
	if err != nil {
		return err
	}
	if err := cluster.Create(ctx, resources, objects); err != nil {
		return err
	}
	return r.Client.Keep(ctx, c.Namespace)
}

// Once runs one job to its end, deletes it and waits until nothing of it is left. A job that fails or
// times out is a result; an error is something that makes further runs pointless.
func (r *Runner) Once(ctx context.Context, c contender.Contender, name string) (result.Run, error) {
	job, err := r.start(ctx, c, name, r.Work)
	if err != nil {
		return result.Run{}, err
	}
	run, err := job.untilFinished(ctx, r.Timeout)
	return run, job.remove(ctx, err)
}

// job is one that was created and is being watched.
type job struct {
	runner    *Runner
	contender contender.Contender
	name      string
	objects   []*unstructured.Unstructured
	resources []dynamic.ResourceInterface
	created   time.Time
	load      float64
	tracker   *tracker
	// messages are all the job's status said so far, state its last condition.
	messages map[string]bool
	state    string
	seen     <-chan cluster.Seen
	stop     context.CancelFunc // ends the watch
}

// start watches, then creates: nothing of the job can be missed.
func (r *Runner) start(ctx context.Context, c contender.Contender, name string, work contender.Work) (*job, error) {
	manifest, err := c.Manifest(name, work)
	if err != nil {
		return nil, err
	}
	j := &job{runner: r, contender: c, name: name, load: machine.Load(),
		tracker: newTracker(work.Workers), messages: map[string]bool{}}
	if j.objects, err = cluster.Decode(manifest); err != nil {
		return nil, err
	}
	if j.resources, err = r.Client.Resources(j.objects); err != nil {
		return nil, err
	}
	kinds := append([]resource{cluster.Pods}, c.Target)
	if c.Target == cluster.Pods {
		kinds = kinds[:1]
	}
	watching, stop := context.WithCancel(ctx)
	j.stop = stop
	if j.seen, err = r.Client.Watch(watching, c.Namespace, kinds...); err != nil {
		stop()
		return nil, err
	}
	j.created = time.Now()
	if err := cluster.Create(ctx, j.resources, j.objects); err != nil {
		return nil, j.remove(ctx, err)
	}
	return j, nil
}

// next waits for the next change of the job and books it.
func (j *job) next(ctx context.Context) (cluster.Seen, error) {
	select {
	case <-ctx.Done():
		return cluster.Seen{}, ctx.Err()
	case seen := <-j.seen:
		if seen.Resource != cluster.Pods {
			if j.isTarget(seen) {
				for _, c := range conditions(seen.Object) {
					j.messages[c.message], j.state = true, c.kind+": "+c.message
				}
			}
			return seen, nil
		}
		pod, err := seen.Pod()
		if err != nil {
			return seen, err
		}
		j.tracker.observe(seen.At.Sub(j.created).Seconds(), pod)
		return seen, nil
	}
}

// isTarget says whether what was seen is the object that tells the job's end.
func (j *job) isTarget(seen cluster.Seen) bool {
	return seen.Resource == j.contender.Target && seen.Object.GetName() == j.contender.TargetName(j.name)
}

func (j *job) untilFinished(ctx context.Context, timeout time.Duration) (result.Run, error) {
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	run := result.Run{Load: j.load}
	for {
		seen, err := j.next(bounded)
		switch {
		case ctx.Err() != nil:
			return run, ctx.Err()
		case bounded.Err() != nil:
			run.Seconds, run.Outcome, run.Message = timeout.Seconds(), result.TimedOut, fmt.Sprintf("not finished after %v", timeout)
		case err != nil:
			return run, err
		case j.isTarget(seen):
			run.Outcome, run.Message = j.contender.Finished(seen.Object)
			run.Seconds = seen.At.Sub(j.created).Seconds()
		}
		if run.Outcome != "" {
			run.Marks, run.LauncherRestarts = j.tracker.marks, j.tracker.launcherRestarts()
			return run, nil
		}
	}
}

// remove deletes the job and waits until nothing of it is left, also where the run is being stopped. It
// returns the error it was given, or its own.
func (j *job) remove(ctx context.Context, err error) error {
	j.stop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), j.runner.Timeout)
	defer cancel()
	removed := cluster.Delete(ctx, j.resources, j.objects)
	if removed == nil {
		removed = j.runner.Client.AwaitEmpty(ctx, j.contender.Namespace)
	}
	return errors.Join(err, removed)
}
