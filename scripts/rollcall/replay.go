package main

import (
	"context"

	"example.com/rollcall/scripts/internal/operate"
)

// replayCmd processes again what has been processed before.
type replayCmd struct {
	Date        string   `group:"what" placeholder:"DAY" help:"Run the models of this day again, like 2026-11-21."`
	Month       string   `group:"what" placeholder:"MONTH" help:"Run the models of this month again, like 2026-10, not those of its days."`
	Model       string   `group:"what" placeholder:"NAME" help:"With --date or --month: this model, and what is made from it for the same partition."`
	FromSource  bool     `group:"what" help:"With --date or --month: have the sources load it again first."`
	Seek        string   `group:"what" placeholder:"TIME" help:"Deliver every event again since this time, like 2026-11-21T08:00:00Z, or since so long ago, like 2h or 3d; 31d at most."`
	Gone        bool     `group:"what" help:"Run again what models have published and the warehouse has lost."`
	Deadletters bool     `group:"what" help:"Send back dead letters and quarantined files that can be processed now."`
	ID          []string `name:"id" group:"what" placeholder:"ID" help:"With --deadletters: this letter or file and no other; may be repeated. rollcall deadletters lists them."`
	place
	output
	begin
}

func (*replayCmd) Help() string {
	return `There are four ways to process again what has been processed before.

--date, --month: the models of one day or month run again, each once, from the data as it is. For when a result is doubted, or a
table was damaged. With --model that model alone, and what is made from it for the same partition. With --from-source the
sources load the partition again first: for when a source has corrected its past. What changes then moves on to other days.

--seek: every event since a time is delivered again. For when the coordinator was broken. What is complete is left alone:
what runs is what has not run, and what was made by other SQL than the models have now.

--gone: what models have published runs again where the warehouse has lost it, because a table was dropped. For when status
says that rows are gone. The rows of sources must be there: rollcall backfill loads them again.

--deadletters: messages and dropped files that could not be processed are sent back if they can be processed now. For when
their cause is fixed: a source added to pipeline.yaml, a file's month named. The others stay.

It first says what it would do, how many queries that comes to and how many bytes they would read, and asks.
Interrupted, it leaves nothing half done: the same command again does all of it.

Example: go run ./scripts/rollcall replay --date 2026-11-21 --model story_days`
}

func (c *replayCmd) run(ctx context.Context, _ system) (int, error) {
	return done(operate.Replay(ctx, operate.ReplayOptions{
		Place:        operate.Place{Data: c.Data, Project: c.Project},
		Confirmation: operate.Confirmation{Yes: c.Yes, DryRun: c.DryRun, JSON: c.JSON},
		Date:         c.Date, Month: c.Month, Model: c.Model, FromSource: c.FromSource,
		Seek: c.Seek, Gone: c.Gone, Deadletters: c.Deadletters, ID: c.ID,
	}, operate.OS()))
}
