package main

import (
	"context"

	"example.com/rollcall/scripts/internal/operate/backfill"
)

// backfillCmd loads a range of the past.
type backfillCmd struct{ backfill.Flags }

func (*backfillCmd) Help() string { return backfill.About }

func (c *backfillCmd) run(ctx context.Context, _ system) (int, error) {
	return backfill.Main(ctx, c.Flags), nil
}
