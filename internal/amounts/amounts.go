// Package amounts reads amounts of resources and time as people write them, and says what was probably meant by those that
// are none.
package amounts

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Kind is what there is an amount of.
type Kind int

// The kinds.
const (
	Count Kind = iota // of whole things, as GPUs
	CPU
	Bytes
)

// KindOf is the kind of a resource of Kubernetes, by its name, or of a field that has one: "cpu", "memoryPerWorker",
// "requests.memory".
func KindOf(name string) Kind {
	n := strings.ToLower(name)
	switch {
	case strings.Contains(n, "/"):
		return Count
	case strings.Contains(n, "cpu"):
		return CPU
	case strings.Contains(n, "memory"), strings.Contains(n, "storage"), strings.Contains(n, "size"), strings.HasPrefix(n, "hugepages-"):
		return Bytes
	}
	return Count
}

// as is how an amount of a kind is written.
func (k Kind) as() string {
	switch k {
	case CPU:
		return "write it as 4 or 500m"
	case Bytes:
		return "write it as 512Mi or 16Gi"
	default:
		return "write it as a whole number, as 1"
	}
}

// longest is the most characters of an amount, and largest the largest exponent: what has more is a mistake, or means to
// cost time.
const (
	longest = 64
	largest = 30
)

var exponent = regexp.MustCompile(`[eE][+-]?0*([0-9]+)$`)

// Parse reads an amount. Its error quotes the text, and says what was probably meant.
func Parse(text string, of Kind) (resource.Quantity, error) {
	if len(text) <= longest && modest(text) {
		if q, err := resource.ParseQuantity(text); err == nil {
			return q, nil
		}
	}
	return resource.Quantity{}, errors.New(quoted(text) + " is no amount: " + meant(text, of))
}

// modest says whether a text has no exponent above the largest.
func modest(text string) bool {
	m := exponent.FindStringSubmatch(text)
	if m == nil {
		return true
	}
	n, err := strconv.Atoi(m[1])
	return err == nil && n <= largest
}

// meant is what to write instead.
func meant(text string, of Kind) string {
	likely := Likely(text, of)
	if len(likely) == 0 {
		return of.as()
	}
	return "did you mean " + strings.Join(likely, ", or ") + "?"
}

var spoken = regexp.MustCompile(`^([0-9]+(?:[.,][0-9]+)?)\s*([\pL]+)?\.?$`)

// Likely are the amounts that a text probably means, the likeliest first.
func Likely(text string, of Kind) []string {
	if len(text) > longest {
		return nil
	}
	m := spoken.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return nil
	}
	n, whole := m[1], true
	if at := strings.IndexAny(n, ".,"); at >= 0 {
		whole = false
		if n[at] == ',' && len(n)-at == 4 { // thousands, or thousandths: nobody knows
			return nil
		}
		n = strings.Replace(n, ",", ".", 1)
	}
	var out []string
	for _, unit := range units(m[2], of) {
		if of == Count && !whole {
			return nil
		}
		if q := n + unit; q != text {
			if _, err := resource.ParseQuantity(q); err == nil {
				out = append(out, q)
			}
		}
	}
	return out
}

// units are those that a word can mean.
func units(word string, of Kind) []string {
	w := strings.ToLower(word)
	switch of {
	case CPU:
		switch w {
		case "", "c", "cpu", "cpus", "vcpu", "vcpus", "core", "cores", "kern", "kerne":
			return []string{""}
		case "m", "mcpu":
			if word[0] != 'm' { // M is mega
				return nil
			}
			return []string{"m"}
		case "millicpu", "millicpus", "millicore", "millicores":
			return []string{"m"}
		}
	case Bytes:
		return byteUnits(word)
	default:
		switch w {
		case "", "x", "gpu", "gpus", "worker", "workers", "slot", "slots", "rank", "ranks":
			return []string{""}
		}
	}
	return nil
}

// byteUnits tells those of ten and those of two apart where the word does; GB is either, as it is used. One letter that is a
// unit as it is written may mean just that; otherwise it is what other tools of containers mean by it.
func byteUnits(word string) []string {
	w := strings.ToLower(word)
	if w == "" || w == "b" || w == "byte" || w == "bytes" {
		return []string{""}
	}
	for _, u := range []struct{ letter, ten, two string }{{"k", "kilo", "kibi"}, {"m", "mega", "mebi"}, {"g", "giga", "gibi"}, {"t", "tera", "tebi"}, {"p", "peta", "pebi"}, {"e", "exa", "exbi"}} {
		binary, decimal := strings.ToUpper(u.letter)+"i", strings.ToUpper(u.letter)
		if u.letter == "k" {
			decimal = "k"
		}
		switch strings.TrimSuffix(w, "s") {
		case u.letter:
			switch word {
			case decimal:
				return []string{decimal, binary}
			case "e": // an exponent that was forgotten, as likely
				return nil
			}
			return []string{binary}
		case u.letter + "i", u.letter + "ib", u.two + "byte":
			return []string{binary}
		case u.letter + "b", u.letter + "byte", u.ten + "byte", u.letter + "ig", u.letter + "eg":
			return []string{decimal, binary}
		}
	}
	return nil
}

// quoted is a text in quotes, cut where it is long.
func quoted(text string) string {
	const most = 60
	if len(text) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + "…"
	}
	return fmt.Sprintf("%q", text)
}
