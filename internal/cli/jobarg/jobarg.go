// Package jobarg reads the arguments that name jobs: the type is optional, as in `logs pi`,
// `logs mpijob pi` and `logs mpijob/pi`. A job that is called like a type needs the type.
package jobarg

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// Ref is a job that was named.
type Ref struct {
	Type training.Type
	Name string
}

// Refs are the jobs that are named, MPIJobs where no type is given; typ is the type before all of them,
// empty without one.
func Refs(args []string) (refs []Ref, typ training.Type, err error) {
	if len(args) > 0 {
		if t, ok := training.ParseType(args[0]); ok {
			typ, args = t, args[1:]
		}
	}
	for _, a := range args {
		ref := Ref{Type: typ, Name: a}
		if kind, name, ok := strings.Cut(a, "/"); ok {
			t, known := training.ParseType(kind)
			if !known {
				return nil, "", exit.Usagef("%q is no job type this command knows: write mpijob/NAME, or the name alone", kind)
			}
			ref = Ref{Type: t, Name: name}
		}
		if ref.Name == "" {
			return nil, "", exit.Usagef("a job's name is missing")
		}
		if ref.Type == "" {
			ref.Type = training.TypeMPIJob
		}
		refs = append(refs, ref)
	}
	return refs, typ, nil
}

// None is for commands that take no arguments.
func None(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return exit.Usagef("%s takes no arguments: leave %q out", cmd.CommandPath(), args[0])
	}
	return nil
}

// Names are the jobs that are named to a command that is for MPIJobs, without their type.
func Names(args []string) ([]string, error) {
	refs, typ, err := Refs(args)
	if err != nil {
		return nil, err
	}
	if typ != "" && typ != training.TypeMPIJob {
		return nil, exit.Usagef("this command is for MPIJobs, not for %ss", typ)
	}
	names := make([]string, 0, len(refs))
	for _, r := range refs {
		if r.Type != training.TypeMPIJob {
			return nil, exit.Usagef("this command is for MPIJobs, not for %ss", r.Type)
		}
		names = append(names, r.Name)
	}
	return names, nil
}

// One is the name of exactly one job.
func One(cmd *cobra.Command, args []string) (string, error) {
	names, err := Names(args)
	if err != nil {
		return "", err
	}
	switch len(names) {
	case 1:
		return names[0], nil
	case 0:
		return "", exit.Usagef("which job? Write: %s NAME", cmd.CommandPath())
	}
	return "", exit.Usagef("%s takes one job, but %d were named: %s", cmd.CommandPath(), len(names), strings.Join(names, ", "))
}

// OneRef is exactly one job, of any type.
func OneRef(cmd *cobra.Command, args []string) (Ref, error) {
	refs, _, err := Refs(args)
	switch {
	case err != nil:
		return Ref{}, err
	case len(refs) == 0:
		return Ref{}, exit.Usagef("which job? Write: %s NAME", cmd.CommandPath())
	case len(refs) > 1:
		return Ref{}, exit.Usagef("%s takes one job, but %d were named", cmd.CommandPath(), len(refs))
	}
	return refs[0], nil
}
