package scale

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/opendatahub-io/mpijob/bench/cluster"
	"github.com/opendatahub-io/mpijob/bench/machine"
	"github.com/opendatahub-io/mpijob/bench/result"
)

// What is in the cluster when memory is read.
const (
	memoryRunning = 50
	memoryWorkers = 10
	// quiet is how long nothing happens before memory is read.
	quiet = 30 * time.Second
)

// oursRuns knows our controller by a flag of its own, whether it runs in a pod or beside it. The sandbox's
// own process that rolls it out has the flag too.
func oursRuns(argv []string) bool {
	return machine.HasFlag("--agent-image")(argv) && !machine.Runs("sandbox")(argv)
}

// weighed are the controllers whose memory is read.
var weighed = []struct {
	key, title string
	wanted     func([]string) bool
	restart    bool
}{
	{Ours, "our controller", oursRuns, true},
	{OperatorKey, "MPI operator 0.8.2", machine.Runs("mpi-operator"), true},
	{Trainer, "Kubeflow Trainer, for ours", machine.Runs("trainer-controller-manager"), false},
	{"jobset", "JobSet, for ours", machine.Runs("jobset"), false},
}

// batch is how many jobs of each controller end together: enough to keep both busy.
const batch = 100

// Memory brings in so many jobs that end and some that run, of ours and of the MPI operator side by
// side, and reads what the controllers hold. No batch of jobs that end begins after the deadline; both
// have as many.
func (r *Runner) Memory(ctx context.Context, finished int, deadline time.Time) (*result.Memory, error) {
	if _, err := r.switchTo(ctx, state{settings: Raised, operator: &Tuned}); err != nil {
		return nil, err
	}
	m := &result.Memory{Running: memoryRunning, Workers: memoryWorkers}
	for _, w := range weighed {
		m.Processes = append(m.Processes, result.Processes{Key: w.key, Title: w.title})
	}
	read := func(into func(*result.Processes) *[]int64) {
		for i, w := range weighed {
			for _, p := range machine.Programs(w.wanted) {
				*into(&m.Processes[i]) = append(*into(&m.Processes[i]), p.Resident())
			}
		}
	}
	var peers []Contender
	for _, c := range All() {
		if c.Key == Ours || c.Key == operatorFast {
			peers = append(peers, c)
		}
	}
	defer r.empty(ctx, peers)
	if err := r.restart(ctx); err != nil {
		return nil, err
	}
	read(func(p *result.Processes) *[]int64 { return &p.Idle })
	start := time.Now()
	for m.Finished < finished && time.Now().Before(deadline) {
		n := min(batch, finished-m.Finished)
		if err := r.fill(ctx, peers, fmt.Sprintf("finished-%04d", m.Finished), result.Shape{Jobs: n, Workers: 1}, true); err != nil {
			return nil, err
		}
		m.Finished += n
		fmt.Fprintf(r.Out, "memory  %d of %d jobs of each ended after %.0f s\n", m.Finished, finished, time.Since(start).Seconds())
	}
	if err := r.fill(ctx, peers, "running", result.Shape{Jobs: memoryRunning, Workers: memoryWorkers}, false); err != nil {
		return nil, err
	}
	if err := pause(ctx, quiet); err != nil {
		return nil, err
	}
	read(func(p *result.Processes) *[]int64 { return &p.Loaded })
	if err := r.restart(ctx); err != nil {
		return nil, err
	}
	read(func(p *result.Processes) *[]int64 { return &p.Fresh })
	return m, nil
}

// empty removes the peers' jobs. What it can't remove goes with the namespaces.
func (r *Runner) empty(ctx context.Context, peers []Contender) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.Timeout)
	defer cancel()
	for _, c := range peers {
		if err := r.Client.DeleteAll(ctx, c.Namespace, c.Target); err != nil {
			fmt.Fprintf(r.Out, "memory: cleaning up: %v\n", err)
		}
	}
}

// fill creates jobs of every peer and waits until all have ended, or all their pods run.
func (r *Runner) fill(ctx context.Context, peers []Contender, name string, shape result.Shape, succeed bool) error {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range peers {
		group.Go(func() error {
			if err := r.fillOne(ctx, c, name, shape, succeed); err != nil {
				return fmt.Errorf("memory: %s: %w", c.Title, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (r *Runner) fillOne(ctx context.Context, c Contender, name string, shape result.Shape, succeed bool) error {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	kind := cluster.Pods
	if succeed {
		kind = c.Target
	}
	seen, err := r.Client.Watch(watching, c.Namespace, kind)
	if err != nil {
		return err
	}
	objects, err := c.jobs(name, shape, succeed)
	if err != nil {
		return err
	}
	if err := r.Client.CreateAll(ctx, objects, Parallel); err != nil {
		return err
	}
	ended, pods := map[string]bool{}, newTracker(shape.Pods())
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d jobs ended, %d pods run: %w", len(ended), shape.Jobs, pods.counts[running], ctx.Err())
		case s := <-seen:
			// Others of former batches may still change.
			switch o := s.Object; {
			case succeed && completed(o) && strings.HasPrefix(o.GetName(), name):
				ended[o.GetName()] = true
			case !succeed && strings.HasPrefix(o.GetName(), name):
				pods.observe(0, o)
			}
		}
		if succeed && len(ended) >= shape.Jobs || pods.run.Outcome != "" {
			return nil
		}
	}
}

// completed says whether the job has ended well.
func completed(job *unstructured.Unstructured) bool {
	list, _, _ := unstructured.NestedSlice(job.Object, "status", "conditions")
	for _, item := range list {
		if c, ok := item.(map[string]any); ok && c["type"] == "Succeeded" {
			return c["status"] == "True"
		}
	}
	return false
}

// restart ends our controller and the MPI operator, waits until whoever looks after them has started them
// anew, and until they have read everything.
func (r *Runner) restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for _, w := range weighed {
		if !w.restart {
			continue
		}
		before := map[int]bool{}
		for _, p := range machine.Programs(w.wanted) {
			before[p.PID] = true
			if err := syscall.Kill(p.PID, syscall.SIGTERM); err != nil {
				return fmt.Errorf("ending %s: %w", w.title, err)
			}
		}
		if len(before) == 0 {
			return fmt.Errorf("%s does not run on this machine", w.title)
		}
		for fresh := 0; fresh < len(before); {
			if err := pause(ctx, 200*time.Millisecond); err != nil {
				return fmt.Errorf("waiting for %s to be started again: %w", w.title, err)
			}
			fresh = 0
			for _, p := range machine.Programs(w.wanted) {
				if !before[p.PID] {
					fresh++
				}
			}
		}
	}
	if err := r.operatorLeads(ctx); err != nil {
		return err
	}
	return pause(ctx, quiet)
}
