//go:build tools

// Package kwok pins kwok, which plays the kubelet of nodes that don't exist, for measurements of scale.
package kwok

import _ "sigs.k8s.io/kwok/cmd/kwok"
