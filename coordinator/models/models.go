// Package models holds the models, plain GoogleSQL in *.sql, and manifest.json, which scripts/modelc compiles
// from them. Only the manifest is needed to run the models.
package models

import (
	_ "embed"
	"fmt"

	"example.com/rollcall/shared/manifest"
)

//go:generate go run ../../scripts/modelc

//go:embed manifest.json
var manifestJSON []byte

// Load returns the manifest of the models that this program was built with, for a warehouse of the given dialect. It
// panics if the manifest is invalid; go generate writes it, and a test checks that it can be read.
func Load(dialect manifest.Dialect) *manifest.Manifest {
	m, err := manifest.Parse(manifestJSON, dialect)
	if err != nil {
		panic(fmt.Sprintf("coordinator/models: %v", err))
	}
	return m
}
