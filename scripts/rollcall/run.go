package main

import (
	"context"

	"example.com/rollcall/scripts/internal/operate/localrun"
)

// runCmd runs the whole pipeline on this machine.
type runCmd struct{ localrun.Flags }

func (*runCmd) Help() string {
	return `Reads the sources, loads their tables and runs the models, in this one process. Services without credentials in the
environment are invented.

Example: go run ./scripts/rollcall run --from 2026-10-01 --to 2026-11-21`
}

func (c *runCmd) run(ctx context.Context, _ system) (int, error) {
	return localrun.Main(ctx, c.Flags), nil
}
