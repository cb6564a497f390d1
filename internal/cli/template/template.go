// Package template is `odh training template`.
package template

import (
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/jobflags"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// NewTemplateCmd returns the command.
func NewTemplateCmd(f *factory.Factory, group func(*cobra.Command, []string) error) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "template",
		Short: "Save, list, show and delete templates of jobs",
		Long: `Save, list, show and delete templates: jobs to make others of, with

  odh training create NAME --template TEMPLATE

A template is kept in the namespace, in a ConfigMap, and is there for everyone who may read those. Some for
the common frameworks are built in; one of your own with the same name takes their place.`,
		Args: cobra.ArbitraryArgs,
		RunE: group,
	}
	cmd.AddCommand(newSaveCmd(f), newListCmd(f), newShowCmd(f), newDeleteCmd(f))
	return cmd
}

func newSaveCmd(f *factory.Factory) *cobra.Command {
	var flags jobflags.Flags
	var from, description string
	var replace bool
	cmd := &cobra.Command{
		Use:   "save NAME (--from JOB | -f FILE | flags [-- PROGRAM [ARGS…]])",
		Short: "Save a template, from a job, a file or flags",
		Long: `Save a template: from a job that is there, from a file (an MPIJob, or what template show printed), or
from the flags of create. What each job says anew, its name, its image and its code folder, may be left out.`,
		Example: `  odh training template save resnet --from train-7 --description 'ResNet-50, 4 GPUs'
  odh training template save resnet -f resnet.yaml --replace
  odh training template save small --workers 2 --memory-per-worker 4Gi --pvc data:/data -- python train.py`,
		RunE: func(cmd *cobra.Command, args []string) error {
			names, program := jobflags.Split(cmd, args)
			name, err := one(cmd, names)
			if err != nil {
				return err
			}
			jobs, err := f.Jobs()
			if err != nil {
				return err
			}
			t, err := source(cmd, jobs, &flags, from, name, program)
			if err != nil {
				return err
			}
			t.Name = name
			if description != "" {
				t.Description = description
			}
			saved, err := jobs.SaveTemplate(cmd.Context(), t, training.SaveTemplateOptions{Replace: replace})
			if err != nil {
				return err
			}
			fmt.Fprintf(f.IO.Out, "%s template/%s saved\n", f.IO.Style().Green("✓"), saved.Name)
			fmt.Fprintf(f.IO.Err, "  make a job of it with: odh training create NAME --template %s -n %s\n", saved.Name, jobs.Namespace())
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	flags.Add(cmd)
	jobflags.CompleteImages(cmd, f)
	fs := cmd.Flags()
	fs.StringVar(&from, "from", "", "the `JOB` to make a template of")
	fs.StringVar(&description, "description", "", "a `TEXT` for those who look for a template")
	fs.BoolVar(&replace, "replace", false, "take the place of a template of that name")
	_ = cmd.RegisterFlagCompletionFunc("from", jobarg.Complete(f, false))
	_ = cmd.RegisterFlagCompletionFunc("description", cobra.NoFileCompletions)
	return cmd
}

// source is the template that the command line means.
func source(cmd *cobra.Command, jobs *training.Jobs, flags *jobflags.Flags, from, name string, program []string) (*training.Template, error) {
	switch {
	case from != "" && flags.File != "":
		return nil, exit.Usagef("--from and --filename don't go together: name one of them")
	case from != "" || flags.File != "":
		if err := flags.Alone(cmd, program); err != nil {
			return nil, err
		}
	}
	switch {
	case from != "":
		m, err := jobs.MPIJob(cmd.Context(), from, training.ReadOptions{})
		if err != nil {
			return nil, err
		}
		return training.TemplateOf(name, m), nil
	case flags.File == "-":
		return training.ReadTemplate(cmd.InOrStdin(), "standard input")
	case flags.File != "":
		r, err := os.Open(flags.File)
		if err != nil {
			return nil, exit.Usagef("%v: check the name after --filename", err)
		}
		defer r.Close()
		return training.ReadTemplate(r, flags.File)
	}
	return flags.Template(cmd, name, program)
}

func newListCmd(f *factory.Factory) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the namespace's templates, and those that are built in",
		Example: `  odh training template list`,
		Args:    jobarg.None,
		RunE: func(cmd *cobra.Command, _ []string) error {
			format, err := printer.ParseFormat(output, printer.Text, printer.JSON, printer.YAML, printer.Name)
			if err != nil {
				return err
			}
			jobs, err := f.Jobs()
			if err != nil {
				return err
			}
			list, err := jobs.Templates(cmd.Context())
			if err != nil {
				return err
			}
			return show(f, list, format)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "print the templates as `FORMAT`: yaml, json or name")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"yaml", "json", "name"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func show(f *factory.Factory, list []*training.Template, format printer.Format) error {
	switch format {
	case printer.JSON, printer.YAML:
		return printer.Data(f.IO.Out, format, printer.Templates(list))
	case printer.Name:
		for _, t := range list {
			fmt.Fprintln(f.IO.Out, t.Name)
		}
		return nil
	case printer.Text, printer.Wide, printer.JSONPath:
	}
	w := tabwriter.NewWriter(f.IO.Out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "NAME\tKIND\tAGE\tDESCRIPTION")
	for _, t := range list {
		kind, age := "simple", "built in"
		if t.MPIJob != nil {
			kind = "MPIJob"
		}
		if t.Created != nil {
			age = printer.Age(f.Now().Sub(*t.Created))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", t.Name, kind, age, printer.Clean(t.Description))
	}
	return w.Flush()
}

func newShowCmd(f *factory.Factory) *cobra.Command {
	return &cobra.Command{
		Use:     "show NAME",
		Short:   "Print a template, as save -f reads it",
		Example: `  odh training template show horovod > mine.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := one(cmd, args)
			if err != nil {
				return err
			}
			jobs, err := f.Jobs()
			var t *training.Template
			if err == nil {
				t, err = jobs.Template(cmd.Context(), name)
			}
			var nowhere *training.ConfigError
			if errors.As(err, &nowhere) && training.BuiltInTemplate(name) != nil {
				t, err = training.BuiltInTemplate(name), nil
			}
			if err != nil {
				return err
			}
			text, err := t.YAML()
			if err != nil {
				return err
			}
			_, err = f.IO.Out.Write(text)
			return err
		},
		ValidArgsFunction: jobflags.CompleteTemplates(f),
	}
}

func newDeleteCmd(f *factory.Factory) *cobra.Command {
	return &cobra.Command{
		Use:     "delete NAME",
		Short:   "Delete a template; jobs made of it stay",
		Example: `  odh training template delete resnet`,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := one(cmd, args)
			if err != nil {
				return err
			}
			jobs, err := f.Jobs()
			if err != nil {
				return err
			}
			if err := jobs.DeleteTemplate(cmd.Context(), name); err != nil {
				return err
			}
			fmt.Fprintf(f.IO.Out, "%s template/%s deleted\n", f.IO.Style().Green("✓"), name)
			return nil
		},
		ValidArgsFunction: jobflags.CompleteTemplates(f),
	}
}

func one(cmd *cobra.Command, args []string) (string, error) {
	if len(args) != 1 {
		return "", exit.Usagef("which template? Write: %s NAME", cmd.CommandPath())
	}
	return args[0], nil
}
