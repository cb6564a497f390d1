package jobflags

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestWords(t *testing.T) {
	for in, want := range map[string][]string{
		"":                    nil,
		"  ":                  nil,
		"python train.py":     {"python", "train.py"},
		`sh -c 'a "b" $c'`:    {"sh", "-c", `a "b" $c`},
		`"a b" c\ d "\"" '\'`: {"a b", "c d", `"`, `\`},
		`a"b"'c'`:             {"abc"},
		`''`:                  {""},
		`"\n"`:                {`\n`},
	} {
		got, err := Words(in)
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || d != "" {
			t.Errorf("%q: %v (-want +got):\n%s", in, err, d)
		}
	}
	for _, in := range []string{`'a`, `"a`, `a\`} {
		if got, err := Words(in); err == nil {
			t.Errorf("%q: got %q, want an error", in, got)
		}
	}
}
