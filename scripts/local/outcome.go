package main

import (
	"example.com/rollcall/scripts/internal/show"
	"example.com/rollcall/shared/partition"
)

// How a source or a model stands for one partition.
const (
	arrived     = show.Arrived
	ran         = show.Ran
	unchanged   = show.Unchanged
	waiting     = show.Waiting
	failed      = show.Failed
	notExpected = show.NotExpected
)

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
