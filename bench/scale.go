package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opendatahub-io/mpijob/bench/cluster"
	"github.com/opendatahub-io/mpijob/bench/machine"
	"github.com/opendatahub-io/mpijob/bench/page"
	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/scale"
)

// scaleOptions are the flags of -scale; those of the other benchmarks that make sense here apply too.
type scaleOptions struct {
	on               bool
	rounds, finished int
	parts, into      string
}

// partMemory is the part that reads memory; the others are the steps of scale.Plan.
const partMemory = "memory"

// allParts are the most telling first: time may run out.
const allParts = "raised/one,raised/many,defaults/one," + partMemory + ",defaults/many"

// scaleTimeout bounds one run, and its deletion: the MPI operator takes minutes for 50 jobs.
const scaleTimeout = 6 * time.Minute

func (o *scaleOptions) bind() {
	flag.BoolVar(&o.on, "scale", false, "measure many pods on fake nodes instead")
	flag.IntVar(&o.rounds, "scale-rounds", 4, "with -scale: rounds of the quick blocks; the slow ones get half as many, or one")
	flag.IntVar(&o.finished, "finished", 1000, "with -scale: finished jobs of each controller when memory is read")
	flag.StringVar(&o.parts, "parts", allParts, "with -scale: what to measure, in this order: control plane's settings/shape of the work, or memory")
	flag.StringVar(&o.into, "into", "", "with -scale: JSON of an earlier run on this machine whose parts are kept where this run measures others")
}

func runScale(ctx context.Context, o options) error {
	if o.render != "" {
		f, err := result.ReadScale(o.render)
		if err != nil {
			return err
		}
		f.Summarize()
		return errors.Join(f.Write(o.render), renderScale(f, o.render))
	}
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	f, path, err := benchScale(ctx, o)
	if f != nil {
		err = errors.Join(err, renderScale(f, path))
		fmt.Printf("\nresults: %s and its page %s\n", path, with(path, ".md"))
	}
	return err
}

func renderScale(f *result.Scale, json string) error {
	return os.WriteFile(with(json, ".md"), page.RenderScale(f), 0o644)
}

// benchScale measures everything asked for. It leaves the cluster as it found it, and returns what was
// measured also beside an error.
func benchScale(ctx context.Context, o options) (f *result.Scale, path string, err error) {
	deadline := time.Now().Add(o.bound)
	f = &result.Scale{}
	if o.scale.into != "" {
		if f, err = result.ReadScale(o.scale.into); err != nil {
			return nil, "", err
		}
	}
	client, err := cluster.Connect(o.kubeconfig)
	if err != nil {
		return nil, "", err
	}
	f.Schema, f.At, f.Note = result.ScaleSchema, time.Now().UTC().Truncate(time.Second), o.note
	f.Nodes, f.Parallel, f.Complete, f.Skipped = scale.Nodes, scale.Parallel, false, nil
	f.Machine = machine.Facts()
	f.Machine.Kubernetes = client.Version
	path = filepath.Join(o.out, "scale-"+f.At.Format("20060102-150405")+".json")
	save := func() error { f.Summarize(); return f.Write(path) }

	runner := &scale.Runner{Client: client, Sandbox: o.sandbox, Timeout: scaleTimeout, Out: os.Stdout}
	defer func() {
		cleaning, cancel := context.WithTimeout(context.WithoutCancel(ctx), scaleTimeout)
		defer cancel()
		// Pods first: without their nodes and kwok nobody would end them.
		err = errors.Join(err, client.DeleteNamespaces(cleaning), runner.RemoveNodes(cleaning), runner.Restore(cleaning))
	}()
	if err = measureScale(ctx, o, runner, f, deadline, save); err == nil {
		f.Complete = true
	}
	return f, path, errors.Join(err, save())
}

func measureScale(ctx context.Context, o options, runner *scale.Runner, f *result.Scale, deadline time.Time, save func() error) error {
	contenders := scale.All()
	steps := map[string]scale.Step{partMemory: {}}
	for _, step := range scale.Plan(o.scale.rounds, contenders) {
		steps[step.Name] = step
	}
	parts := strings.Split(o.scale.parts, ",")
	for _, p := range parts {
		if _, ok := steps[p]; !ok {
			return fmt.Errorf("no part is called %q: choose from %s", p, allParts)
		}
	}
	if err := runner.Client.DeleteNamespaces(ctx); err != nil {
		return err
	}
	if err := runner.Prepare(ctx, scale.Raised, []result.Shape{scale.One, scale.Many}); err != nil {
		return err
	}
	if err := runner.WarmUp(ctx, scale.Raised, contenders); err != nil {
		return err
	}
	for _, p := range parts {
		if time.Now().After(deadline) {
			f.Skipped = append(f.Skipped, p)
			continue
		}
		if p == partMemory {
			memory, err := runner.Memory(ctx, o.scale.finished, deadline)
			if err != nil {
				return err
			}
			f.Memory = memory
		} else if err := runner.Rounds(ctx, f.Put(steps[p].Block), contenders, steps[p].Rounds, deadline, save); err != nil {
			return err
		}
		if err := save(); err != nil {
			return err
		}
	}
	return nil
}
