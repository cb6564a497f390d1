package scale

import (
	"context"
	"fmt"
	"io"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/opendatahub-io/mpijob/bench/cluster"
	"github.com/opendatahub-io/mpijob/bench/contender"
	"github.com/opendatahub-io/mpijob/bench/machine"
	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/stats"
)

// Parallel is how many create calls go on at once, for every contender.
const Parallel = 16

// Runner measures on one sandbox, one contender at a time.
type Runner struct {
	Client  *cluster.Client
	Sandbox string        // command that changes what the control plane is started with
	Timeout time.Duration // of one run, and of its deletion
	Out     io.Writer     // one line of progress a run

	now     state
	started bool
}

// settle is between two runs, so that what follows a deletion is not billed to the next.
const settle = 2 * time.Second

// Prepare makes the fake nodes, the namespaces, and what must be in them before the first run.
func (r *Runner) Prepare(ctx context.Context, settings result.Settings, shapes []result.Shape) error {
	if _, err := r.switchTo(ctx, state{settings: settings, operator: &Operator{}}); err != nil {
		return err
	}
	if err := r.makeNodes(ctx); err != nil {
		return err
	}
	prepared := map[string]bool{}
	for _, c := range All() {
		if prepared[c.Namespace] {
			continue
		}
		prepared[c.Namespace] = true
		if err := r.Client.EnsureNamespace(ctx, c.Namespace, c.Target); err != nil {
			return err
		}
		for _, workers := range sizes(shapes) {
			objects, err := c.Setup(workers)
			if err != nil {
				return err
			}
			if err := r.Client.CreateAll(ctx, objects, Parallel); err != nil {
				return err
			}
		}
		if err := r.Client.Keep(ctx, c.Namespace); err != nil {
			return err
		}
	}
	return nil
}

// sizes are the numbers of Workers that occur.
func sizes(shapes []result.Shape) []int {
	var out []int
	seen := map[int]bool{}
	for _, s := range append(shapes, small) {
		if !seen[s.Workers] {
			seen[s.Workers] = true
			out = append(out, s.Workers)
		}
	}
	return out
}

// small is what warms a contender up.
var small = result.Shape{Key: "warm-up", Jobs: 1, Workers: 2}

// Rounds runs every contender once a round in an order that rotates, and calls save after each run. No
// round begins after the deadline.
func (r *Runner) Rounds(ctx context.Context, block *result.Block, contenders []Contender, rounds int, deadline time.Time, save func() error) error {
	for round := range rounds {
		for _, i := range stats.Rotate(len(contenders), round) {
			if round > 0 && time.Now().After(deadline) {
				return nil
			}
			c := contenders[i]
			if err := r.ready(ctx, block.Settings, c); err != nil {
				return fmt.Errorf("%s: %w", c.Title, err)
			}
			run, err := r.once(ctx, c, fmt.Sprintf("r%02d", round), block.Shape)
			if err != nil {
				return fmt.Errorf("round %d, %s: %w", round+1, c.Title, err)
			}
			run.Round = round
			block.Contenders[i].Runs = append(block.Contenders[i].Runs, run)
			fmt.Fprintf(r.Out, "%s, %s, round %d/%d  %-14s %6.2f s  %s (submitted %.2f, created %.2f, load %.1f)\n",
				block.Settings.Key, block.Shape.Key, round+1, rounds, c.Key, run.Seconds, run.Outcome, run.Submitted, run.Created, run.Load)
			if err := save(); err != nil {
				return err
			}
		}
	}
	return nil
}

// ready brings the sandbox into the contender's state; what was started anew does a small job first.
func (r *Runner) ready(ctx context.Context, settings result.Settings, c Contender) error {
	changed, err := r.switchTo(ctx, state{settings: settings, operator: c.Operator})
	if err != nil || !changed {
		return err
	}
	_, err = r.once(ctx, c, "warm-up", small)
	return err
}

// WarmUp runs a small job of every contender, unmeasured.
func (r *Runner) WarmUp(ctx context.Context, settings result.Settings, contenders []Contender) error {
	for _, c := range contenders {
		if _, err := r.switchTo(ctx, state{settings: settings, operator: c.Operator}); err != nil {
			return fmt.Errorf("%s: %w", c.Title, err)
		}
		run, err := r.once(ctx, c, "warm-up", small)
		if err == nil && run.Outcome != result.Succeeded {
			err = fmt.Errorf("its first job %s: %s", run.Outcome, run.Message)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Title, err)
		}
	}
	return nil
}

// once creates everything at once, waits until all pods run, deletes it and waits until nothing is left.
// What times out is a result; an error makes further runs pointless.
func (r *Runner) once(ctx context.Context, c Contender, name string, shape result.Shape) (result.ScaleRun, error) {
	objects, err := c.Jobs(name, shape)
	if err != nil {
		return result.ScaleRun{}, err
	}
	run, err := r.follow(ctx, c, objects, shape)
	cleaning, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.Timeout)
	defer cancel()
	if removed := r.Client.DeleteAll(cleaning, c.Namespace, c.Target); err == nil {
		err = removed
	}
	if err == nil {
		err = pause(ctx, settle)
	}
	return run, err
}

// follow watches, then creates: no pod can be missed.
func (r *Runner) follow(ctx context.Context, c Contender, objects []*unstructured.Unstructured, shape result.Shape) (result.ScaleRun, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	seen, err := r.Client.Watch(ctx, c.Namespace, cluster.Pods)
	if err != nil {
		return result.ScaleRun{}, err
	}
	t := newTracker(shape.Pods())
	t.run.Load = machine.Load()
	start := time.Now()
	submitted := make(chan error, 1)
	go func() {
		err := r.Client.CreateAll(ctx, objects, Parallel)
		submitted <- err
	}()
	timeout := time.After(r.Timeout)
	for open := submitted; ; {
		select {
		case <-ctx.Done():
			return t.run, ctx.Err()
		case <-timeout:
			t.run.Outcome, t.run.Message = result.TimedOut, fmt.Sprintf("%d of %d pods run after %v", t.counts[running], t.expected, r.Timeout)
			return t.run, nil
		case err := <-open:
			if err != nil {
				return t.run, err
			}
			t.run.Submitted, open = time.Since(start).Seconds(), nil
		case s := <-seen:
			t.observe(s.At.Sub(start).Seconds(), s.Object)
		}
		if t.run.Outcome != "" && t.run.Submitted > 0 {
			return t.run, nil
		}
	}
}

var (
	nodes  = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	leases = schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}
)

// makeNodes makes the fake nodes anew and waits until they take pods.
func (r *Runner) makeNodes(ctx context.Context) error {
	if err := r.RemoveNodes(ctx); err != nil {
		return err
	}
	fake, err := FakeNodes()
	if err != nil {
		return err
	}
	if err := r.Client.CreateAll(ctx, fake, Parallel); err != nil {
		return err
	}
	for _, node := range fake {
		// The taint of a node that is not ready goes a moment after kwok has reported it ready.
		own := len(taints(node))
		if err := r.Client.Await(ctx, nodes, "", node.GetName(), func(o *unstructured.Unstructured) bool {
			return o != nil && ready(o) && len(taints(o)) == own
		}); err != nil {
			return err
		}
	}
	return nil
}

// RemoveNodes removes the fake nodes, also those of an earlier run.
func (r *Runner) RemoveNodes(ctx context.Context) error {
	fake, err := FakeNodes()
	if err != nil {
		return err
	}
	return r.Client.DeleteEach(ctx, fake)
}

func taints(node *unstructured.Unstructured) []any {
	list, _, _ := unstructured.NestedSlice(node.Object, "spec", "taints")
	return list
}

func ready(node *unstructured.Unstructured) bool {
	list, _, _ := unstructured.NestedSlice(node.Object, "status", "conditions")
	for _, item := range list {
		if c, ok := item.(map[string]any); ok && c["type"] == "Ready" {
			return c["status"] == "True"
		}
	}
	return false
}

// operatorLease is what the MPI operator leads by.
const operatorLease = "mpi-operator"

// operatorLeads takes the lease away from the MPI operator that was stopped, which does not give it back,
// and waits until the new one has it: its start is not what is measured.
func (r *Runner) operatorLeads(ctx context.Context) error {
	if err := r.Client.DeleteOne(ctx, leases, contender.OperatorNamespace, operatorLease); err != nil {
		return fmt.Errorf("taking away the MPI operator's lease: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return r.Client.Await(ctx, leases, contender.OperatorNamespace, operatorLease, func(o *unstructured.Unstructured) bool { return o != nil })
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
