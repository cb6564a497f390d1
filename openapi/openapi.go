// Package openapi holds the contract of the training service.
package openapi

import _ "embed"

//go:generate go run ./generate
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml training.yaml

// Training is the contract, OpenAPI 3.0 as YAML.
//
//go:embed training.yaml
var Training []byte
