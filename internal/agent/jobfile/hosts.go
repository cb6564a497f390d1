package jobfile

import (
	"fmt"
	"strings"

	"github.com/opendatahub-io/mpijob/internal/wire"
)

// Nowhere is returned for a host that is none of the job's Workers.
const Nowhere = -1

// WorkerOf returns the index of the Worker a host name means, or Nowhere. MPI implementations, and
// the programs around them, shorten and lengthen names: the full name, the pod's own host name, any
// cut at a dot in between, and the full name with the cluster's domain all mean the same Worker.
func WorkerOf(job *wire.Job, host string) int {
	for i, name := range job.Workers {
		if sameHost(name, host) {
			return i
		}
	}
	return Nowhere
}

// IsLauncher says whether the host name means the job's Launcher.
func IsLauncher(job *wire.Job, host string) bool {
	return job.Launcher != "" && sameHost(job.Launcher, host)
}

// WorkerName is what users call a Worker.
func WorkerName(index int) string { return fmt.Sprintf("Worker %d", index) }

func sameHost(name, host string) bool {
	name, host = normal(name), normal(host)
	if name == "" || host == "" {
		return false
	}
	if name == host || strings.HasPrefix(name, host+".") {
		return true
	}
	// Only a whole service name may be lengthened, or `a-b` would also mean `a-b.elsewhere`.
	return strings.HasSuffix(name, ".svc") && strings.HasPrefix(host, name+".")
}

func normal(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }
