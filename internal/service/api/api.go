// Package api is the contract (openapi/training.yaml) as Go: types and routes, generated.
package api
