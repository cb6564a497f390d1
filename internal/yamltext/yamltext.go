// Package yamltext has JSON read as YAML, and written as such, whatever its strings hold: in YAML some characters may not
// stand as they are, or are the end of a line.
package yamltext

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

// Marshal writes a value by its JSON tags.
func Marshal(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return FromJSON(text)
}

// FromJSON writes JSON as YAML.
func FromJSON(text []byte) ([]byte, error) { return yaml.JSONToYAML(JSON(text)) }

// JSON is the same JSON as readers of YAML take it: with escapes for what YAML doesn't have, or takes for a line's end.
// All of that is in strings.
func JSON(text []byte) []byte {
	if bytes.IndexFunc(text, special) < 0 { // nearly always
		return text
	}
	var out bytes.Buffer
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if special(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.Write(text[:size])
		}
		text = text[size:]
	}
	return out.Bytes()
}

func special(r rune) bool {
	switch {
	case r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return true
	}
	return false
}
