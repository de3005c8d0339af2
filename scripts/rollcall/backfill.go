package main

import (
	"context"

	"example.com/rollcall/scripts/internal/operate"
)

// backfillCmd loads a range of the past.
type backfillCmd struct {
	selection
	place
	output
	begin
	Parallel int    `group:"how" default:"4" placeholder:"N" help:"How many sources are requested at a time, each for one partition. Default: 4."`
	Restart  bool   `group:"how" help:"Start over: what an earlier backfill of the same range has done does not count, and what a dead one holds is released."`
	Accept   bool   `group:"how" help:"Load also what was refused, or is refused now, without asking the source again."`
	Reason   string `group:"how" placeholder:"TEXT" help:"With --accept: why. It is kept with who accepted the rows, and when."`
}

func (*backfillCmd) Help() string {
	return `Requests from each source what of a range can still be loaded, oldest first, and then runs every model's partition once.

It shows what it is going to do, and asks. The same command continues after Ctrl-C or a crash.

With --accept one confirmation is enough for all loads of the range that were refused, because they differ too much from
what stood before: they are shown first, and then loaded, the oldest first.

Example: go run ./scripts/rollcall backfill --from 2026-01-01 --to 2026-03-31`
}

func (c *backfillCmd) run(ctx context.Context, _ system) (int, error) {
	return done(operate.Backfill(ctx, operate.BackfillOptions{
		Place:        operate.Place{Data: c.Data, Project: c.Project},
		Confirmation: operate.Confirmation{Yes: c.Yes, DryRun: c.DryRun, JSON: c.JSON},
		Range:        c.days(), Source: c.Source, Parallel: c.Parallel, Restart: c.Restart,
		Accept: c.Accept, Reason: c.Reason,
	}, operate.OS()))
}
