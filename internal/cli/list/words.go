package list

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/cli/jobarg"
	"github.com/opendatahub-io/mpijob/internal/cli/printer"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// words are the flags whose values are checked.
type words struct {
	types, phases []string
	sortBy        string
	output        string
}

func (w *words) add(cmd *cobra.Command, o *Options) {
	fs := cmd.Flags()
	fs.StringSliceVar(&w.types, "type", nil, "only jobs of this `TYPE`; several with commas")
	fs.StringSliceVar(&w.phases, "status", nil, "only jobs in this `PHASE`; several with commas")
	fs.StringVar(&o.Select.Creator, "creator", "", "only jobs of this `USER`")
	fs.StringVarP(&o.Select.LabelSelector, "selector", "l", "", "only jobs with these `LABELS`, as team=vision")
	fs.StringVar(&o.Select.Search, "search", "", "only jobs with these `WORDS` in name, creator, image, queue, labels or message")
	fs.BoolVarP(&o.All, "all-namespaces", "A", false, "jobs of all namespaces")
	fs.StringVar(&w.sortBy, "sort-by", string(training.SortCreated), "order by `KEY`: "+strings.Join(names(training.SortKeys()), ", "))
	fs.BoolVar(&o.Select.Reverse, "reverse", false, "turn the order round")
	fs.IntVar(&o.Select.Limit, "limit", 0, "at most this `NUMBER` of jobs (default all)")
	fs.StringVar(&o.Select.Continue, "continue", "", "go on after the page that ended with this `TOKEN`")
	fs.StringVarP(&w.output, "output", "o", "", "print as `FORMAT`: wide, json, yaml, name or jsonpath=EXPRESSION")
	for flag, values := range map[string][]string{
		"type": names(training.Types()), "status": names(training.Phases()), "sort-by": names(training.SortKeys()),
		"output": {"wide", "json", "yaml", "name"},
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
}

func names[T ~string](values []T) []string {
	var out []string
	for _, v := range values {
		out = append(out, string(v))
	}
	return out
}

// typeWords are the types as one types them after the verb.
func typeWords() []string {
	var out []string
	for _, t := range training.Types() {
		out = append(out, strings.ToLower(string(t))+"s")
	}
	return out
}

// parse reads the arguments and the flags.
func (o *Options) parse(args []string, w words) error {
	refs, typ, err := jobarg.Refs(args)
	if err != nil {
		return err
	}
	if len(refs) > 0 {
		return exit.Usagef("list takes no name: use `odh training describe %s`", refs[0].Name)
	}
	if typ != "" {
		w.types = append(w.types, string(typ))
	}
	o.Select.Types = nil
	for _, word := range w.types {
		t, ok := training.ParseType(word)
		if !ok {
			return exit.Usagef("there is no type of job %q: use %s", word, strings.Join(names(training.Types()), ", "))
		}
		o.Select.Types = append(o.Select.Types, t)
	}
	if o.Select.Phases, err = oneOf("phase", w.phases, training.Phases()); err != nil {
		return err
	}
	keys, err := oneOf("sort key", []string{w.sortBy}, training.SortKeys())
	if err != nil {
		return err
	}
	if o.Select.SortBy = keys[0]; keys[0] == training.SortCreated {
		o.Select.SortBy = "" // a token of the one is a token of the other
	}
	if o.Output, err = printer.ParseFormat(w.output, printer.Text, printer.Wide, printer.JSON, printer.YAML, printer.Name, printer.JSONPath); err != nil {
		return err
	}
	switch {
	case o.All && o.Factory.Namespace != "":
		return exit.Usagef("--namespace and --all-namespaces don't go together: choose one")
	case o.Select.Limit < 0:
		return exit.Usagef("--limit must not be negative")
	}
	return nil
}

// oneOf finds words among the values they may be, in any case.
func oneOf[T ~string](what string, given []string, values []T) ([]T, error) {
	var out []T
	for _, g := range given {
		at := slices.IndexFunc(values, func(v T) bool { return strings.EqualFold(g, string(v)) })
		if at < 0 {
			return nil, exit.Usagef("there is no %s %q: use %s", what, g, strings.Join(names(values), ", "))
		}
		out = append(out, values[at])
	}
	return out, nil
}
