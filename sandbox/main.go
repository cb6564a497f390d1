// Command sandbox runs a real single-machine Kubernetes with Kubeflow Trainer, JobSet and the MPIJob
// controller: what kind would be, without Docker and without a registry.
package main

import (
	"os"

	"github.com/opendatahub-io/mpijob/sandbox/internal/command"
)

func main() {
	os.Exit(command.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
