// Command training-service serves training jobs over REST and server-sent events.
package main

import (
	"os"

	"github.com/opendatahub-io/mpijob/internal/service"
)

func main() {
	os.Exit(service.Main(os.Args[1:], os.Stderr))
}
