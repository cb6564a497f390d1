package training

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"
)

// What is given twice in a document: decoders take the last of them, or any.

const givenTwice = "is given twice: remove one"

// duplicates finds the keys that a mapping has twice, and takes away all but the first. Keys are the same where they are in
// JSON, as 0x1 and "1".
func (f *fitting) duplicates(n *yaml.Node, path string, depth int) {
	if depth > 200 {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		first := map[string]string{} // as it was written
		names := namesOf(n)
		var once []*yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			value := orAlias(k).Value
			at := below(path, value)
			if name, ok := names[k]; ok {
				switch written, twice := first[name]; {
				case twice && written == value:
					f.note(Problem{Field: at, Line: k.Line, Message: givenTwice})
					continue
				case twice:
					f.note(Problem{Field: at, Line: k.Line, Message: fmt.Sprintf("is the same key as %s: remove one", short(written))})
					continue
				}
				first[name] = value
			}
			once = append(once, k, v)
			f.duplicates(v, at, depth+1)
		}
		n.Content = once
	case yaml.SequenceNode:
		for i, c := range n.Content {
			f.duplicates(c, keyed(path, strconv.Itoa(i)), depth+1)
		}
	default:
	}
}

// itself is a key that is nothing but text, written however it may be; the others of that look are words of YAML.
var (
	itself    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._/-]*$`)
	yamlWords = regexp.MustCompile(`^(?i:y|n|yes|no|on|off|true|false|null|inf|nan)$`)
)

// namesOf are the names that the keys of a mapping have in JSON. The reader of Kubernetes says so of those that may be
// numbers and the like; of what is no key for it, it tells later.
func namesOf(n *yaml.Node) map[*yaml.Node]string {
	names := make(map[*yaml.Node]string, len(n.Content)/2)
	var asked []*yaml.Node
	ask := &yaml.Node{Kind: yaml.SequenceNode}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, key := n.Content[i], orAlias(n.Content[i])
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			continue
		}
		names[k] = key.Value
		quoted := key.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 && key.Style&yaml.TaggedStyle == 0
		if !quoted && (key.Style&yaml.TaggedStyle != 0 || !itself.MatchString(key.Value) || yamlWords.MatchString(key.Value)) {
			plain := *key
			plain.Anchor, plain.HeadComment, plain.LineComment, plain.FootComment = "", "", "", ""
			asked = append(asked, k)
			ask.Content = append(ask.Content, &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{&plain, {Kind: yaml.ScalarNode, Value: "0"}}})
		}
	}
	if len(asked) == 0 {
		return names
	}
	var told []map[string]int
	text, err := yaml.Marshal(ask)
	if err == nil {
		err = sigsyaml.Unmarshal(text, &told)
	}
	if err != nil || len(told) != len(asked) {
		return names
	}
	for i, k := range asked {
		for name := range told[i] {
			names[k] = name
		}
	}
	return names
}

// orAlias is a node, or what it is another name of.
func orAlias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// once reads JSON that was found to be such, with the first value of each key.
func (f *fitting) once(data []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return f.value(decoder, "")
}

func (f *fitting) value(from *json.Decoder, path string) (any, error) {
	token, err := from.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return f.object(from, path)
	case json.Delim('['):
		list := []any{}
		for from.More() {
			v, err := f.value(from, keyed(path, strconv.Itoa(len(list))))
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := from.Token()
		return list, err
	}
	return token, nil
}

func (f *fitting) object(from *json.Decoder, path string) (any, error) {
	m := map[string]any{}
	for from.More() {
		key, err := from.Token()
		if err != nil {
			return nil, err
		}
		name := key.(string) // as JSON has it
		at := below(path, name)
		v, err := f.value(from, at)
		if err != nil {
			return nil, err
		}
		if _, twice := m[name]; twice {
			f.note(Problem{Field: at, Message: givenTwice})
			continue
		}
		m[name] = v
	}
	_, err := from.Token()
	return m, err
}
