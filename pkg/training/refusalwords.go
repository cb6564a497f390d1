package training

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// refused turns the causes of a 422, or of a webhook's denial, into problems.
func refused(st metav1.Status, s subject) error {
	e := &InvalidError{What: s.kind}
	if s.name != "" {
		e.What += " \"" + s.name + "\""
	}
	if st.Details != nil {
		for _, cause := range st.Details.Causes {
			if strings.Contains(cause.Message, "some validation rules were not checked") { // for the other problems
				continue
			}
			p := Problem{Field: cause.Field, Message: inOurWords(withoutPolicy(cause.Message))}
			if p.Field == "" || p.Field == "<nil>" {
				p = policyProblem(cause.Message)
			}
			if !slices.Contains(e.Problems, p) {
				e.Problems = append(e.Problems, p)
			}
		}
	}
	if len(e.Problems) == 0 {
		e.Problems = []Problem{policyProblem(st.Message)}
	}
	return e
}

var (
	policyField = regexp.MustCompile(`^((?:metadata|spec)[.\[]\S*): (.+)$`)
	// itsName is how the API server begins what it says of an object: that is said around it.
	itsName = regexp.MustCompile(`^[A-Za-z]+(?:\.[a-z0-9.-]+)? "[^"]*" is (?:invalid|forbidden): `)
)

// policyProblem is what an admission policy or webhook has to say of no field; ours begin with the one that is meant.
func policyProblem(message string) Problem {
	message = itsName.ReplaceAllString(withoutPolicy(message), "")
	if m := policyField.FindStringSubmatch(message); m != nil {
		return Problem{Field: m[1], Message: inOurWords(m[2])}
	}
	return Problem{Message: inOurWords(message)}
}

// withoutPolicy is what an admission policy or webhook has to say, without its own name.
func withoutPolicy(message string) string {
	for _, before := range []string{" denied the request: ", " denied request: "} {
		if _, rest, ok := strings.Cut(message, before); ok {
			return rest
		}
	}
	return message
}

var (
	// inBody is the field once more, as the API server's schema says it.
	inBody = regexp.MustCompile(`^\S+ in body `)
	// examples are what Kubernetes adds to its rules for names.
	examples = regexp.MustCompile(` \(e\.g\. .*\)$`)
	// valueOf is a value that is not in quotes.
	verb    = regexp.MustCompile(`^(must|should|is|isn't|can't|may|makes|becomes|has|counts|would|doesn't)\b`)
	valueOf = regexp.MustCompile(`^(-?[0-9.]+|true|false|null|\{.*?\}|\[.*?\]): `)
	// itemsMost is how many items there are, and how many there may be.
	itemsMost = regexp.MustCompile(`^([0-9]+): (?:\S+ in body )?(?:must|should) have at most ([0-9]+) items?$`)
)

// plainRules are Kubernetes' rules of names, in fewer words.
var plainRules = strings.NewReplacer(
	"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character", "must have lower-case letters, digits, '-' and '.' only, and begin and end with a letter or digit",
	"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character", "must have lower-case letters, digits and '-' only, and begin and end with a letter or digit",
	"a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character", "must have lower-case letters, digits and '-' only, begin with a letter, and end with a letter or digit",
	"name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", "must have letters, digits, '-', '_' and '.' only (one / may stand after a domain), and begin and end with a letter or digit",
	"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", "must have letters, digits, '-', '_' and '.' only, and begin and end with a letter or digit",
)

// inOurWords says what Kubernetes calls "Invalid value: "a b": must not …" as "a b" must not …, and leaves out what is said
// twice.
func inOurWords(message string) string {
	kind, rest, ok := strings.Cut(message, ": ")
	switch {
	case !ok:
		return message
	case kind == "Required value" || kind == "Forbidden" || kind == "Internal error":
		return inBody.ReplaceAllString(rest, "")
	case kind == "Duplicate value":
		return rest + " is given twice: remove one"
	case kind != "Invalid value" && kind != "Unsupported value" && kind != "Too long" && kind != "Too many":
		return message
	case kind == "Too long":
		return "is too long: " + rest
	case kind == "Too many":
		return tooManyItems(rest)
	}
	value, what := "", rest
	if quoted, err := strconv.QuotedPrefix(rest); err == nil && strings.HasPrefix(rest[len(quoted):], ": ") {
		value, what = quoted, rest[len(quoted)+2:]
		if text, err := strconv.Unquote(quoted); err == nil {
			value = strconv.Quote(short(text))
		}
	} else if m := valueOf.FindStringSubmatch(rest); m != nil {
		value, what = short(m[1]), rest[len(m[0]):]
	}
	what = examples.ReplaceAllString(inBody.ReplaceAllString(what, ""), "")
	what = plainRules.Replace(what)
	if list, ok := strings.CutPrefix(what, "supported values: "); ok {
		what = "is none of " + list
	}
	switch {
	case value == "" || strings.HasPrefix(what, value) || strings.HasPrefix(what, "must be of type "):
		return what
	case value == `""`:
		return "is empty: " + what
	}
	if !verb.MatchString(what) {
		value += ":"
	}
	return value + " " + what
}

// tooManyItems says what Kubernetes does behind "Too many: ", as "300: must have at most 256 items".
func tooManyItems(rest string) string {
	m := itemsMost.FindStringSubmatch(rest)
	switch {
	case m == nil:
		return "has too many: " + rest
	case m[2] == "1":
		return "has " + m[1] + " items, only one is allowed"
	}
	return "has " + m[1] + " items, at most " + m[2] + " are allowed"
}
