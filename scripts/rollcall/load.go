package main

import (
	"context"

	"example.com/rollcall/scripts/internal/operate"
)

// loadCmd has one source load one partition, or loads what was refused.
type loadCmd struct {
	Source string `group:"what" placeholder:"SOURCE" help:"The source to load."`
	Date   string `group:"what" placeholder:"DAY" help:"The day to load, like 2026-11-21; of a source that loads days."`
	Month  string `group:"what" placeholder:"MONTH" help:"The month to load, like 2026-10; of a source that loads months."`
	Accept bool   `group:"what" help:"Load the rows that were refused. The source's service is not asked."`
	Reason string `group:"what" placeholder:"TEXT" help:"With --accept: why. It is kept with who accepted the rows, and when."`
	place
	output
	begin
}

func (*loadCmd) Help() string {
	return `Requests one partition from one source, once. In a data folder it waits for the models that run because of it; in a
project the coordinator runs them.

A load that differs too much from what stood before is refused: nothing is loaded, and what was read stays staged. With
--accept it shows what was refused and why, asks, and loads the very rows that were refused. Later partitions that were
refused as well are then judged again, and each that passes is loaded with its own rows.

Example: go run ./scripts/rollcall load --source kit --date 2026-11-21 --accept --reason "removed the inactive"`
}

func (c *loadCmd) run(ctx context.Context, _ system) (int, error) {
	return done(operate.Load(ctx, operate.LoadOptions{
		Place:        operate.Place{Data: c.Data, Project: c.Project},
		Confirmation: operate.Confirmation{Yes: c.Yes, DryRun: c.DryRun, JSON: c.JSON},
		Source:       c.Source, Date: c.Date, Month: c.Month, Accept: c.Accept, Reason: c.Reason,
	}, operate.OS()))
}
