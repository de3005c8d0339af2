package main

import (
	"example.com/rollcall/shared/partition"
)

// state is how a source or a model stands for one partition.
type state string

const (
	notExpected state = "not_expected" // nobody waits for it
	waiting     state = "waiting"      // for its source, or for inputs
	arrived     state = "arrived"      // of a source: every table of it
	unchanged   state = "unchanged"    // of a model: as an earlier run of this command left it
	ran         state = "ran"          // of a model: in this run
	failed      state = "failed"       // the source could not be read, or the model failed, or its audit did
)

// row is one partition of the grid.
type row struct {
	Partition partition.Partition `json:"partition"`
	Sources   map[string]state    `json:"sources"`
	Models    map[string]state    `json:"models"`
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
	Partitions []row            `json:"partitions"` // newest first
	Loads      []item           `json:"loads"`
	Runs       []item           `json:"runs"`
	Missing    []item           `json:"missing"`
	Timings    map[string]int64 `json:"timings_ms"`
}
