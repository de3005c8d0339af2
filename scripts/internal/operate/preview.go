package operate

import (
	"slices"

	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// Plan says what a command is going to do, as far as that is known before. Each command fills in what applies to it.
type Plan struct {
	Requests   map[string][]partition.Partition `json:"requests"` // by source, oldest first
	RunsAtMost int                              `json:"model_runs_at_most"`
	Runs       []PlannedRun                     `json:"runs,omitempty"` // in any case
	// only if what they read changes: "revenue 2026-10"
	MayRun  []string `json:"may_run,omitempty"`
	Waiting []Item   `json:"waiting,omitempty"`
	// whose rows were refused; they are loaded, or judged again, with what is accepted
	Refused      []Refused `json:"refused,omitempty"`
	Unobtainable []Item    `json:"unobtainable,omitempty"`
	Events       int       `json:"events,omitempty"`
	Queries      int       `json:"queries,omitempty"`
	Bytes        int64     `json:"bytes,omitempty"`
	Estimated    Estimate  `json:"estimated,omitempty"`
}

// PlannedRun is one run of a Plan.
type PlannedRun struct {
	Model     string                `json:"model"`
	Partition partition.Partition   `json:"partition"`
	Inputs    []plan.TablePartition `json:"inputs"`
	Queries   int                   `json:"queries"`
	Bytes     int64                 `json:"bytes"`
	Estimated Estimate              `json:"estimated"`
}

// Estimate says where a number of bytes comes from.
type Estimate string

// The estimates, the best first.
const (
	notBilled Estimate = "nothing"  // nothing is billed by bytes here
	dryRun    Estimate = "dry_run"  // what the query would read now, at most
	lastRun   Estimate = "last_run" // what the last run was billed
	unknown   Estimate = "unknown"
)

// newTable returns a table with names over its columns. Numbers stand at the right, and empty columns are left out.
func newTable(head ...string) *term.Table {
	t := term.NewTable()
	t.SkipEmpty()
	var names []any
	for i, h := range head {
		names = append(names, h)
		if !slices.Contains([]string{"source", "table", "partition", "model", "run", "reads", ""}, h) {
			t.Right(i + 1)
		}
	}
	t.Head(names...)
	return t
}
