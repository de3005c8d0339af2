package term

import (
	"maps"
	"slices"

	"github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/coordinator/explain"
)

// The states in the grid of a command that changes something.
const (
	Arrived     State = "arrived"      // of a source: every table of it
	Ran         State = "ran"          // of a model: in this run of the command
	Unchanged   State = "unchanged"    // of a model: as an earlier run left it
	Waiting     State = "waiting"      // for its source, or for inputs
	Failed      State = "failed"       // the source could not be read, or the model failed, or its audit did
	NotExpected State = "not_expected" // not waited for
)

// RunMarks returns how these states are drawn in some rows. What is rare is in the legend only if it is there.
func RunMarks(rows []Row) Marks {
	marks := Marks{
		{Arrived, "✓", text.FgGreen}, {Ran, "●", text.FgGreen}, {Unchanged, "○", text.FgHiBlack},
		{Waiting, "·", text.FgYellow}, {Failed, "✗", text.FgRed},
	}
	for _, rare := range []Mark{AcceptedMark, RefusedMark, NotRefreshedMark, GoneMark} {
		if slices.ContainsFunc(rows, func(r Row) bool {
			return slices.Contains(slices.Collect(maps.Values(r.Sources)), rare.State) ||
				slices.Contains(slices.Collect(maps.Values(r.Models)), rare.State)
		}) {
			marks = append(marks, rare)
		}
	}
	return marks
}

// The marks of what a person must know about the load of a source or about rows that are gone, alike in every grid.
var (
	AcceptedMark     = Mark{explain.Accepted, "☑", text.FgGreen}
	RefusedMark      = Mark{explain.Refused, "☒", text.FgRed}
	NotRefreshedMark = Mark{explain.NotRefreshed, "↻", text.FgRed}
	GoneMark         = Mark{explain.Gone, "∅", text.FgRed}
)
