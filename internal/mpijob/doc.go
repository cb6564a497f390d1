// Package mpijob is what an MPIJob means: its defaults and rules, the objects that run it, and the
// status, events and verdict that follow from what those objects do. It is pure: functions of values,
// without a client, a clock or a source of randomness.
package mpijob

import kubeflow "github.com/kubeflow/mpi-operator/pkg/apis/kubeflow/v2beta1"

// Job is upstream's MPIJob, unchanged.
type Job = kubeflow.MPIJob
