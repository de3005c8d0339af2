// Package models holds the models, plain GoogleSQL in *.sql, and what scripts/modelc made of them:
// manifest.json, the one thing that is needed to run them.
package models

import (
	_ "embed"
	"fmt"

	"example.com/rollcall/shared/manifest"
)

//go:generate go run ../../scripts/modelc

//go:embed manifest.json
var manifestJSON []byte

// Load returns the manifest of the models that this program was built with. It panics if the manifest cannot
// be read; a test makes sure that it can, and go generate alone writes it.
func Load() *manifest.Manifest {
	m, err := manifest.Parse(manifestJSON)
	if err != nil {
		panic(fmt.Sprintf("coordinator/models: %v", err))
	}
	return m
}
