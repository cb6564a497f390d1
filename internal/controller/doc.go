// Package controller is the thin shell around internal/mpijob: it observes the cluster, asks the pure
// core what follows, carries that out, and reports. Admission and the live feed stand beside it.
package controller
