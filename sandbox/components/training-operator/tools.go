//go:build tools

// Package trainingoperator pins the training operator that MPIJobs of old were run by.
package trainingoperator

import _ "github.com/kubeflow/training-operator/cmd/training-operator.v1"
