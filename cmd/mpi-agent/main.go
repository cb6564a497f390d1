// Command mpi-agent runs inside the pods of an MPIJob; see package agent.
package main

import (
	"os"

	"github.com/opendatahub-io/mpijob/internal/agent"
)

func main() {
	os.Exit(agent.Main(os.Args))
}
