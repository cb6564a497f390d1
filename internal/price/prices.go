package price

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Bounds of a list of prices.
const (
	maxText      = 64 << 10
	maxResources = 100
)

// Prices are what resources cost an hour: a core of CPU, a GiB of memory, one of everything else.
type Prices struct {
	Currency string
	hour     map[corev1.ResourceName]*big.Rat
}

// Problem is one thing that is wrong with a list of prices.
type Problem struct {
	Line    int
	Message string
}

// InvalidError has all that is wrong with a list of prices.
type InvalidError struct{ Problems []Problem }

func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = fmt.Sprintf("line %d: %s", p.Line, p.Message)
	}
	return strings.Join(lines, "; ")
}

var (
	currencyForm = regexp.MustCompile(`^[\p{L}\p{Sc}]{1,12}$`)
	amountForm   = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,9})?$`)
)

const example = "write the file as currency: EUR and perHour: {cpu: 0.04, memory: 0.005, nvidia.com/gpu: 2.50}"

// Parse reads a list of prices:
//
//	currency: EUR
//	perHour:
//	  cpu: 0.04             # a core
//	  memory: 0.005         # a GiB
//	  nvidia.com/gpu: 2.50  # one
//
// Amounts are decimal and read exactly. CPU and memory must be there, 0 is free: every job asks for them, and
// a sum without them would look like one with them. An error is an InvalidError.
func Parse(text []byte) (*Prices, error) {
	r := &reader{prices: &Prices{hour: map[corev1.ResourceName]*big.Rat{}}}
	r.read(text)
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b Problem) int { return a.Line - b.Line })
		return nil, &InvalidError{r.problems}
	}
	return r.prices, nil
}

// reader gathers prices, and what is wrong with them.
type reader struct {
	prices   *Prices
	problems []Problem
}

func (r *reader) wrong(line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{max(1, line), fmt.Sprintf(format, args...)})
}

func (r *reader) read(text []byte) {
	if len(text) > maxText {
		r.wrong(1, "is larger than %d KiB", maxText>>10)
		return
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		r.syntax(err)
		return
	}
	if len(doc.Content) == 0 {
		r.wrong(1, "is empty: %s", example)
		return
	}
	top := r.fields(doc.Content[0], "the file")
	if top == nil {
		return
	}
	for key, f := range top {
		if key != "currency" && key != "perHour" {
			r.wrong(f.key.Line, "%q is no field: there are currency and perHour", key)
		}
	}
	if f, ok := top["currency"]; !ok {
		r.wrong(doc.Content[0].Line, "currency is missing: name it as EUR")
	} else if r.prices.Currency = f.value.Value; f.value.Kind != yaml.ScalarNode || !currencyForm.MatchString(f.value.Value) {
		r.wrong(f.key.Line, "currency %q is not one to twelve letters, as EUR", f.value.Value)
	}
	f, ok := top["perHour"]
	if !ok {
		r.wrong(doc.Content[0].Line, "perHour is missing: %s", example)
		return
	}
	r.hours(f)
}

// hours reads the price of each resource.
func (r *reader) hours(of field) {
	list := r.fields(of.value, "perHour")
	if list == nil {
		return
	}
	if len(list) > maxResources {
		r.wrong(of.key.Line, "perHour has %d resources, and at most %d are read", len(list), maxResources)
		return
	}
	for name, f := range list {
		if problems := validation.IsQualifiedName(name); len(problems) > 0 {
			r.wrong(f.key.Line, "%q is no name of a resource, as cpu, memory or nvidia.com/gpu", name)
			continue
		}
		if f.value.Kind != yaml.ScalarNode || !amountForm.MatchString(f.value.Value) {
			r.wrong(f.key.Line, "the price of %s, %q, is no amount: write it as 2.50, with at most nine digits before and after the point", name, f.value.Value)
			continue
		}
		r.prices.hour[corev1.ResourceName(name)], _ = new(big.Rat).SetString(f.value.Value)
	}
	for _, name := range []string{"cpu", "memory"} {
		if _, ok := list[name]; !ok {
			r.wrong(of.key.Line, "perHour has no price for %s: 0 is free", name)
		}
	}
}

type field struct{ key, value *yaml.Node }

// fields are those of a mapping; nil, and a problem, of anything else.
func (r *reader) fields(n *yaml.Node, what string) map[string]field {
	if n.Kind != yaml.MappingNode {
		r.wrong(n.Line, "%s is no list of names with values: %s", what, example)
		return nil
	}
	out := map[string]field{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if before, ok := out[key.Value]; ok {
			r.wrong(key.Line, "%q is there twice, first in line %d", key.Value, before.key.Line)
			continue
		}
		out[key.Value] = field{key, n.Content[i+1]}
	}
	return out
}

var syntaxLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)

func (r *reader) syntax(err error) {
	message, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
	if m := syntaxLine.FindStringSubmatch(err.Error()); m != nil {
		_, _ = fmt.Sscan(m[1], &line)
		message = err.Error()[len(m[0]):]
	}
	r.wrong(line, "is no YAML: %s", message)
}
