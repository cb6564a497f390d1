package training

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Where in a file a problem is.

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

// lineOf finds the line of a path: of its last key, or of the nearest above it that is there.
func lineOf(root *yaml.Node, path string) int {
	line, n := root.Line, root
	for _, s := range stepsOf(path) {
		for n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if i, err := strconv.Atoi(s.name); s.bracket && err == nil && n != nil && n.Kind == yaml.SequenceNode {
			if i < 0 || i >= len(n.Content) {
				return line
			}
			n = n.Content[i]
			line = n.Line
			continue
		}
		k, v := entry(n, s.name)
		if k == nil {
			return line
		}
		line, n = k.Line, v
	}
	return line
}

// located says of problems that have a path at which line that is.
func located(root *yaml.Node, problems []Problem) []Problem {
	for i, p := range problems {
		if p.Line == 0 {
			problems[i].Line = lineOf(root, p.Field)
		}
	}
	return problems
}

// untold are the problems that don't come of others: where a field couldn't be read, that it is missing, or something
// in it, is no news.
func untold(told, more []Problem) (out []Problem) {
	for _, p := range more {
		if !slices.ContainsFunc(told, func(t Problem) bool {
			return t.Field != "" && (within(t.Field, p.Field) || p.Field != "" && within(p.Field, t.Field))
		}) {
			out = append(out, p)
		}
	}
	return out
}

// withoutLine is an error of the decoder, without the lines of the tree encoded again, which are not those of the file.
func withoutLine(err error) string {
	message := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:"), "error converting YAML to JSON: ")
	return strings.TrimSpace(linesOfDecoder.ReplaceAllString(message, ""))
}

var linesOfDecoder = regexp.MustCompile(`(?:yaml: )?line [0-9]+: `)
