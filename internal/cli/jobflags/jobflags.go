// Package jobflags are the flags that describe a job: a file, or the simple form.
package jobflags

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

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
	cmd.Flags().Var((*timeLimit)(&f.TimeLimit), "time-limit", text)
	_ = cmd.RegisterFlagCompletionFunc("time-limit", cobra.NoFileCompletions)
}

// texts are the help of the flags that say what a job is.
type texts struct{ image, workers, slots, cpu, memory, gpus, env, command string }

func (f *Flags) add(cmd *cobra.Command, t texts, workers int32) {
	fs := cmd.Flags()
	fs.StringVar(&f.Image, "image", "", t.image)
	fs.Int32Var(&f.Workers, "workers", workers, t.workers)
	fs.Int32Var(&f.Slots, "slots-per-worker", 0, t.slots)
	fs.StringVar(&f.CPU, "cpu-per-worker", "", t.cpu)
	fs.StringVar(&f.Memory, "memory-per-worker", "", t.memory)
	fs.Int32Var(&f.GPUs, "gpus-per-worker", 0, t.gpus)
	fs.Int32Var(&f.GPUs, "gpu-per-worker", 0, "the same")
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

// timeLimit is the value of --time-limit; zero where it isn't given.
type timeLimit time.Duration

func (l *timeLimit) Set(text string) error {
	d, err := training.ParseTimeLimit(text)
	*l = timeLimit(d)
	return err
}

func (l *timeLimit) String() string {
	if *l == 0 {
		return ""
	}
	return time.Duration(*l).String()
}

func (l *timeLimit) Type() string { return "duration" }

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
	if err := spec.Check(); err != nil {
		return nil, InFlags(err)
	}
	return []*training.MPIJob{spec.MPIJob()}, nil
}

func (f *Flags) fromFile(cmd *cobra.Command, io *iostreams.IOStreams, name string, program []string) ([]*training.MPIJob, error) {
	if err := f.alone(cmd, program, "--filename", "change the file, or describe the job by flags alone"); err != nil {
		return nil, err
	}
	jobs, err := read(f.File, io)
	if err != nil {
		return nil, err
	}
	if name != "" {
		if len(jobs) > 1 {
			return nil, exit.Usagef("%s has %d jobs, and one name was given: leave the name out", f.File, len(jobs))
		}
		jobs[0].Name = name
	}
	all := &training.InvalidError{What: f.File}
	for _, j := range jobs {
		var invalid *training.InvalidError
		if errors.As(training.Check(j), &invalid) {
			all.Problems = append(all.Problems, invalid.Problems...)
		}
	}
	if len(all.Problems) > 0 {
		return nil, all
	}
	return jobs, nil
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

func read(file string, io *iostreams.IOStreams) ([]*training.MPIJob, error) {
	if file == "-" {
		if io.InTTY {
			_, _ = io.Err.Write([]byte("reading a manifest from the terminal; end with Ctrl-D\n"))
		}
		return training.ReadManifest(io.In, "standard input")
	}
	r, err := os.Open(file)
	if err != nil {
		return nil, exit.Usagef("%v: check the name after --filename", err)
	}
	defer r.Close()
	return training.ReadManifest(r, file)
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
		return s, exit.Usagef("a job needs %s, or --filename; as in: hello --image registry/hello:1 --workers 3 -- ./hello --fast", strings.Join(missing, " and "))
	}
	words, err := Words(f.Command)
	if err != nil {
		return s, exit.Usagef("--command: %v", err)
	}
	s.Command, s.Args = words, program
	if len(words) == 0 {
		s.Command, s.Args = program, nil
	}
	if err := quantities(amount{"--cpu-per-worker", f.CPU, &s.CPUPerWorker}, amount{"--memory-per-worker", f.Memory, &s.MemoryPerWorker}); err != nil {
		return s, err
	}
	if s.Env, err = environment(f.Env, os.LookupEnv); err != nil {
		return s, err
	}
	if err := f.Place.fill(&s); err != nil {
		return s, err
	}
	return s, f.Inputs.fill(&s)
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

// amount is a flag's text, and where its value goes.
type amount struct {
	flag, text string
	to         *resource.Quantity
}

// quantities puts the values of flags that were given where they go.
func quantities(all ...amount) error {
	for _, a := range all {
		v, err := quantity(a.flag, a.text)
		if err != nil {
			return err
		}
		if v != nil {
			*a.to = *v
		}
	}
	return nil
}

// quantity reads the value of a flag; nil is one that was not given.
func quantity(flag, text string) (*resource.Quantity, error) {
	if text == "" {
		return nil, nil
	}
	v, err := resource.ParseQuantity(text)
	if err != nil {
		if meant := meantBytes(text); meant != "" && !strings.Contains(flag, "cpu") {
			return nil, exit.Usagef("%s %q is no quantity: did you mean %s?", flag, text, meant)
		}
		return nil, exit.Usagef("%s %q is no quantity: write it as 500m, 4, 512Mi or 16Gi", flag, text)
	}
	return &v, nil
}

// bytesForm is an amount with a unit as other tools write it: 2GB, 2g, 1.5 TiB.
var bytesForm = regexp.MustCompile(`(?i)^([0-9]+(?:\.[0-9]+)?) ?([kmgt])i?b?$`)

// meantBytes is an amount that isn't a quantity as one; empty where it is none in another form either.
func meantBytes(text string) string {
	m := bytesForm.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return m[1] + strings.ToUpper(m[2]) + "i"
}

func environment(given []string, lookup func(string) (string, bool)) ([]training.EnvVar, error) {
	var out []training.EnvVar
	for _, e := range given {
		name, value, ok := strings.Cut(e, "=")
		if name == "" {
			return nil, exit.Usagef("--env %q: write NAME=VALUE", e)
		}
		if !ok {
			if value, ok = lookup(name); !ok {
				return nil, exit.Usagef("--env %s: it is not set in your environment; write %s=VALUE", name, name)
			}
		}
		out = append(out, training.EnvVar{Name: name, Value: value})
	}
	return out, nil
}

// Warnings are what is doubtful about a job, in the words of the flags where it was described by them. What the
// Launcher's container has in common with the Workers' is said once.
func Warnings(m *training.MPIJob, simple bool) []string {
	list := training.Warnings(m)
	if !simple {
		return list
	}
	var out []string
	for _, w := range list {
		field, message, ok := strings.Cut(strings.Replace(w, "[Launcher]", "[Worker]", 1), ": ")
		if ok {
			p := &training.InvalidError{Problems: []training.Problem{{Field: field, Message: message}}}
			if _ = InFlags(training.InSimpleWords(p)); p.Problems[0].Field != field {
				w = p.Problems[0].String()
			}
		}
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
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
