package jobarg

import (
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for args, want := range map[string]string{
		"":                       "",
		"pi":                     "pi",
		"mpijob pi":              "pi",
		"mpijob/pi":              "pi",
		"MPIJobs a b":            "a b",
		"mpijob mpijob":          "mpijob",
		"mpijob mpijob/x":        "x",
		"mpijobs.kubeflow.org/a": "a",
		"a mpijob/b":             "a b",
		"pod/x":                  "error",
		"mpijob/":                "error",
	} {
		names, err := Names(strings.Fields(args))
		got := strings.Join(names, " ")
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", args, got, want)
		}
	}
}
