package localrun

import (
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// How a source or a model stands for one partition.
const (
	arrived     = term.Arrived
	ran         = term.Ran
	unchanged   = term.Unchanged
	waiting     = term.Waiting
	failed      = term.Failed
	notExpected = term.NotExpected
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
	Hint         string              `json:"hint,omitempty"`
	Milliseconds int64               `json:"milliseconds,omitempty"`
}

// outcome is what a run of this command has done, and how everything stands after it.
type outcome struct {
	Partitions []term.Row       `json:"partitions"` // newest first
	Loads      []item           `json:"loads"`
	Runs       []item           `json:"runs"`
	Missing    []item           `json:"missing"`
	Timings    map[string]int64 `json:"timings_ms"`
}

// notices are items as a person is told of them.
func notices(items []item) []term.Notice {
	list := make([]term.Notice, len(items))
	for n, it := range items {
		list[n] = term.Notice{Source: it.Source, Model: it.Model, Partition: it.Partition, Reason: it.Reason, Hint: it.Hint}
	}
	return list
}
