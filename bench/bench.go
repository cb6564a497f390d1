package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/opendatahub-io/mpijob/bench/cluster"
	"github.com/opendatahub-io/mpijob/bench/contender"
	"github.com/opendatahub-io/mpijob/bench/machine"
	"github.com/opendatahub-io/mpijob/bench/measure"
	"github.com/opendatahub-io/mpijob/bench/result"
)

// What every contender runs.
const workers, slots = 2, 2

// jobTimeout bounds one job, and its deletion. The MPI operator's launcher, when it loses its race for
// sshd several times, takes up to a minute.
const jobTimeout = 3 * time.Minute

// leaseValid is how long the MPI operator counts as running after it was stopped.
const leaseValid = 30 * time.Second

// bench runs everything asked for. It always leaves the cluster as it found it, and returns what was
// measured also beside an error.
func bench(ctx context.Context, o options) (f *result.File, path string, err error) {
	contenders, err := contender.Select(slices.DeleteFunc(strings.Split(o.contenders, ","), func(s string) bool { return s == "" }))
	if err != nil {
		return nil, "", err
	}
	restore, err := confine(ctx, o.sandbox)
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, restore()) }()
	client, err := cluster.Connect(o.kubeconfig)
	if err != nil {
		return nil, "", err
	}
	key, err := contender.NewKey()
	if err != nil {
		return nil, "", err
	}
	runner := &measure.Runner{Client: client, Timeout: jobTimeout, Out: os.Stdout, Work: contender.Work{
		Workers: workers, Slots: slots, Image: o.image, ImageSSHD: o.imageSSHD, AgentImage: o.agent, Key: key}}

	f = &result.File{Schema: result.Schema, At: time.Now().UTC().Truncate(time.Second), Note: o.note, Machine: machine.Facts(),
		Work: result.Work{Program: fmt.Sprintf("mpirun -n %d pi", workers*slots), Workers: workers, Slots: slots}}
	f.Machine.Kubernetes = client.Version
	for _, c := range contenders {
		f.Start = append(f.Start, result.Contender{Key: c.Key, Title: c.Title})
	}
	path = filepath.Join(o.out, "start-"+f.At.Format("20060102-150405")+".json")
	save := func() error { f.Summarize(); return f.Write(path) }

	if err := client.DeleteNamespaces(ctx); err != nil {
		return nil, "", err
	}
	defer func() {
		cleaning, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobTimeout)
		defer cancel()
		err = errors.Join(err, client.DeleteNamespaces(cleaning))
	}()
	if err = measureAll(ctx, o, runner, contenders, f, save); err == nil {
		f.Complete = true
	}
	return f, path, errors.Join(err, save())
}

// measureAll takes every figure, saving after each.
func measureAll(ctx context.Context, o options, runner *measure.Runner, contenders []contender.Contender, f *result.File, save func() error) error {
	ours, operator := contender.All()[0], contender.All()[2]
	prepared := map[string]bool{}
	warm := contenders
	// Ours is needed by soak, kills and the CLI, and tells which image the agent is installed from.
	if contenders[0].Key != ours.Key && (o.soak+o.kills+o.cli > 0 || o.agent == "") {
		warm = append([]contender.Contender{ours}, contenders...)
	}
	for _, c := range warm {
		if prepared[c.Namespace] {
			continue
		}
		prepared[c.Namespace] = true
		if err := runner.Prepare(ctx, c); err != nil {
			return err
		}
	}
	if err := runner.WarmUp(ctx, warm); err != nil {
		return err
	}
	if err := runner.Rounds(ctx, contenders, o.rounds, o.bound, f.Start, save); err != nil {
		return err
	}
	var err error
	if prepared[ours.Namespace] {
		if f.Agent, err = runner.Agent(ctx, ours); err != nil {
			return err
		}
	}
	if o.cli > 0 {
		if f.CLI, err = runner.CLI(ctx, o.odh, o.kubeconfig, ours, o.cli); err != nil {
			return err
		}
	}
	for _, c := range []contender.Contender{ours, operator} {
		if o.kills == 0 || !prepared[c.Namespace] {
			continue
		}
		kill, err := runner.Kill(ctx, c, o.kills)
		f.Kill = append(f.Kill, kill)
		if err := errors.Join(err, save()); err != nil {
			return err
		}
	}
	if o.soak > 0 {
		if f.Soak, err = runner.Soak(ctx, ours, o.soak); err != nil {
			return err
		}
	}
	return save()
}

// confine starts the MPI operator in its namespace and keeps our controller to ours: both would act on
// any other MPIJob. The function it returns goes back to the standard sandbox. Without a sandbox command the cluster is
// taken as it is.
func confine(ctx context.Context, sandbox string) (func() error, error) {
	nothing := func() error { return nil }
	if sandbox == "" {
		return nothing, nil
	}
	up := []string{"up", "--with", "mpi-operator,mpi-images"}
	for _, namespace := range []string{contender.OursNamespace, contender.OursSSHDNamespace} {
		up = append(up, "--arg", "controller=--namespace="+namespace)
	}
	restore := func() error {
		ctx := context.WithoutCancel(ctx)
		if command(ctx, sandbox, "up", "--reset") == nil {
			return nil
		}
		// Our controller does not start while the MPI operator's lease is valid, which it does not give back.
		time.Sleep(leaseValid)
		return command(ctx, sandbox, "up", "--reset")
	}
	if err := command(ctx, sandbox, up...); err != nil {
		return nothing, errors.Join(fmt.Errorf("confining the controllers: %w", err), restore())
	}
	return restore, nil
}

func command(ctx context.Context, name string, args ...string) error {
	run := exec.CommandContext(ctx, name, args...)
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a second Ctrl-C must not stop the cleaning up
	if output, err := run.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, output)
	}
	return nil
}
