// Package replay processes again what has been processed before: a day or a month, what a broken coordinator has missed, or
// what nobody could use. --help says when to use which.
//
//	go run ./scripts/rollcall replay --date 2026-11-21
//
// It ends with status 0 when all that was to be done is done, 3 when something is missing, which is named on standard error,
// and 1 on an error.
package replay

import (
	"context"
	"os"
	"time"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/scripts/internal/cli"
)

// Main runs the command and returns the exit status.
func Main(ctx context.Context, f Flags) int {
	tty := cli.OpenTerminal()
	return run(ctx, f, system{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		asks: tty.Asks, colour: tty.Colour, redraw: tty.Redraw,
		width: tty.Width,
		now:   time.Now,
		open:  opener(envconfig.OsLookuper()),
	})
}

// About is the help text of the command.
const About = `Process again what has been processed before. There are three ways.

--date: the models of one day, or of one month, run again, each once, from the data as it stands. For when a result is doubted, or a
table was damaged. With --model that model alone, and what is made from it for the same day. With --from-source the sources are
asked to load the day again first: for when a source has corrected its past. What has changed then moves on to other
days, as always. A month is the models of the month; its days are days.

--seek: every event since a time is delivered again. For when the coordinator was broken. A day that is complete is left alone:
what runs is what has not run, and what was made by other SQL than the models have now.

--deadletters: messages that nobody could use, and dropped files that could not be read, are sent back when they can be used
now. For when what was wrong with them has been mended: a source added to pipeline.yaml, a file's month told. The others stay.

It says first what it would do, how many queries that comes to and how many bytes they would read, and asks before it begins.
Interrupted, it leaves nothing in between: the same command again does all of it.

It ends with status 0 when all is done, 3 when something is missing, which is named, and 1 on an error.`

// Flags are the command line.
type Flags struct {
	Date        string   `group:"what" placeholder:"DAY" help:"Run the models of this day again, like 2026-11-21, or of this month, like 2026-10."`
	Model       string   `group:"what" placeholder:"NAME" help:"With --date: this model, and what is made from it for the same day or month."`
	Seek        string   `group:"what" placeholder:"TIME" help:"Deliver every event again since this time, like 2026-11-21T08:00:00Z, or since so long ago, like 2h or 3d; 31d at most."`
	FromSource  bool     `group:"what" help:"With --date: ask the sources to load it again first."`
	Deadletters bool     `group:"what" help:"Send back dead letters and quarantined files that can be used now."`
	Only        []string `group:"what" placeholder:"ID" help:"With --deadletters: this letter or this file, and no other; may be repeated. rollcall deadletters lists them."`
	Data        string   `group:"where" default:".rollcall" placeholder:"DIR" help:"The data folder of rollcall run."`
	Project     string   `group:"where" placeholder:"ID" help:"A project on Google Cloud, instead of a data folder."`
	Yes         bool     `group:"how" help:"Do not ask; begin."`
	Plan        bool     `group:"how" help:"Say what would be done, and do nothing."`
	JSON        bool     `name:"json" group:"how" help:"Print one JSON object on standard output, and nothing else there."`
}
