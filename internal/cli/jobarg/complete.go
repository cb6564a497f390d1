package jobarg

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/factory"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// patience is how long the cluster may take to answer at Tab: a shell that hangs is worse than one that
// offers nothing.
const patience = 2 * time.Second

const nothing = cobra.ShellCompDirectiveNoFileComp

// Complete offers the names of the namespace's MPIJobs to the shell, of one or of many.
func Complete(f *factory.Factory, many bool) cobra.CompletionFunc {
	return complete(f, many, training.TypeMPIJob)
}

// CompleteAny offers jobs of any type, each with its own before a slash where it is no MPIJob.
func CompleteAny(f *factory.Factory, many bool) cobra.CompletionFunc { return complete(f, many) }

func complete(f *factory.Factory, many bool, types ...training.Type) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		given, before, err := Refs(args)
		if err != nil || len(given) > 0 && !many {
			return nil, nothing
		}
		jobs, err := f.Jobs()
		if err != nil {
			return nil, nothing
		}
		o := training.ListOptions{Types: types}
		word, _, slash := strings.Cut(prefix, "/")
		if t, ok := training.ParseType(word); slash && ok {
			o.Types = []training.Type{t}
		} else if before != "" {
			o.Types = []training.Type{before}
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), patience)
		defer cancel()
		page, err := jobs.List(ctx, o)
		if err != nil {
			return nil, nothing
		}
		var out []string
		for _, j := range page.Items {
			name := j.Name
			switch {
			case slash:
				name = word + "/" + j.Name
			case before == "" && j.Type != training.TypeMPIJob:
				name = strings.ToLower(string(j.Type)) + "/" + j.Name
			}
			if !slices.Contains(given, Ref{Type: j.Type, Name: j.Name}) && strings.HasPrefix(name, prefix) {
				out = append(out, name+"\t"+string(j.Phase))
			}
		}
		return out, nothing
	}
}

// CompleteContexts offers the kubeconfig's contexts.
func CompleteContexts(f *factory.Factory) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
		return startingWith(prefix, training.Contexts(training.Kubeconfig{Path: f.Kubeconfig})), nothing
	}
}

// CompleteNamespaces offers the namespaces the caller may list; where they may not, those of the
// kubeconfig's contexts.
func CompleteNamespaces(f *factory.Factory) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
		client, err := f.Client()
		if err != nil {
			return nil, nothing
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), patience)
		defer cancel()
		names, err := client.Namespaces(ctx)
		if err != nil {
			names = training.ContextNamespaces(training.Kubeconfig{Path: f.Kubeconfig})
		}
		return startingWith(prefix, names), nothing
	}
}

func startingWith(prefix string, words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !strings.HasPrefix(w, prefix) })
}
