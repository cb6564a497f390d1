package build

import (
	"path/filepath"
	"time"
)

// MetricsServer is metrics-server as released, on the Kubernetes version it was released with.
func MetricsServer(repo string) Unit {
	return Unit{
		Name:     "metrics-server",
		Dir:      filepath.Join(repo, "sandbox", "components", "metrics-server"),
		Sources:  []string{"go.mod", "go.sum"},
		Packages: []string{"sigs.k8s.io/metrics-server/cmd/metrics-server"},
		Flags:    []string{undebugged, "-ldflags", "-s -w"},
		Expect:   3 * time.Minute,
	}
}
