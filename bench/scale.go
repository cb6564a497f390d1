package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// Parts of the measurements of scale.
const partStarts, partMemory = "starts", "memory"

// scaleTimeout bounds one run, and its deletion: the MPI operator takes minutes for 50 jobs.
const scaleTimeout = 6 * time.Minute

func (o *scaleOptions) bind() {
	flag.BoolVar(&o.on, "scale", false, "measure many pods on fake nodes instead")
	flag.IntVar(&o.rounds, "scale-rounds", 4, "with -scale: rounds of the quick blocks; the slow ones get half as many, or one")
	flag.IntVar(&o.finished, "finished", 1000, "with -scale: finished jobs of each controller when memory is read")
	flag.StringVar(&o.parts, "parts", partStarts+","+partMemory, "with -scale: what to measure")
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
	parts := strings.Split(o.scale.parts, ",")
	for _, p := range parts {
		if p != partStarts && p != partMemory {
			return nil, "", fmt.Errorf("no part is called %q: choose from %s, %s", p, partStarts, partMemory)
		}
	}
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
	f.Nodes, f.Parallel, f.Complete = scale.Nodes, scale.Parallel, false
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
	if err = measureScale(ctx, o, runner, f, parts, deadline, save); err == nil {
		f.Complete = true
	}
	return f, path, errors.Join(err, save())
}

func measureScale(ctx context.Context, o options, runner *scale.Runner, f *result.Scale, parts []string, deadline time.Time, save func() error) error {
	if err := runner.Client.DeleteNamespaces(ctx); err != nil {
		return err
	}
	if err := runner.Prepare(ctx, scale.Raised, []result.Shape{scale.One, scale.Many}); err != nil {
		return err
	}
	if slices.Contains(parts, partStarts) {
		contenders := scale.All()
		if err := runner.WarmUp(ctx, scale.Raised, contenders); err != nil {
			return err
		}
		for _, step := range scale.Plan(o.scale.rounds, contenders) {
			if time.Now().After(deadline) {
				break
			}
			if err := runner.Rounds(ctx, f.Put(step.Block), contenders, step.Rounds, deadline, save); err != nil {
				return err
			}
		}
	}
	if slices.Contains(parts, partMemory) {
		memory, err := runner.Memory(ctx, o.scale.finished)
		if err != nil {
			return err
		}
		f.Memory = memory
	}
	return save()
}
