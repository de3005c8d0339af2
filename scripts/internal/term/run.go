package term

import "github.com/jedib0t/go-pretty/v6/text"

// How a source or a model stands for one partition, in the grid of a command that has worked.
const (
	Arrived     State = "arrived"      // of a source: every table of it
	Ran         State = "ran"          // of a model: in this run of the command
	Unchanged   State = "unchanged"    // of a model: as an earlier run left it
	Waiting     State = "waiting"      // for its source, or for inputs
	Failed      State = "failed"       // the source could not be read, or the model failed, or its audit did
	NotExpected State = "not_expected" // nobody waits for it
)

// RunMarks draw those states.
var RunMarks = Marks{
	{Arrived, "✓", text.FgGreen}, {Ran, "●", text.FgGreen}, {Unchanged, "○", text.FgHiBlack},
	{Waiting, "·", text.FgYellow}, {Failed, "✗", text.FgRed},
}
