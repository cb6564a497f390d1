//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"
)

// Manifests of the MPI operator run as they are, image name aside: their Workers bring sshd.
func TestUpstreamManifests(t *testing.T) {
	t.Parallel()
	e := setup(t)
	tests := []struct {
		name     string
		manifest func(*testing.T) []byte
	}{
		{"released", func(t *testing.T) []byte {
			text, err := os.ReadFile(filepath.Join(mpiOperator(t), "examples/v2beta1/pi/pi.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			return []byte(strings.ReplaceAll(string(text), "mpioperator/mpi-pi:openmpi", imageSSHD))
		}},
		{"uid-1000", example("examples/pi-sshd/pi.yaml")},
		{"root", example("examples/pi-sshd/pi-root.yaml")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := e.in(t)
			job := parseJob(t, tt.manifest(t))
			job.Namespace, job.Name = "default", "e2e-sshd-"+tt.name
			e.submit(e.admin, job)
			e.awaitCondition(job, kubeflow.JobSucceeded)
			log := e.launcherLog(e.admin, job)
			for _, w := range []string{"-worker-0", "-worker-1"} {
				if len(lines(log, "of 2 on "+job.Name+w)) != 1 {
					t.Errorf("want one rank on %s%s:\n%s", job.Name, w, log)
				}
			}
			if !strings.Contains(log, "pi is approximately 3.1415") {
				t.Errorf("the Launcher's log does not say pi:\n%s", log)
			}
			e.startedOnce(job)
		})
	}
}

func example(path string) func(*testing.T) []byte {
	return func(t *testing.T) []byte {
		text, err := os.ReadFile(filepath.Join(repoRoot(t), path))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
}
