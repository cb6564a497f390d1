// Package service is the training service: pkg/training over HTTP, as the contract in openapi says.
//
// A request goes through: headers and log (handler.go) → limits (limits.go) → who it is (auth.go) →
// the contract (validate.go) → an operation (jobs.go, actions.go, stream.go, logs.go). Operations read
// from the index where the caller may (access.go) and write with the caller's own credentials.
package service
