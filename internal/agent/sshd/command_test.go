package sshd

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for _, tc := range []struct {
		line string
		want []string
		err  string
	}{
		{line: `orted -mca ess "env" -mca orte_hnp_uri "1;tcp://10.0.0.1:5" x`, want: []string{"orted", "-mca", "ess", "env", "-mca", "orte_hnp_uri", "1;tcp://10.0.0.1:5", "x"}},
		{line: `  a	b  `, want: []string{"a", "b"}},
		{line: `a '' ""`, want: []string{"a", "", ""}},
		{line: `a'b'"c"d\ e`, want: []string{"abcd e"}},
		{line: `a "b\"c\\d\e"`, want: []string{"a", `b"c\d\e`}},
		{line: `a '$x"'`, want: []string{"a", `$x"`}},
		{line: `a x=1`, want: []string{"a", "x=1"}},
		{line: ``, want: nil},
		{line: `X=1 a`, err: "it sets a variable"},
		{line: `a $b`, err: "meaning to shells"},
		{line: `a "$b"`, err: "meaning to shells"},
		{line: `a; b`, err: "meaning to shells"},
		{line: `a > b`, err: "meaning to shells"},
		{line: "a\nb", err: "meaning to shells"},
		{line: `a 'b`, err: "isn't closed"},
		{line: `a "b`, err: "isn't closed"},
		{line: `a \`, err: "ends in a backslash"},
	} {
		got, err := split(tc.line)
		if diff := cmp.Diff(tc.want, got); tc.err == "" && (err != nil || diff != "") {
			t.Errorf("%s: %v\n%s", tc.line, err, diff)
		}
		if tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)) {
			t.Errorf("%s: error %v, want %q", tc.line, err, tc.err)
		}
	}
}

// FuzzSplit compares with a real shell: what is accepted must mean the same there.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{`a "b c" 'd'`, `a\b "\x" '\'`, `~ a`, `a b#c`, `a {1,2}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		argv, err := split(line)
		if err != nil || len(argv) == 0 || strings.ContainsRune(line, 0) {
			return
		}
		out, err := exec.Command("/bin/sh", "-c", `printf '<%s>\0' `+line).Output()
		if err != nil {
			t.Fatalf("%q: the shell says %v", line, err)
		}
		if want := "<" + strings.Join(argv, ">\x00<") + ">\x00"; string(out) != want {
			t.Errorf("%q: %q, the shell has %q", line, want, out)
		}
	})
}
