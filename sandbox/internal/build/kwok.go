package build

import (
	"path/filepath"
	"time"
)

// Kwok is kwok as released, on the Kubernetes version it was released with.
func Kwok(repo string) Unit {
	return Unit{
		Name:     "kwok",
		Dir:      filepath.Join(repo, "sandbox", "components", "kwok"),
		Sources:  []string{"go.mod", "go.sum"},
		Packages: []string{"sigs.k8s.io/kwok/cmd/kwok"},
		Flags:    []string{undebugged, "-ldflags", "-s -w"},
		Expect:   3 * time.Minute,
	}
}
