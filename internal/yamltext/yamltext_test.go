package yamltext

import (
	"testing"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

type text struct {
	A string            `json:"a"`
	B map[string]string `json:"b,omitempty"`
}

// comesBack writes a text, as value and as key, and reads it.
func comesBack(t *testing.T, s string) {
	t.Helper()
	out, err := Marshal(text{A: s, B: map[string]string{"x" + s: s}})
	if err != nil {
		t.Errorf("%q: %v", s, err)
		return
	}
	var back text
	if err := yaml.Unmarshal(out, &back); err != nil || back.A != s || back.B["x"+s] != s {
		t.Errorf("%q came back as %q, %v: %s", s, back, err, out)
	}
}

func TestEveryCharacterComesBack(t *testing.T) {
	for r := rune(0); r < 0x3000; r++ {
		comesBack(t, "a"+string(r)+"b")
	}
	for _, s := range []string{"\u0085", "a\u0085", "\ufeff", "\ufffe", "\uffff", "\U0001f600", "\U0010ffff", "\ufffd", "", " ", "- x", "a: b", "\n", "a\nb\n", "null", "1e3"} {
		comesBack(t, s)
	}
}

func TestPlainTextStaysAsItIs(t *testing.T) {
	if out, err := Marshal(text{A: "größer"}); err != nil || string(out) != "a: größer\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

func FuzzComesBack(f *testing.F) {
	f.Add("a\u0085\ufeff\x00")
	f.Fuzz(func(t *testing.T, s string) {
		if utf8.ValidString(s) && len(s) < 150 { // YAML's keys have at most 1,024 characters, escapes and all
			comesBack(t, s)
		}
	})
}
