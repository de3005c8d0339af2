// Package models holds the models, plain GoogleSQL in *.sql, and manifest.json, which scripts/modelc makes
// from them. Running the models needs only the manifest.
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
