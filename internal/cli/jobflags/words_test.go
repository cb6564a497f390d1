package jobflags

import (
	"fmt"
	"strings"
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

// What other tools take for an amount of memory is answered with how it is written here.
func TestQuantity(t *testing.T) {
	for text, want := range map[string]string{
		"2GB": `--memory-per-worker "2GB" is no quantity: did you mean 2Gi?`, "2g": `--memory-per-worker "2g" is no quantity: did you mean 2Gi?`,
		"512mb": `--memory-per-worker "512mb" is no quantity: did you mean 512Mi?`, "1.5 TiB": `--memory-per-worker "1.5 TiB" is no quantity: did you mean 1.5Ti?`,
		"64KB": `--memory-per-worker "64KB" is no quantity: did you mean 64Ki?`,
		"lots": `--memory-per-worker "lots" is no quantity: write it as 500m, 4, 512Mi or 16Gi`, "2Gi": "", "2G": "",
	} {
		_, err := quantity("--memory-per-worker", text)
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && got != want {
			t.Errorf("%s: %s, want %q", text, got, want)
		}
	}
	if _, err := quantity("--cpu-per-worker", "2g"); err == nil || strings.Contains(err.Error(), "Gi?") {
		t.Errorf("CPUs have no such unit: %v", err)
	}
}
