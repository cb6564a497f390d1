// Package jobarg reads the arguments that name jobs: the type is optional, as in `logs pi`,
// `logs mpijob pi` and `logs mpijob/pi`. A job that is called like a type needs the type.
package jobarg

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// isType says whether a word names the type of a job.
func isType(s string) bool {
	switch strings.ToLower(s) {
	case "mpijob", "mpijobs", "mpijob.kubeflow.org", "mpijobs.kubeflow.org", "mj":
		return true
	}
	return false
}

// Names takes the job type off the arguments, wherever it is given.
func Names(args []string) ([]string, error) {
	if len(args) > 0 && isType(args[0]) {
		args = args[1:]
	}
	names := make([]string, 0, len(args))
	for _, a := range args {
		if kind, name, ok := strings.Cut(a, "/"); ok {
			if !isType(kind) {
				return nil, exit.Usagef("%q is no job type this command knows: write mpijob/NAME, or the name alone", kind)
			}
			a = name
		}
		if a == "" {
			return nil, exit.Usagef("a job's name is missing")
		}
		names = append(names, a)
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

// Complete offers the names of the namespace's jobs to the shell. It gives up quickly: a shell that
// hangs at Tab is worse than one that offers nothing.
func Complete(f *factory.Factory, many bool) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		const none = cobra.ShellCompDirectiveNoFileComp
		given, err := Names(args)
		if err != nil || len(given) > 0 && !many {
			return nil, none
		}
		jobs, err := f.Jobs()
		if err != nil {
			return nil, none
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), 2*time.Second)
		defer cancel()
		list, err := jobs.List(ctx, training.ListOptions{Types: []training.Type{training.TypeMPIJob}})
		if err != nil {
			return nil, none
		}
		kind := ""
		if k, _, ok := strings.Cut(prefix, "/"); ok && isType(k) {
			kind = k + "/"
		}
		taken := map[string]bool{}
		for _, n := range given {
			taken[n] = true
		}
		var out []string
		for _, j := range list.Items {
			if name := kind + j.Name; !taken[j.Name] && strings.HasPrefix(name, prefix) {
				out = append(out, name+"\t"+string(j.Phase))
			}
		}
		return out, none
	}
}
