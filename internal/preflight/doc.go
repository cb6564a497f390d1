// Package preflight says whether a job would start now, before it is created: a pure function of the
// job and of what could be read of the cluster. It counts the pods the controller would make
// (internal/mpijob), as the API server's quota and limit admission and the scheduler would.
package preflight
