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

// Load is the manifest of the models that this program was built with. It panics when that cannot be read,
// which a test would have met first: it is written by go generate, and never by hand.
func Load() *manifest.Manifest {
	m, err := manifest.Parse(manifestJSON)
	if err != nil {
		panic(fmt.Sprintf("coordinator/models: %v", err))
	}
	return m
}
