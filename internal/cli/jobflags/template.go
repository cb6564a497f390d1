package jobflags

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// AddTemplate gives a command the flag that names a template, and the shell what --queue and --image may name; Add
// gave it the flags.
func (f *Flags) AddTemplate(cmd *cobra.Command, fa *factory.Factory) {
	cmd.Flags().StringVar(&f.templateName, "template", "", "make the job of the template `NAME`; other flags change or add to it")
	_ = cmd.RegisterFlagCompletionFunc("template", CompleteTemplates(fa))
	_ = cmd.RegisterFlagCompletionFunc("queue", completeQueues(fa))
	CompleteImages(cmd, fa)
}

// CompleteImages has the shell offer for --image what jobs of the namespace use, newest first.
func CompleteImages(cmd *cobra.Command, fa *factory.Factory) {
	const asTheyCome = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	_ = cmd.RegisterFlagCompletionFunc("image", func(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
		jobs, err := fa.Jobs()
		if err != nil {
			return nil, asTheyCome
		}
		list, err := jobs.Images(cmd.Context())
		if err != nil {
			return nil, asTheyCome
		}
		return slices.DeleteFunc(list, func(image string) bool { return !strings.HasPrefix(image, prefix) }), asTheyCome
	})
}

// completeQueues offers the queues of the namespace.
func completeQueues(fa *factory.Factory) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, prefix string) (out []string, _ cobra.ShellCompDirective) {
		jobs, err := fa.Jobs()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		list, err := jobs.Queues(cmd.Context())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, q := range list.Items {
			if strings.HasPrefix(q.Name, prefix) {
				out = append(out, fmt.Sprintf("%s\t%s, %d waiting", q.Name, q.Manager, q.Waiting))
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// CompleteTemplates offers the names of templates to the shell: the built-in ones at least.
func CompleteTemplates(fa *factory.Factory) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
		list := training.BuiltInTemplates()
		if jobs, err := fa.Jobs(); err == nil {
			if all, err := jobs.Templates(cmd.Context()); err == nil {
				list = all
			}
		}
		var out []string
		for _, t := range list {
			if strings.HasPrefix(t.Name, prefix) {
				out = append(out, t.Name+"\t"+t.Description)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// LoadTemplate reads the template that --template names. Without a cluster, the built-in ones are there.
func (f *Flags) LoadTemplate(ctx context.Context, fa *factory.Factory) error {
	if f.templateName == "" {
		return nil
	}
	if f.File != "" {
		return exit.Usagef("--template and --filename don't go together: a job is made of one of them")
	}
	jobs, err := fa.Jobs()
	if err == nil {
		f.template, err = jobs.Template(ctx, f.templateName)
	}
	var nowhere *training.ConfigError
	var down *training.UnreachableError
	if errors.As(err, &nowhere) || errors.As(err, &down) {
		if t := training.BuiltInTemplate(f.templateName); t != nil {
			f.template, err = t, nil
		}
	}
	return err
}

// Alone refuses flags that describe a job beside --from and --filename of a template.
func (f *Flags) Alone(cmd *cobra.Command, program []string) error {
	with := "--from"
	if f.File != "" {
		with = "--filename"
	}
	return f.alone(cmd, program, with, "print the template with `odh training template show`, and change it there")
}

// Template is the template the flags describe, as a job without what each job says anew.
func (f *Flags) Template(cmd *cobra.Command, name string, program []string) (*training.Template, error) {
	s, err := f.over(cmd, training.Spec{}, program)
	if err == nil {
		err = f.wrong.with(nil)
	}
	if err != nil {
		return nil, err
	}
	if s.Code != nil {
		return nil, exit.Usagef("--code belongs to one job, and can't be a template's: give it to each job")
	}
	return &training.Template{Name: name, Spec: &s}, nil
}

// fromTemplate is the job of the template, changed by the flags.
func (f *Flags) fromTemplate(cmd *cobra.Command, name string, program []string) ([]*training.MPIJob, error) {
	if name == "" {
		return nil, exit.Usagef("a job needs a NAME, also one of a template")
	}
	if f.template.Spec == nil {
		return f.fromFull(cmd, name, program)
	}
	s, err := f.over(cmd, *f.template.Spec, program)
	if err != nil {
		return nil, err
	}
	s.Name = name
	if s.Image == "" && len(f.wrong) == 0 {
		return nil, exit.Usagef("template %s leaves the image to you: add --image", f.template.Name)
	}
	if err := f.wrong.with(InFlags(s.Check())); err != nil {
		return nil, err
	}
	return []*training.MPIJob{s.MPIJob()}, nil
}

// fromFull changes a template that is a whole MPIJob, as far as flags can.
func (f *Flags) fromFull(cmd *cobra.Command, name string, program []string) ([]*training.MPIJob, error) {
	for _, flag := range append(slices.Concat(inputNames, placeNames), "mpi", "gpu-type", "network-policy") {
		if cmd.Flags().Changed(flag) {
			return nil, exit.Usagef("template %s is a whole MPIJob, in which --%s changes nothing: print it with `odh training template show %s`, and change it there", f.template.Name, flag, f.template.Name)
		}
	}
	c, err := f.Changes(cmd, program)
	if err != nil {
		return nil, err
	}
	m, err := f.template.Job(name, c)
	if err == nil {
		err = training.Check(m)
	}
	if err != nil {
		return nil, InFlags(err)
	}
	return []*training.MPIJob{m}, nil
}

// over puts what was given on the command line over a Spec.
func (f *Flags) over(cmd *cobra.Command, s training.Spec, program []string) (training.Spec, error) {
	s.Secrets, s.Claims, s.Connections, s.Env = slices.Clone(s.Secrets), slices.Clone(s.Claims), slices.Clone(s.Connections), slices.Clone(s.Env)
	given := cmd.Flags().Changed
	for flag, set := range map[string]func(){
		"image": func() { s.Image = f.Image }, "workers": func() { s.Workers = f.Workers }, "slots-per-worker": func() { s.SlotsPerWorker = f.Slots },
		"gpus-per-worker": func() { s.GPUsPerWorker = f.GPUs }, "gpu-per-worker": func() { s.GPUsPerWorker = f.GPUs },
		"mpi": func() { s.MPI = implementation(f.MPI) }, "gpu-type": func() { s.GPUType = corev1.ResourceName(f.GPUType) },
		"time-limit": func() { s.TimeLimit = f.TimeLimit }, "network-policy": func() { s.Network = training.Network(f.Network) },
	} {
		if given(flag) {
			set()
		}
	}
	f.wrong.quantities(amount{"cpu-per-worker", f.CPU, &s.CPUPerWorker}, amount{"memory-per-worker", f.Memory, &s.MemoryPerWorker})
	words := f.wrong.words("command", f.Command)
	switch {
	case len(words) > 0:
		s.Command, s.Args = words, program
	case len(program) > 0:
		s.Command, s.Args = program, nil
	}
	for _, e := range f.wrong.environment(f.Env, os.LookupEnv) {
		at := slices.IndexFunc(s.Env, func(x training.EnvVar) bool { return x.Name == e.Name })
		if at < 0 {
			s.Env = append(s.Env, e)
			continue
		}
		s.Env[at] = e
	}
	f.Place.fill(&s, &f.wrong)
	return s, f.Inputs.fill(&s, &f.wrong)
}
