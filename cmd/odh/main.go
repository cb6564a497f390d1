// Command odh is Open Data Hub on the command line.
package main

import (
	"os"

	"github.com/opendatahub-io/mpijob/internal/cli"
	"github.com/opendatahub-io/mpijob/internal/cli/iostreams"
)

func main() { os.Exit(cli.MainAs(os.Args[0], os.Args[1:], iostreams.System())) }
