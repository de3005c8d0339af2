package main

import (
	"github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/scripts/internal/show"
	"example.com/rollcall/shared/partition"
)

// How a source or a model stands for one partition.
const (
	notExpected show.State = "not_expected" // nobody waits for it
	waiting     show.State = "waiting"      // for its source, or for inputs
	arrived     show.State = "arrived"      // of a source: every table of it
	unchanged   show.State = "unchanged"    // of a model: as an earlier run of this command left it
	ran         show.State = "ran"          // of a model: in this run
	failed      show.State = "failed"       // the source could not be read, or the model failed, or its audit did
)

var marks = show.Marks{
	{State: arrived, Symbol: "✓", Colour: text.FgGreen},
	{State: ran, Symbol: "●", Colour: text.FgGreen},
	{State: unchanged, Symbol: "○", Colour: text.FgHiBlack},
	{State: waiting, Symbol: "·", Colour: text.FgYellow},
	{State: failed, Symbol: "✗", Colour: text.FgRed},
}

// item is one load, one model run, or one thing that is missing.
type item struct {
	Source       string              `json:"source,omitempty"`
	Model        string              `json:"model,omitempty"`
	Table        string              `json:"table"`
	Partition    partition.Partition `json:"partition"`
	State        string              `json:"state,omitempty"` // of a run: succeeded, failed or audit_failed
	Rows         *int64              `json:"rows,omitempty"`
	Reason       string              `json:"reason,omitempty"`
	Cure         string              `json:"cure,omitempty"`
	Milliseconds int64               `json:"milliseconds,omitempty"`
}

// outcome is what a run of this command has done, and how everything stands after it.
type outcome struct {
	Partitions []show.Row       `json:"partitions"` // newest first
	Loads      []item           `json:"loads"`
	Runs       []item           `json:"runs"`
	Missing    []item           `json:"missing"`
	Timings    map[string]int64 `json:"timings_ms"`
}

// notices are items as a person is told of them.
func notices(items []item) []show.Notice {
	list := make([]show.Notice, len(items))
	for n, it := range items {
		list[n] = show.Notice{Source: it.Source, Model: it.Model, Partition: it.Partition, Reason: it.Reason, Cure: it.Cure}
	}
	return list
}
