//go:build tools

// Package metricsserver pins metrics-server, which says what pods use of CPU and memory.
package metricsserver

import _ "sigs.k8s.io/metrics-server/cmd/metrics-server"
