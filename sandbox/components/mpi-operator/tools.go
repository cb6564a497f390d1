//go:build tools

// Package mpioperator pins the MPI operator that the benchmarks compare with.
package mpioperator

import _ "github.com/kubeflow/mpi-operator/cmd/mpi-operator"
