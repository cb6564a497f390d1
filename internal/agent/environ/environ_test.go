package environ

import (
	"testing"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Programs reach the place for progress past a proxy, and all they reached without one stays so.
func TestNoProxy(t *testing.T) {
	job := &wire.Job{Port: 10000, Feed: &wire.Feed{}}
	for has, want := range map[string]string{
		"":                          "127.0.0.1",
		".svc":                      ".svc,127.0.0.1",
		"*":                         "*",
		" * ":                       " * ",
		"127.0.0.1":                 "127.0.0.1",
		"localhost, 127.0.0.1,.svc": "localhost, 127.0.0.1,.svc",
		"127.0.0.11":                "127.0.0.11,127.0.0.1",
	} {
		env := WithProgress([]string{"HTTP_PROXY=http://proxy:3128", "no_proxy=" + has, "NO_PROXY=.svc"}, job)
		if got, _ := Lookup(env, "no_proxy"); got != want {
			t.Errorf("no_proxy=%s becomes %q, want %q", has, got, want)
		}
		if got, _ := Lookup(env, "NO_PROXY"); got != ".svc,127.0.0.1" {
			t.Errorf("the other becomes %q", got)
		}
	}
}
