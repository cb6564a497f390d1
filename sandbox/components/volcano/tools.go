//go:build tools

// Package volcano pins Volcano, the gang scheduler that `sandbox up --with volcano` adds.
package volcano

import (
	_ "volcano.sh/volcano/cmd/controller-manager"
	_ "volcano.sh/volcano/cmd/scheduler"
)
