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
	for name, page := range map[string]func() []byte{
		"annotations.md":     annotations,
		"troubleshooting.md": troubleshooting,
		"metrics.md":         func() []byte { return []byte(metrics.Page()) },
	} {
		if err := os.WriteFile(filepath.Join(dir, name), page(), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "writing generated page:", err)
			os.Exit(1)
		}
	}
}
