package main

import (
	"context"

	"example.com/rollcall/scripts/internal/operate"
)

// runCmd runs the whole pipeline on this machine.
type runCmd struct {
	selection
	output
	Drop []string `group:"what" placeholder:"FILE" help:"Drop this file, downloaded from Medium's stats page; may be repeated."`
	Data string   `group:"where" placeholder:"DIR" help:"Folder that everything is kept in. Default: .rollcall."`
}

func (*runCmd) Help() string {
	return `Reads the sources, loads their tables and runs the models, in this one process. Services without credentials in the
environment are invented.

Without days it covers the newest 35 and the newest two months, and requests only what has not arrived, and the newest
once more. With days it also requests again what can be read again.

Example: go run ./scripts/rollcall run --from 2026-10-01 --to 2026-11-21`
}

func (c *runCmd) run(ctx context.Context, _ system) (int, error) {
	return done(operate.Run(ctx, operate.RunOptions{
		Data: c.Data, Range: c.days(), Source: c.Source, Drop: c.Drop, JSON: c.JSON,
	}, operate.OS()))
}

// days returns the days that the flags name.
func (s selection) days() operate.Range {
	return operate.Range{From: s.From, To: s.To, Date: s.Date, Month: s.Month}
}
