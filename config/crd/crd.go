// Package crd holds the CustomResourceDefinition of MPIJobs: upstream's, as its module releases it,
// with printer columns added and nothing else changed.
package crd

import _ "embed"

//go:generate go run ./generate -o kubeflow.org_mpijobs.yaml

// MPIJobs is the manifest of the definition.
//
//go:embed kubeflow.org_mpijobs.yaml
var MPIJobs []byte
