package jobflags

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opendatahub-io/mpijob/internal/amounts"
	"github.com/opendatahub-io/mpijob/internal/cli/exit"
	"github.com/opendatahub-io/mpijob/pkg/training"
)

// misread are the flags whose values can't be read, by name, with what is wrong with each value: it is told with all else
// that is wrong with the job, and not alone.
type misread map[string][]string

func (w *misread) note(flag, message string) {
	if *w == nil {
		*w = misread{}
	}
	(*w)[flag] = append((*w)[flag], message)
}

// with is one error of these flags, and of what else is wrong with the job, which may be nothing.
func (w misread) with(err error) error {
	var invalid *training.InvalidError
	if len(w) == 0 || err != nil && !errors.As(err, &invalid) {
		return err
	}
	own := &training.InvalidError{What: "the job"}
	for _, flag := range slices.Sorted(maps.Keys(w)) {
		for _, message := range w[flag] {
			own.Problems = append(own.Problems, training.Problem{Field: "--" + flag, Message: message})
		}
	}
	all := training.Together(own, err)
	if errors.As(all, &invalid) && len(invalid.Problems) == 1 {
		return exit.Usagef("%s %s", invalid.Problems[0].Field, invalid.Problems[0].Message)
	}
	return exit.Usagef("%v", all)
}

// quantity reads the value of a flag; nil is one that was not given, or can't be read.
func (w *misread) quantity(flag, text string) *resource.Quantity {
	if text == "" {
		return nil
	}
	v, err := amounts.Parse(text, amounts.KindOf(flag))
	if err != nil {
		w.note(flag, err.Error())
		return nil
	}
	return &v
}

// amount is a flag's text, and where its value goes.
type amount struct {
	flag, text string
	to         *resource.Quantity
}

// quantities puts the values of flags that were given where they go.
func (w *misread) quantities(all ...amount) {
	for _, a := range all {
		if v := w.quantity(a.flag, a.text); v != nil {
			*a.to = *v
		}
	}
}

// words are those of a command line in a flag.
func (w *misread) words(flag, text string) []string {
	words, err := Words(text)
	if err != nil {
		w.note(flag, err.Error())
	}
	return words
}

// number is the value of a flag that takes a whole number.
type number struct {
	flag  string
	to    *int32
	wrong *misread
	text  string // of one that is none
}

// Set notes what is no number, for the last of the flag, which counts. The dashes before the program are none that was meant.
func (n *number) Set(text string) error {
	v, err := strconv.ParseInt(text, 0, 32)
	n.text = ""
	delete(*n.wrong, n.flag)
	switch {
	case err == nil:
		*n.to = int32(v)
		return nil
	case text == "--":
		return err
	}
	n.text = text
	likely := amounts.Likely(text, amounts.Count)
	switch {
	case errors.Is(err, strconv.ErrRange):
		n.wrong.note(n.flag, strconv.Quote(text)+" is too large a number")
	case len(likely) > 0:
		n.wrong.note(n.flag, strconv.Quote(text)+" is no whole number: did you mean "+likely[0]+"?")
	default:
		n.wrong.note(n.flag, strconv.Quote(text)+" is no whole number: write it as 3")
	}
	return nil
}

func (n *number) String() string {
	if n.text != "" || n.to == nil {
		return n.text
	}
	return strconv.Itoa(int(*n.to))
}

// Type is that of the flags of the library.
func (n *number) Type() string { return "int32" }

// timeLimit is the value of --time-limit; zero where it isn't given.
type timeLimit struct {
	to    *time.Duration
	wrong *misread
	text  string // of one that is none
}

// Set notes what is no time limit, for the last of the flag, which counts.
func (l *timeLimit) Set(text string) error {
	d, err := training.ParseTimeLimit(text)
	l.text = ""
	delete(*l.wrong, "time-limit")
	switch {
	case err == nil:
		*l.to = d
	case text == "--":
		return err
	default:
		l.text = text
		l.wrong.note("time-limit", err.Error())
	}
	return nil
}

func (l *timeLimit) String() string {
	if l.text != "" || l.to == nil || *l.to == 0 {
		return l.text
	}
	return l.to.String()
}

// Type is that of the flags of the library.
func (l *timeLimit) Type() string { return "duration" }
