package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/opendatahub-io/mpijob/bench/machine"
	"github.com/opendatahub-io/mpijob/bench/page"
	"github.com/opendatahub-io/mpijob/bench/result"
	"github.com/opendatahub-io/mpijob/bench/service"
)

// serviceOptions are the flags of -service.
type serviceOptions struct {
	on                                   bool
	clients, jobs, rounds                int
	subscribers, pollers, idle, commands int
}

func (o *serviceOptions) bind() {
	flag.BoolVar(&o.on, "service", false, "measure the training service instead")
	flag.IntVar(&o.clients, "service-clients", 50, "with -service: clients at once")
	flag.IntVar(&o.jobs, "service-jobs", 1000, "with -service: jobs in the namespace")
	flag.IntVar(&o.rounds, "service-rounds", 4, "with -service: turns of each side")
	flag.IntVar(&o.subscribers, "service-subscribers", 500, "with -service: streams open when jobs change")
	flag.IntVar(&o.pollers, "service-pollers", 20, "with -service: those who ask every 3 s instead; each has the API server send all jobs, so they are fewer")
	flag.IntVar(&o.idle, "service-idle", 2000, "with -service: streams open when nothing happens")
	flag.IntVar(&o.commands, "service-lists", 20, "with -service: times each command that lists is run")
}

func runService(ctx context.Context, o options) error {
	if o.render != "" {
		f, err := result.ReadService(o.render)
		if err != nil {
			return err
		}
		f.Summarize()
		return errors.Join(f.Write(o.render), renderService(f, o.render))
	}
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	at := time.Now().UTC().Truncate(time.Second)
	f := &result.Service{Schema: result.ServiceSchema, At: at, Note: o.note, Machine: machine.Facts(), Clients: o.service.clients, Jobs: o.service.jobs}
	path := filepath.Join(o.out, "service-"+at.Format("20060102-150405")+".json")
	err := benchService(ctx, o, f)
	f.Complete = err == nil
	f.Summarize()
	err = errors.Join(err, f.Write(path), renderService(f, path))
	fmt.Printf("\nresults: %s and its page %s\n", path, with(path, ".md"))
	return err
}

func renderService(f *result.Service, json string) error {
	return os.WriteFile(with(json, ".md"), page.RenderService(f), 0o644)
}

// benchService measures one part after the other, and leaves the cluster as it found it.
func benchService(ctx context.Context, o options, f *result.Service) (err error) {
	w, err := service.Connect(ctx, o.kubeconfig, o.service.clients, os.Stdout)
	if err != nil {
		return err
	}
	f.Machine.Kubernetes = w.Version()
	if err := w.Remove(ctx); err != nil { // what a run that was killed left
		return err
	}
	defer func() {
		cleaning, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
		defer cancel()
		err = errors.Join(err, w.Remove(cleaning))
	}()
	const over = 5 * time.Second
	for _, part := range []func() error{
		func() error { return w.Prepare(ctx) },
		func() (err error) { f.Submit, err = w.Submit(ctx, o.service.rounds, 4); return err },
		func() error { return w.Fill(ctx, o.service.jobs) },
		func() (err error) { f.Read, err = w.Read(ctx, o.service.rounds, o.service.jobs, over); return err },
		func() (err error) { f.Page, err = w.Page(ctx, o.service.rounds, over); return err },
		func() (err error) {
			f.Changes, err = w.Changes(ctx, o.service.subscribers, o.service.pollers)
			return err
		},
		func() (err error) { f.Lists, err = w.Lists(ctx, o.odh, o.service.commands); return err },
		func() (err error) { f.Idle, err = w.Idle(ctx, o.service.idle); return err },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}
