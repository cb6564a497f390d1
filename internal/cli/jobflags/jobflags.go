// Package jobflags are the flags that describe a job: a file, or the simple form.
package jobflags

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Flags describe a job.
type Flags struct {
	File        string
	Image       string
	Workers     int32
	Slots       int32
	CPU, Memory string
	GPUs        int32
	Env         []string
	Command     string
	MPI         string
	GPUType     string
	TimeLimit   time.Duration
	Network     string
	Inputs      inputFlags
	Place       placeFlags

	templateName string
	template     *training.Template
	wrong        misread
}

// Add gives a command these flags.
func (f *Flags) Add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVarP(&f.File, "filename", "f", "", "read MPIJobs from this `FILE`, \"-\" for standard input")
	f.add(cmd, texts{
		image: "`IMAGE` to run; it has mpirun and the program, and needs no sshd", workers: "`NUMBER` of Workers",
		slots: "`NUMBER` of ranks each Worker runs (default one per GPU, or one)",
		cpu:   "`CPU`s each Worker gets, as 4 or 500m", memory: "`MEMORY` each Worker gets, as 16Gi",
		gpus:    "`NUMBER` of GPUs each Worker gets",
		env:     "environment of every rank, `NAME=VALUE`; NAME alone takes it from yours; may be repeated",
		command: "the program, with quotes as in a shell; arguments may follow after --",
	}, 1)
	fs.StringVar(&f.MPI, "mpi", "OpenMPI", "MPI `IMPLEMENTATION` in the image: OpenMPI, MPICH or Intel")
	fs.StringVar(&f.GPUType, "gpu-type", string(training.GPUResource), "`RESOURCE` the GPUs are known by on the cluster's nodes, as amd.com/gpu")
	_ = cmd.RegisterFlagCompletionFunc("gpu-type", cobra.FixedCompletions([]string{string(training.GPUResource), string(training.AMDGPUResource)}, cobra.ShellCompDirectiveNoFileComp))
	f.addTimeLimit(cmd, "stop the job after it was active this `LONG`, as 90m, 48h or 2d, up to 7d or what the namespace allows (default 24h, or the namespace's)")
	fs.StringVar(&f.Network, "network-policy", string(training.NetworkDefault), "who reaches the job's pods, a `TEMPLATE`: default, restricted, isolated or none")
	_ = cmd.RegisterFlagCompletionFunc("network-policy", cobra.FixedCompletions([]string{"default", "restricted", "isolated", "none"}, cobra.ShellCompDirectiveNoFileComp))
	f.Inputs.add(cmd)
	f.Place.add(cmd)
	_ = cmd.RegisterFlagCompletionFunc("mpi", cobra.FixedCompletions([]string{"OpenMPI", "MPICH", "Intel"}, cobra.ShellCompDirectiveNoFileComp))
}

func (f *Flags) addTimeLimit(cmd *cobra.Command, text string) {
	cmd.Flags().Var(&timeLimit{to: &f.TimeLimit, wrong: &f.wrong}, "time-limit", text)
	_ = cmd.RegisterFlagCompletionFunc("time-limit", cobra.NoFileCompletions)
}

// texts are the help of the flags that say what a job is.
type texts struct{ image, workers, slots, cpu, memory, gpus, env, command string }

func (f *Flags) add(cmd *cobra.Command, t texts, workers int32) {
	fs := cmd.Flags()
	fs.StringVar(&f.Image, "image", "", t.image)
	number := func(to *int32, flag string, value int32, text string) {
		*to = value
		fs.Var(&number{flag: flag, to: to, wrong: &f.wrong}, flag, text)
	}
	number(&f.Workers, "workers", workers, t.workers)
	number(&f.Slots, "slots-per-worker", 0, t.slots)
	fs.StringVar(&f.CPU, "cpu-per-worker", "", t.cpu)
	fs.StringVar(&f.Memory, "memory-per-worker", "", t.memory)
	number(&f.GPUs, "gpus-per-worker", 0, t.gpus)
	number(&f.GPUs, "gpu-per-worker", 0, "the same")
	_ = fs.MarkHidden("gpu-per-worker")
	fs.StringArrayVarP(&f.Env, "env", "e", nil, t.env)
	fs.StringVar(&f.Command, "command", "", t.command)
	for _, n := range []string{"workers", "slots-per-worker", "cpu-per-worker", "memory-per-worker", "gpus-per-worker", "env", "command"} {
		_ = cmd.RegisterFlagCompletionFunc(n, cobra.NoFileCompletions)
	}
}

// Simple says whether the job is described by flags, in whose words its problems are said.
func (f *Flags) Simple() bool {
	return f.File == "" && (f.template == nil || f.template.Spec != nil)
}

// DryRun reads the value of --dry-run.
func DryRun(value string) (training.DryRun, error) {
	switch value {
	case "none":
		return training.DryRunNone, nil
	case "client", "server":
		return training.DryRun(value), nil
	}
	return "", exit.Usagef("--dry-run is client (checked here) or server (checked by the cluster), not %q", value)
}

// Split divides a command's arguments at `--`: names before it, the program and its arguments after.
func Split(cmd *cobra.Command, args []string) (names, program []string) {
	if at := cmd.ArgsLenAtDash(); at >= 0 {
		return args[:at], args[at:]
	}
	return args, nil
}

// Jobs are the jobs the flags, the name (may be empty) and the program describe, checked.
func (f *Flags) Jobs(cmd *cobra.Command, io *iostreams.IOStreams, name string, program []string) ([]*training.MPIJob, error) {
	if f.File != "" {
		return f.fromFile(cmd, io, name, program)
	}
	if f.template != nil {
		return f.fromTemplate(cmd, name, program)
	}
	spec, err := f.spec(name, program)
	if err != nil {
		return nil, err
	}
	if err := f.wrong.with(InFlags(spec.Check())); err != nil {
		return nil, err
	}
	return []*training.MPIJob{spec.MPIJob()}, nil
}

func (f *Flags) fromFile(cmd *cobra.Command, io *iostreams.IOStreams, name string, program []string) ([]*training.MPIJob, error) {
	if err := f.alone(cmd, program, "--filename", "change the file, or describe the job by flags alone"); err != nil {
		return nil, err
	}
	return read(f.File, name, io)
}

// alone refuses flags that describe a job beside one that says where it is described.
func (f *Flags) alone(cmd *cobra.Command, program []string, with, instead string) error {
	for _, flag := range append(slices.Concat(inputNames, placeNames), "image", "workers", "slots-per-worker", "cpu-per-worker", "memory-per-worker", "gpus-per-worker", "gpu-per-worker", "env", "command", "mpi", "gpu-type", "time-limit", "network-policy") {
		if cmd.Flags().Changed(flag) {
			return exit.Usagef("--%s and %s don't go together: %s", flag, with, instead)
		}
	}
	if len(program) > 0 {
		return exit.Usagef("a program after -- and %s don't go together: %s", with, instead)
	}
	return nil
}

func read(file, name string, io *iostreams.IOStreams) ([]*training.MPIJob, error) {
	if file == "-" {
		if io.InTTY {
			_, _ = io.Err.Write([]byte("reading a manifest from the terminal; end with Ctrl-D\n"))
		}
		return training.ReadJobs(io.In, "standard input", name)
	}
	r, err := os.Open(file)
	if err != nil {
		return nil, exit.Usagef("%v: check the name after --filename", err)
	}
	defer r.Close()
	return training.ReadJobs(r, file, name)
}

func (f *Flags) spec(name string, program []string) (training.Spec, error) {
	s := training.Spec{
		Name: name, Image: f.Image, Workers: f.Workers, SlotsPerWorker: f.Slots, GPUsPerWorker: f.GPUs,
		MPI: implementation(f.MPI), TimeLimit: f.TimeLimit, Network: training.Network(f.Network),
		GPUType: corev1.ResourceName(f.GPUType),
	}
	var missing []string
	if name == "" {
		missing = append(missing, "a NAME")
	}
	if f.Image == "" {
		missing = append(missing, "--image")
	}
	if f.Command == "" && len(program) == 0 {
		missing = append(missing, "the program after --")
	}
	if len(missing) > 0 {
		text := fmt.Sprintf("a job needs %s, or --filename; as in: hello --image registry/hello:1 --workers 3 -- ./hello --fast", strings.Join(missing, " and "))
		if len(f.wrong) == 0 {
			return s, exit.Usagef("%s", text)
		}
		return s, f.wrong.with(&training.InvalidError{What: "the job", Problems: []training.Problem{{Message: text}}})
	}
	s.Command, s.Args = f.wrong.words("command", f.Command), program
	if len(s.Command) == 0 {
		s.Command, s.Args = program, nil
	}
	f.wrong.quantities(amount{"cpu-per-worker", f.CPU, &s.CPUPerWorker}, amount{"memory-per-worker", f.Memory, &s.MemoryPerWorker})
	s.Env = f.wrong.environment(f.Env, os.LookupEnv)
	f.Place.fill(&s, &f.wrong)
	return s, f.Inputs.fill(&s, &f.wrong)
}

// implementation is the MPI of a name, in whatever case it is written; another name stays as it is, to be refused.
func implementation(name string) training.Implementation {
	for _, i := range []training.Implementation{training.OpenMPI, training.MPICH, training.Intel} {
		if strings.EqualFold(name, string(i)) {
			return i
		}
	}
	return training.Implementation(name)
}

// environment are the variables of --env.
func (w *misread) environment(given []string, lookup func(string) (string, bool)) []training.EnvVar {
	var out []training.EnvVar
	for _, e := range given {
		name, value, ok := strings.Cut(e, "=")
		if name == "" {
			w.note("env", fmt.Sprintf("%q: write NAME=VALUE", e))
			continue
		}
		if !ok {
			if value, ok = lookup(name); !ok {
				w.note("env", fmt.Sprintf("%s: it is not set in your environment; write %s=VALUE", name, name))
				continue
			}
		}
		out = append(out, training.EnvVar{Name: name, Value: value})
	}
	return out
}

// Warnings are what is doubtful about a job, in the words of the flags where it was described by them.
func Warnings(m *training.MPIJob, simple bool) []string {
	if !simple {
		return training.Warnings(m)
	}
	list := training.SimpleWarnings(m)
	for i, w := range list {
		if field, message, ok := strings.Cut(w, ": "); ok {
			p := &training.InvalidError{Problems: []training.Problem{{Field: field, Message: message}}}
			_ = InFlags(p)
			list[i] = p.Problems[0].String()
		}
	}
	return list
}

// InFlags says problems in the words of the flags.
func InFlags(err error) error {
	var invalid *training.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	flags := map[string]string{
		"name": "NAME", "workers": "--workers", "slotsPerWorker": "--slots-per-worker", "image": "--image", "mpi": "--mpi",
		"cpuPerWorker": "--cpu-per-worker", "memoryPerWorker": "--memory-per-worker", "gpusPerWorker": "--gpus-per-worker",
		"env": "--env", "command": "the program", "timeLimit": "--time-limit", "gpuType": "--gpu-type", "network": "--network-policy",
		"secrets": "--secret", "claims": "--pvc", "connections": "--connection", "sharedMemory": "--shm-size", "queue": "--queue",
		"launcherCPU": "--launcher-cpu", "launcherMemory": "--launcher-memory", "mpirunFlags": "--mpirun-flags", "priorityClass": "--priority-class",
		"nodeSelector": "--node-selector", "code": "--code", "output": "--output-to", "outputConnection": "--output-connection",
	}
	for i, p := range invalid.Problems {
		if flag, ok := flags[p.Field]; ok {
			invalid.Problems[i].Field = flag
		}
	}
	return invalid
}
