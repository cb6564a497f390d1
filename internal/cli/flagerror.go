package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/internal/spelling"
)

// flagError says what is wrong with a flag and how to write it, without the parser's own words.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(cmd, unknown)
	case errors.As(err, &missing):
		return exit.Usagef("--%s needs a value: write %s", missing.GetFlag().Name, howTo(missing.GetFlag()))
	case errors.As(err, &invalid) && invalid.GetValue() == "--":
		return tookDashes(invalid.GetFlag())
	case errors.As(err, &invalid):
		return exit.Usagef("--%s %q %s", invalid.GetFlag().Name, invalid.GetValue(), badValue(invalid))
	}
	return exit.Usagef("%v", err)
}

// badValue is what is wrong with a value, by what the flag takes.
func badValue(e *pflag.InvalidValueError) string {
	tooLarge := errors.Is(e.Unwrap(), strconv.ErrRange)
	switch of := e.GetFlag().Value.Type(); {
	case (strings.HasPrefix(of, "int") || strings.HasPrefix(of, "uint")) && tooLarge:
		return "is too large a number"
	case strings.HasPrefix(of, "int"), strings.HasPrefix(of, "uint"):
		return "is no whole number: write it as 3"
	case of == "bool":
		return "is neither true nor false"
	}
	return e.Unwrap().Error()
}

// howTo is how a flag is written: "--image IMAGE".
func howTo(f *pflag.Flag) string {
	name, _ := pflag.UnquoteUsage(f)
	switch {
	case strings.HasPrefix(name, "int"), strings.HasPrefix(name, "uint"):
		name = "NUMBER"
	case name == "", name != strings.ToUpper(name) && !strings.Contains(f.Usage, "`"): // the word of a type
		name = "VALUE"
	}
	return "--" + f.Name + " " + name
}

func unknownFlag(cmd *cobra.Command, e *pflag.NotExistError) error {
	written, word := "--"+e.GetSpecifiedName(), e.GetSpecifiedName()
	if group := e.GetSpecifiedShortnames(); group != "" {
		written, word = "-"+group, group // -workers, where --workers was meant
		if len(group) == 1 {
			return exit.Usagef("unknown flag %s", written)
		}
	}
	word, _, _ = strings.Cut(word, "=")
	meant := nearFlags(cmd, word)
	if len(meant) == 0 {
		return exit.Usagef("unknown flag %s", written)
	}
	return exit.Usagef("unknown flag %s: did you mean %s?", written, strings.Join(meant, " or "))
}

// nearFlags are the flags a word was probably meant to be: those that begin with it, as --gpus does
// --gpus-per-worker, or else the one that is spelt most like it.
func nearFlags(cmd *cobra.Command, word string) []string {
	var names, longer []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	for _, begin := range []string{word, strings.TrimSuffix(word, "s")} {
		for _, n := range names {
			if len(begin) > 2 && len(longer) < 3 && strings.HasPrefix(n, begin) {
				longer = append(longer, "--"+n)
			}
		}
		if len(longer) > 0 {
			break
		}
	}
	if near := spelling.Nearest(word, names); near != "" && (len(longer) == 0 || slices.Contains(longer, "--"+near)) {
		return []string{"--" + near}
	}
	return longer
}

// swallowed refuses a flag without its value, which took what follows it on the command line for one: the two dashes
// before the program, or another flag. Where a value is meant to begin with dashes, --flag=VALUE says so.
func swallowed(cmd *cobra.Command, line []string) error {
	follows := func(f *pflag.Flag, v string) bool {
		for i, word := range line[:max(0, len(line)-1)] {
			if line[i+1] == v && (word == "--"+f.Name || f.Shorthand != "" && word == "-"+f.Shorthand) {
				return true
			}
		}
		return false
	}
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if many, ok := f.Value.(pflag.SliceValue); ok {
			values = many.GetSlice()
		}
		for _, v := range values {
			name, _, _ := strings.Cut(strings.TrimPrefix(v, "--"), "=")
			switch {
			case err != nil || !follows(f, v):
			case v == "--":
				err = tookDashes(f)
			case strings.HasPrefix(v, "--") && cmd.Flags().Lookup(name) != nil:
				err = exit.Usagef("--%s has no value, and took %s, which follows it, for one: write %s", f.Name, v, howTo(f))
			}
		}
	})
	return err
}

func tookDashes(f *pflag.Flag) error {
	return exit.Usagef("--%s has no value, and took the -- before the program for one: write %s", f.Name, fmt.Sprintf("%s --", howTo(f)))
}
