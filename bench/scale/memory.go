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

// weighed are the controllers whose memory is read. Ours is known by a flag of its own, whether it runs
// in a pod or beside it.
var weighed = []struct {
	key, title string
	wanted     func([]string) bool
	restart    bool
}{
	{Ours, "our controller", machine.HasFlag("--agent-image"), true},
	{OperatorKey, "MPI operator 0.8.2", machine.Runs("mpi-operator"), true},
	{Trainer, "Kubeflow Trainer, for ours", machine.Runs("trainer-controller-manager"), false},
	{"jobset", "JobSet, for ours", machine.Runs("jobset"), false},
}

// Memory brings in so many jobs that end and some that run, of ours and of the MPI operator side by
// side, and reads what the controllers hold.
func (r *Runner) Memory(ctx context.Context, finished int) (*result.Memory, error) {
	if _, err := r.switchTo(ctx, state{settings: Raised, operator: &Tuned}); err != nil {
		return nil, err
	}
	m := &result.Memory{Finished: finished, Running: memoryRunning, Workers: memoryWorkers}
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
	defer func() {
		cleaning, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
		defer cancel()
		for _, c := range peers {
			if err := r.Client.DeleteAll(cleaning, c.Namespace, c.Target); err != nil {
				fmt.Fprintf(r.Out, "memory: cleaning up: %v\n", err)
			}
		}
	}()
	if err := r.restart(ctx); err != nil {
		return nil, err
	}
	read(func(p *result.Processes) *[]int64 { return &p.Idle })
	group, gctx := errgroup.WithContext(ctx)
	for _, c := range peers {
		group.Go(func() error { return r.fill(gctx, c, finished) })
	}
	if err := group.Wait(); err != nil {
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

// fill creates the jobs that end, waits until all have, then those that run.
func (r *Runner) fill(ctx context.Context, c Contender, finished int) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	seen, err := r.Client.Watch(ctx, c.Namespace, c.Target, cluster.Pods)
	if err != nil {
		return err
	}
	var ending, lasting []*unstructured.Unstructured
	for i := range finished {
		objects, err := c.Job(fmt.Sprintf("finished-%04d", i), 1, true)
		if err != nil {
			return err
		}
		ending = append(ending, objects...)
	}
	for i := range memoryRunning {
		objects, err := c.Job(fmt.Sprintf("running-%04d", i), memoryWorkers, false)
		if err != nil {
			return err
		}
		lasting = append(lasting, objects...)
	}
	failed := make(chan error, 1)
	create := func(objects []*unstructured.Unstructured) {
		if err := r.Client.CreateAll(ctx, objects, Parallel); err != nil {
			failed <- err
		}
	}
	go create(ending)
	start, ended := time.Now(), map[string]bool{}
	runs := newTracker(memoryRunning * (memoryWorkers + 1))
	for len(ended) < finished || runs.run.Outcome == "" {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-failed:
			return err
		case s := <-seen:
			switch {
			case s.Resource != c.Target:
				if strings.HasPrefix(s.Object.GetLabels()["training.kubeflow.org/job-name"], "running-") {
					runs.observe(time.Since(start).Seconds(), s.Object)
				}
			case completed(s.Object) && !ended[s.Object.GetName()]:
				if ended[s.Object.GetName()] = true; len(ended)%100 == 0 {
					fmt.Fprintf(r.Out, "memory  %s: %d of %d jobs ended after %.0f s\n", c.Key, len(ended), finished, time.Since(start).Seconds())
				}
				if len(ended) == finished {
					go create(lasting)
				}
			}
		}
	}
	return nil
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
