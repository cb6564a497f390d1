package service

import (
	_ "embed" // the cases
	"encoding/json"
	"strings"
	"testing"
)

// plainCases are also those of the dashboard, which shows what is downloaded.
//
//go:embed testdata/plain.json
var plainCases []byte

func TestPlainText(t *testing.T) {
	var cases []struct{ Name, Text, Plain string }
	if err := json.Unmarshal(plainCases, &cases); err != nil || len(cases) < 30 {
		t.Fatalf("%d cases: %v", len(cases), err)
	}
	for _, c := range cases {
		if got := plainText(c.Text); got != c.Plain {
			t.Errorf("%s: %q becomes %q, want %q", c.Name, c.Text, got, c.Plain)
		}
	}
}

// Bytes that are no UTF-8, as a program's in Latin-1, are downloaded as they are, whatever stands beside them.
func TestPlainTextKeepsBytes(t *testing.T) {
	for in, want := range map[string]string{
		"caf\xe9":                                "caf\xe9",
		"\x1b[1mcaf\xe9\x1b[0m":                  "caf\xe9",
		"a\x00caf\xe9\x9b31m \xff":               "acaf\xe9\x9b31m \xff",
		"\x1b]0;caf\xe9\x07\xe9":                 "\xe9",
		"\uFFFD\x00":                             "\uFFFD",
		strings.Repeat("\u009d", 1<<19) + "x":    "x",
		strings.Repeat("\x1b]", 1<<19) + "x":     "x",
		"\x1b[" + strings.Repeat("1", 1<<20):     strings.Repeat("1", 1<<20),
		strings.Repeat("\r", 1<<20) + "x\x1b[0m": "x",
	} {
		if got := plainText(in); got != want {
			t.Errorf("%.40q becomes %.40q, want %.40q", in, got, want)
		}
	}
}
