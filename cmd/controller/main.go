// Command controller looks after the MPIJobs of a cluster.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/opendatahub-io/mpijob/internal/controller"
)

func main() {
	err := controller.Run(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "controller:", err)
		os.Exit(1)
	}
}
