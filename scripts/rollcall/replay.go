package main

import (
	"context"

	"example.com/rollcall/scripts/internal/operate/replay"
)

// replayCmd processes again what has been processed before.
type replayCmd struct{ replay.Flags }

func (*replayCmd) Help() string { return replay.About }

func (c *replayCmd) run(ctx context.Context, _ system) (int, error) {
	return replay.Main(ctx, c.Flags), nil
}
