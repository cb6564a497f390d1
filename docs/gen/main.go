// Command gen writes the generated pages of docs/ from the code they describe, so that they cannot
// say anything else. `make generate` runs it, `make verify` checks that nothing changed.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/opendatahub-io/mpijob/internal/controller/metrics"
)

//go:generate go run . ..

func main() {
	dir := os.Args[1]
	pages, err := commands()
	if err != nil {
		fail(err)
	}
	for name, page := range map[string]func() []byte{
		"annotations.md":     annotations,
		"troubleshooting.md": troubleshooting,
		"metrics.md":         func() []byte { return []byte(metrics.Page()) },
	} {
		pages[name] = page()
	}
	for _, generated := range []string{"cli", "man"} { // pages of commands that are gone go
		if err := os.RemoveAll(filepath.Join(dir, generated)); err != nil {
			fail(err)
		}
		if err := os.MkdirAll(filepath.Join(dir, generated), 0o755); err != nil {
			fail(err)
		}
	}
	for name, page := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), page, 0o644); err != nil {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "writing generated pages:", err)
	os.Exit(1)
}
