//go:build e2e

// Package e2e proves on a running sandbox, with nothing mocked, what the product promises. `make
// test-e2e` starts the sandbox and runs it.
package e2e

import (
	"flag"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// The tests mostly wait, so more of them run at once than there are cores.
	if !isSet("test.parallel") {
		_ = flag.Set("test.parallel", "4")
	}
	os.Exit(m.Run())
}

func isSet(name string) bool {
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}
