//go:build tools

// Package metricsserver pins metrics-server, which `sandbox up --with metrics-server` adds: what pods use, as metrics.k8s.io.
package metricsserver

import _ "sigs.k8s.io/metrics-server/cmd/metrics-server"
