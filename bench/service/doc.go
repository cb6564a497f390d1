// Package service measures the training service as its users meet it: the pod that the sandbox runs, with its
// limits, reached over TLS by many callers who each have a token of their own. Beside it the same work is done
// without it: with the API server alone, by asking anew every three seconds, and by kubectl in a loop.
package service
