package rsh

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		args string // separated by |
		want Invocation
		err  string
	}{
		{args: "host", want: Invocation{Host: "host"}},
		{args: "host|orted|-mca|ess|\"env\"", want: Invocation{Host: "host", Command: `orted -mca ess "env"`}},
		{args: "-x|host|cmd", want: Invocation{Host: "host", Command: "cmd"}},
		{args: "-x|-o|StrictHostKeyChecking=no|-oBatchMode=yes|-p|22|-lme|host|cmd", want: Invocation{User: "me", Host: "host", Command: "cmd"}},
		{args: "-qTn|u@host|true", want: Invocation{User: "u", Host: "host", Command: "true", NoInput: true}},
		{args: "host|-l|me|-f|cmd|-x", want: Invocation{User: "me", Host: "host", Command: "cmd -x", NoInput: true, Background: true}},
		{args: "--|host|cmd", want: Invocation{Host: "host", Command: "cmd"}},
		{args: "host|--|-cmd", want: Invocation{Host: "host", Command: "-cmd"}},
		{args: "ssh://u@host:22/|cmd", want: Invocation{User: "u", Host: "host", Command: "cmd"}},
		{args: "u@[::1]|cmd", want: Invocation{User: "u", Host: "::1", Command: "cmd"}},
		{args: "a@b@host|cmd", want: Invocation{User: "a@b", Host: "host", Command: "cmd"}},
		{args: "-vL8080:x:80|host", want: Invocation{Host: "host", Foreign: "-L"}},
		{args: "-N|host", want: Invocation{Host: "host", Foreign: "-N"}},
		{args: "-V", want: Invocation{Foreign: "-V"}},
		{args: "-2|-a|-x|-luser|host|cmd", want: Invocation{User: "user", Host: "host", Command: "cmd"}}, // pdsh
		{args: "", err: "no host given"},
		{args: "-p", err: "-p needs an argument"},
		{args: "-Z|host", err: "unknown option -Z"},
		{args: "u@|cmd", err: "names no host"},
	} {
		t.Run(tc.args, func(t *testing.T) {
			var args []string
			if tc.args != "" {
				args = strings.Split(tc.args, "|")
			}
			got, err := Parse(args)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Fatalf("error %v, want %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("-o\x00a=b\x00host\x00cmd")
	f.Add("--\x00-")
	f.Add("ssh://@[")
	f.Fuzz(func(t *testing.T, joined string) {
		inv, err := Parse(strings.Split(joined, "\x00"))
		if err == nil && inv.Host == "" && inv.Foreign == "" {
			t.Errorf("%q: neither host nor error", joined)
		}
	})
}
