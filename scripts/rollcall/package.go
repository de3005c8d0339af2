package main

import (
	"context"

	"example.com/rollcall/scripts/internal/pack"
)

// packageCmd builds the packages that terraform apply deploys.
type packageCmd struct{ pack.Flags }

func (*packageCmd) Help() string {
	return `Writes a zip of source code for each function and for the coordinator, and packages.json, which names the zips. A zip whose
content is unchanged keeps its name, and is not deployed again.

Example: go run ./scripts/rollcall package --check`
}

func (c *packageCmd) run(ctx context.Context, sys system) (int, error) {
	return pack.Main(ctx, c.Flags, sys.out.Writer())
}
