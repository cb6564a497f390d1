package training

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/opendatahub-io/mpijob/internal/spelling"
)

// Where in a file a problem is, and what was probably meant.

// child is the value of a mapping's key; nil where there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	_, v := entry(n, key)
	return v
}

func entry(n *yaml.Node, key string) (k, v *yaml.Node) {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

func scalar(n *yaml.Node, key string) string {
	if v := child(n, key); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

// lineOf finds the line of a path as "spec.a.b[2].c": of its last key, or of the nearest above it.
func lineOf(root *yaml.Node, path string) int {
	line, n := root.Line, root
	for _, part := range strings.Split(path, ".") {
		name, index, indexed := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		k, v := entry(n, name)
		if k == nil {
			return line
		}
		line, n = k.Line, v
		if i, err := strconv.Atoi(index); indexed && err == nil {
			for n.Kind == yaml.AliasNode {
				n = n.Alias
			}
			if i < 0 || i >= len(n.Content) {
				return line
			}
			n = n.Content[i]
			line = n.Line
		}
	}
	return line
}

var quotedField = regexp.MustCompile(`(unknown|duplicate) field "([^"]*)"`)

// unknownField turns the strict decoder's error into a problem with line and suggestion.
func unknownField(root *yaml.Node, message string) Problem {
	m := quotedField.FindStringSubmatch(message)
	if m == nil {
		return Problem{Line: root.Line, Message: message}
	}
	p := Problem{Field: m[2], Line: lineOf(root, m[2]), Message: "there is no such field"}
	if m[1] == "duplicate" {
		p.Message = "is given twice: remove one"
		return p
	}
	parent, name := "", m[2]
	if i := strings.LastIndex(name, "."); i >= 0 {
		parent, name = name[:i], name[i+1:]
	}
	if meant := spelling.Nearest(name, fieldNames(reflect.TypeFor[MPIJob](), parent)); meant != "" {
		p.Message += fmt.Sprintf(": did you mean %q?", meant)
	} else {
		p.Message += ": remove it, or check its indentation"
	}
	return p
}

func duplicateKeys(root *yaml.Node, err error) []Problem {
	message := strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n")
	var out []Problem
	for _, line := range strings.Split(message, "\n") {
		line = strings.TrimSpace(strings.TrimPrefix(line, "yaml: "))
		if _, what, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(line, "line ") {
			line = what // the line of the tree encoded again, not of the file
		}
		out = append(out, Problem{Line: duplicateLine(root, line), Message: line})
	}
	return out
}

var quotedKey = regexp.MustCompile(`key "?([^" ]+)"? already`)

func duplicateLine(root *yaml.Node, message string) int {
	m := quotedKey.FindStringSubmatch(message)
	if m == nil {
		return root.Line
	}
	if line := secondKey(root, m[1], 0); line > 0 {
		return line
	}
	return root.Line
}

func secondKey(n *yaml.Node, key string, depth int) int {
	if depth > 200 {
		return 0
	}
	if n.Kind == yaml.MappingNode {
		seen := false
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				if seen {
					return n.Content[i].Line
				}
				seen = true
			}
		}
	}
	for _, c := range n.Content {
		if line := secondKey(c, key, depth+1); line > 0 {
			return line
		}
	}
	return 0
}

// typeProblem says where a value of the wrong type is, and what was expected.
func typeProblem(root *yaml.Node, err error) Problem {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return Problem{Field: wrong.Field, Line: lineOf(root, wrong.Field),
			Message: fmt.Sprintf("is a %s, but should be %s", wrong.Value, typeWord(wrong.Type))}
	}
	if m := goStructField.FindStringSubmatch(err.Error()); m != nil {
		return Problem{Field: m[2], Line: lineOf(root, m[2]), Message: fmt.Sprintf("is a %s, but should be %s", m[1], wordOf(m[3]))}
	}
	return Problem{Line: root.Line, Message: "can't be read as an MPIJob: " + err.Error()}
}

var goStructField = regexp.MustCompile(`cannot unmarshal (\S+) into Go struct field \S*?\.(\S+) of type (\S+)`)

func typeWord(t reflect.Type) string {
	if t == nil {
		return "something else"
	}
	return wordOf(t.String())
}

func wordOf(goType string) string {
	switch t := strings.TrimLeft(goType, "*"); {
	case strings.HasPrefix(t, "int") || strings.HasPrefix(t, "uint"):
		return "a whole number"
	case strings.HasPrefix(t, "[]"):
		return "a list (lines that begin with `- `)"
	case t == "bool":
		return "true or false"
	case t == "string":
		return "text: put it in quotes"
	default:
		return "a mapping (key: value)"
	}
}

// badQuantities finds the entries of every `limits` and `requests` that are no quantities, and blanks
// them so that the rest can be read.
func badQuantities(n *yaml.Node, under string) (out []Problem) {
	for i, c := range n.Content {
		key := ""
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			key = n.Content[i-1].Value
			if (under == "limits" || under == "requests") && c.Kind == yaml.ScalarNode && !isQuantity(c.Value) {
				out = append(out, Problem{Field: under + "." + key, Line: c.Line,
					Message: fmt.Sprintf("%q is not a quantity: write it as 500m, 4, 512Mi or 16Gi", short(c.Value))})
				c.Value, c.Tag = "0", "!!int"
			}
		}
		out = append(out, badQuantities(c, key)...)
	}
	return out
}
